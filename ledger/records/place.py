"""A ledger's directory: its settings, its database, the log's key, and where its people keep theirs.

    DIR/ledger.toml     origin, log key, database: what a client pins
    DIR/ledger.db       everything (SQLite; its -wal and -shm beside it while in use), unless ledger.toml names a URL
    DIR/log.key         the key that signs checkpoints, mode 600
    DIR/identities/     people's key files, where they are kept here
    DIR/packs/          the organisation's own packs that were adopted, by their digests (own_pack.py)

Proved by tests/ledger/records/test_place.py.
"""

import re
import tomllib
from dataclasses import dataclass, replace
from pathlib import Path

from ledger.errors import Malformed, NotPermitted, Refused, Unavailable
from ledger.log.encoding import encode_base64, parse_base64
from ledger.log.files import flush_folder
from ledger.log.note import ED25519, Signer, VerifierKey
from ledger.log.store import Store
from ledger.sealing.keys import read_private, write_private

SETTINGS, DATABASE, LOG_KEY, IDENTITIES, PACKS = "ledger.toml", "ledger.db", "log.key", "identities", "packs"
_PREPARED = f"{SETTINGS}.new"
_NAMED = f"{SETTINGS}.named"
_FILE_NAME = re.compile(r"[A-Za-z0-9._/-]{1,200}", re.ASCII)
_URL = "://"
_PUT_BACK = "Put ledger.toml back as it was, from where you keep it or from another computer that has it."
_SECRET_PREFIX = "PRIVATE+KEY+"  # noqa: S105 the published form of a private note key, not a password


@dataclass(frozen=True, slots=True)
class Settings:
    """What ledger.toml says. database: a file beside it, or a URL (ledger.log.store.parse_url).

    pack: the file of the organisation's own pack, named from there; empty where none is named.
    """

    origin: str
    log_key: VerifierKey
    database: str
    pack: str = ""

    def to_toml(self) -> str:
        """The file's text. Every value is of characters that need no escaping."""
        return (
            "# Who verifies this ledger from elsewhere needs these settings. They are not secret.\n"
            f'origin = "{self.origin}"\nlog_key = "{self.log_key}"\n\ndatabase = "{self.database}"\n'
            + (f'\npack = "{self.pack}"\n' if self.pack else "")
        )

    @classmethod
    def parse(cls, text: str) -> "Settings":
        """From the file's text. Raises Malformed."""
        try:
            value = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise Malformed(SETTINGS, "TOML", "something else", _PUT_BACK) from error
        pack = value.pop("pack", "")
        if set(value) != {"origin", "log_key", "database"} or not all(type(item) is str for item in value.values()):
            raise Malformed(
                SETTINGS, "three settings: origin, log_key and database; and perhaps pack", "others", _PUT_BACK
            )
        if type(pack) is not str or (pack and not _FILE_NAME.fullmatch(pack)):
            hint = "Adopt the pack again: consent-ledger policy adopt FILE"
            raise Malformed(
                f"{SETTINGS}, pack", "the name of a file, of letters, digits, - _ . and /", "another value", hint
            )
        key = VerifierKey.parse(value["log_key"])
        if key.name != value["origin"]:
            raise Malformed(SETTINGS, "a log key named after the origin", "another", _PUT_BACK)
        return cls(value["origin"], key, value["database"], pack)


def secret_text(name: str, seed: bytes, key: VerifierKey) -> str:
    """The private form of a note key: PRIVATE+KEY+name+id+base64(0x01 ‖ seed)."""
    return f"{_SECRET_PREFIX}{name}+{key.id.hex()}+{encode_base64(bytes([ED25519]) + seed)}"


def parse_secret(text: str) -> Signer:
    """The signer in a private note key. Raises Malformed; the text is never echoed."""
    parts = text.removeprefix(_SECRET_PREFIX).split("+", 2)
    if not text.startswith(_SECRET_PREFIX) or len(parts) != 3:
        raise Malformed("log key", "a private key file", "something else")
    data = parse_base64(parts[2])
    if len(data) != 33 or data[0] != ED25519:
        raise Malformed("log key", "an Ed25519 key", "something else")
    signer = Signer(parts[0], data[1:])
    if signer.key.id.hex() != parts[1]:
        raise Malformed("log key", "the id that belongs to the key", "another id")
    return signer


class Place:
    """A directory with a ledger in it."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    @property
    def identities(self) -> Path:
        """Where key files are kept when they are kept here."""
        return self.directory / IDENTITIES

    def settings(self) -> Settings:
        """What ledger.toml says. Raises Refused for a directory that is no ledger, Malformed for a broken file."""
        try:
            text = (self.directory / SETTINGS).read_text(encoding="utf-8")
        except (FileNotFoundError, NotADirectoryError) as error:
            raise Refused.one(
                "ledger",
                f"a directory with {SETTINGS} in it",
                "a place without one",
                "Name it with --ledger DIR, put ledger.toml back if it is gone, or begin one: consent-ledger init DIR",
            ) from error
        except (OSError, UnicodeDecodeError) as error:
            raise Malformed(SETTINGS, "a text file that can be read", "something else") from error
        return Settings.parse(text)

    def store(self) -> Store:
        """Its database, which exists. Raises Refused for a file that is not there, or a URL with a password in it."""
        database = self.settings().database
        return Store.at_url(database) if _URL in database else Store.at(self.directory / database)

    def log_signer(self) -> Signer:
        """The log's key, the newest where the file holds several. Raises as log_signers."""
        return self.log_signers()[-1]

    def log_signers(self) -> list[Signer]:
        """The log's keys: one, or while it is being replaced the old and the new, a line each.

        Raises NotPermitted where this account cannot read them, Malformed for another file.
        """
        path = self.directory / LOG_KEY
        if not path.exists():
            hint = "Put log.key back from where you keep it (mode 600), or record where the ledger lives."
            raise NotPermitted("log key", "the key that signs this ledger's checkpoints", "none here", hint)
        text = read_private(path).decode("utf-8", "replace").strip()
        return [parse_secret(line.strip()) for line in text.split("\n")]

    def refuse_taken(self) -> None:
        """Raise Refused if a ledger is there, or a part of one."""
        if any((self.directory / name).exists() for name in (SETTINGS, DATABASE, LOG_KEY)):
            raise Refused.one("DIR", "a place without a ledger", "one that has one", "Choose another directory.")

    def begin(self, database: str = DATABASE) -> Store:
        """Make the directory (mode 700) and an empty database, in it or at a URL. Raises Refused if one is there."""
        self.refuse_taken()
        try:
            self.directory.mkdir(parents=True, exist_ok=True, mode=0o700)
            self.identities.mkdir(exist_ok=True, mode=0o700)
        except OSError as error:
            raise Refused.one("DIR", "a directory that can be made", (error.strerror or "an error").lower()) from error
        return Store.create(database if _URL in database else self.directory / database)

    def finish(self, settings: Settings, secret: str) -> None:
        """Write the log's key and, last of all, the settings: with them the directory is a ledger.

        Raises as write_private; neither is left then.
        """
        write_private(self.directory / LOG_KEY, f"{secret}\n".encode())
        try:
            write_private(self.directory / SETTINGS, settings.to_toml().encode())
        except BaseException:
            (self.directory / LOG_KEY).unlink()
            raise

    def prepare(self, settings: Settings) -> None:
        """Write other settings beside these, for switch to put in their place. Raises Refused or Unavailable."""
        self._write_beside(settings, _PREPARED)

    def _write_beside(self, settings: Settings, name: str) -> None:
        new = self.directory / name
        try:
            new.unlink(missing_ok=True)
        except OSError as error:
            got = (error.strerror or "an error").lower()
            raise Refused.one(name, "a file that can be written", got, "Take away what is there.") from error
        write_private(new, settings.to_toml().encode())

    def prepared(self) -> Settings | None:
        """What prepare wrote; None where there is no such file."""
        try:
            return Settings.parse((self.directory / _PREPARED).read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, Malformed):
            return None

    def switch(self) -> None:
        """Put the prepared settings in the place of these, whole or not at all, durable before this returns.

        Raises Unavailable where that cannot be done.
        """
        self._put_in_place(_PREPARED)

    def name_pack(self, pack: str) -> None:
        """Name this file as the organisation's own pack, or with "" none. Raises Refused or Unavailable.

        Not through what prepare writes: that belongs to a move, which may have stopped and is to go on.
        """
        settings = self.settings()
        if settings.pack != pack:
            self._write_beside(replace(settings, pack=pack), _NAMED)
            self._put_in_place(_NAMED)

    def _put_in_place(self, name: str) -> None:
        try:
            (self.directory / name).replace(self.directory / SETTINGS)
            flush_folder(self.directory)
        except OSError as error:
            got = (error.strerror or "an error").lower()
            raise Unavailable(SETTINGS, "a file that can be replaced", got, "Try again.") from error

    def unfinish(self) -> None:
        """Take both away again, where the rest of a beginning failed."""
        for name in (SETTINGS, LOG_KEY):
            (self.directory / name).unlink()
