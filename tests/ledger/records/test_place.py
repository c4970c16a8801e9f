"""A ledger's directory: its settings read one way only, its log key never shown, and every wrong place told."""

import base64
import stat
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from ledger.errors import LedgerError, Malformed, NotPermitted, Refused
from ledger.log.note import Signer
from ledger.records.place import DATABASE, IDENTITIES, LOG_KEY, SETTINGS, Place, Settings, parse_secret, secret_text
from tests.ledger_fixtures import seed_of

ORIGIN = "sample/0123456789abcdef0123456789abcdef"
SEED = seed_of("log key")
SIGNER = Signer(ORIGIN, SEED)
GOOD = Settings(ORIGIN, SIGNER.key, DATABASE)


def _begun(directory: Path) -> Place:
    place = Place(directory / "ledger")
    place.begin().close()
    place.finish(GOOD, secret_text(ORIGIN, SEED, SIGNER.key))
    return place


def test_a_directory_is_begun_and_finished_and_found_again(tmp_path: Path) -> None:
    place = _begun(tmp_path)

    assert place.settings() == GOOD
    assert place.log_signer().key == SIGNER.key
    store = place.store()
    with store.read() as reader:
        assert reader.head() is None
    store.close()


def test_everything_in_it_is_its_owners_alone(tmp_path: Path) -> None:
    place = _begun(tmp_path)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in [place.directory, *place.directory.iterdir()]}

    assert modes == {"ledger": 0o700, DATABASE: 0o600, LOG_KEY: 0o600, SETTINGS: 0o600, IDENTITIES: 0o700}


def test_a_directory_that_was_only_begun_is_no_ledger_yet(tmp_path: Path) -> None:
    place = Place(tmp_path / "ledger")
    place.begin().close()
    with pytest.raises(Refused, match="a place without one"):
        place.settings()
    with pytest.raises(NotPermitted, match="none here"):
        place.log_signer()


@pytest.mark.parametrize("name", [SETTINGS, DATABASE])
def test_a_place_with_a_ledger_is_not_begun_again(tmp_path: Path, name: str) -> None:
    place = Place(tmp_path)
    (tmp_path / name).write_bytes(b"mine")
    with pytest.raises(Refused, match="one that has one"):
        place.begin()

    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert (tmp_path / name).read_bytes() == b"mine"


def test_a_ledger_is_not_finished_twice(tmp_path: Path) -> None:
    place = _begun(tmp_path)
    before = (place.directory / LOG_KEY).read_bytes()
    with pytest.raises(Refused):
        place.finish(GOOD, "another")

    assert (place.directory / LOG_KEY).read_bytes() == before


@pytest.mark.parametrize("where", ["file", "file/ledger"])
def test_a_place_where_no_directory_can_be_is_refused(tmp_path: Path, where: str) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(Refused):
        Place(tmp_path / where).begin()


@pytest.mark.parametrize("where", ["missing", "file", "."])
def test_a_place_without_a_ledger_says_how_to_begin_one(tmp_path: Path, where: str) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(Refused) as caught:
        Place(tmp_path / where).settings()

    assert "consent-ledger init" in caught.value.faults[0].hint


# -- settings


def test_settings_go_into_a_file_and_back() -> None:
    assert Settings.parse(GOOD.to_toml()) == GOOD
    assert GOOD.to_toml().startswith("# ")


TOML = GOOD.to_toml()
OTHER_KEY = Signer("other/0123456789abcdef0123456789abcdef", SEED).key
BAD_SETTINGS: dict[str, str] = {
    "nothing": "",
    "no TOML": "hello",
    "a setting missing": TOML.replace('database = "ledger.db"\n', ""),
    "a setting more": TOML + "more = 1\n",
    "a number": TOML.replace('"ledger.db"', "7"),
    "a list": TOML.replace('"ledger.db"', '["ledger.db"]'),
    "no key": TOML.replace(str(SIGNER.key), "x"),
    "a key of another name": TOML.replace(str(SIGNER.key), str(OTHER_KEY)),
    "another origin": TOML.replace(f'origin = "{ORIGIN}"', 'origin = "other/0123456789abcdef0123456789abcdef"'),
    "twice": TOML + TOML,
    "a pack that is no name": TOML + "pack = 7\n",
    "a pack with a quote": TOML + """pack = 'a"b.toml'\n""",
    "a pack with a space": TOML + 'pack = "our pack.toml"\n',
}


@pytest.mark.parametrize("text", BAD_SETTINGS.values(), ids=BAD_SETTINGS.keys())
def test_other_settings_are_malformed(text: str) -> None:
    assert text != TOML
    with pytest.raises(Malformed):
        Settings.parse(text)


def test_a_pack_is_named_and_no_longer(tmp_path: Path) -> None:
    place = _begun(tmp_path)
    place.name_pack("packs/ours.toml")
    assert place.settings() == replace(GOOD, pack="packs/ours.toml")
    place.name_pack("")
    assert place.settings() == GOOD
    assert stat.S_IMODE((place.directory / SETTINGS).stat().st_mode) == 0o600


def test_a_pack_is_named_while_a_move_waits_to_go_on(tmp_path: Path) -> None:
    """Prepared settings are what a move that stopped is recognised by."""
    place, there = _begun(tmp_path), replace(GOOD, database="other.db")
    place.prepare(there)
    place.name_pack("packs/ours.toml")
    assert place.prepared() == there


def test_where_settings_cannot_be_written_they_stay_as_they_were(tmp_path: Path) -> None:
    place = _begun(tmp_path)
    (place.directory / f"{SETTINGS}.named").mkdir()
    with pytest.raises(Refused, match="a file that can be written"):
        place.name_pack("packs/ours.toml")
    assert place.settings() == GOOD


def test_a_settings_file_that_is_no_text_is_malformed(tmp_path: Path) -> None:
    (tmp_path / SETTINGS).write_bytes(b"\xff\xfe")
    with pytest.raises(Malformed):
        Place(tmp_path).settings()
    (tmp_path / SETTINGS).unlink()
    (tmp_path / SETTINGS).mkdir()
    with pytest.raises(Malformed):
        Place(tmp_path).settings()


def test_settings_that_name_a_database_which_is_not_there_are_refused(tmp_path: Path) -> None:
    place = _begun(tmp_path)
    (place.directory / DATABASE).unlink()
    with pytest.raises(Refused, match="no such file"):
        place.store()


# -- the log's key


def test_a_log_key_goes_into_a_file_and_back() -> None:
    text = secret_text(ORIGIN, SEED, SIGNER.key)

    assert text.startswith(f"PRIVATE+KEY+{ORIGIN}+{SIGNER.key.id.hex()}+")
    assert parse_secret(text).key == SIGNER.key


def test_the_form_is_the_published_one() -> None:
    """The example of golang.org/x/mod/sumdb/note: its private key and the verifier key that belongs to it."""
    private = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
    public = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"

    assert str(parse_secret(private).key) == public


SECRET = secret_text(ORIGIN, SEED, SIGNER.key)
BAD_SECRETS: dict[str, Callable[[str], str]] = {
    "empty": lambda text: "",
    "no prefix": lambda text: text.removeprefix("PRIVATE+KEY+"),
    "a part missing": lambda text: text.rpartition("+")[0],
    "a name changed": lambda text: text.replace("sample", "simple"),
    "an id changed": lambda text: text.replace(SIGNER.key.id.hex(), "00000000"),
    "another kind of key": lambda text: text.rpartition("+")[0] + "+" + base64.b64encode(b"\x02" + SEED).decode(),
    "a key cut short": lambda text: text[:-4],
    "a key with more": lambda text: text + "AAAA",
    "a key that is no base64": lambda text: text[:-1] + "!",
    "a space in the name": lambda text: text.replace("sample", "sam ple"),
}


@pytest.mark.parametrize("change", BAD_SECRETS.values(), ids=BAD_SECRETS.keys())
def test_another_log_key_is_malformed_and_never_shown(change: Callable[[str], str]) -> None:
    text = change(SECRET)
    with pytest.raises(Malformed) as caught:
        parse_secret(text)

    secret = SECRET.rpartition("+")[2]
    assert secret[:12] not in str(caught.value)
    assert secret[-12:] not in str(caught.value)


def test_every_character_of_a_log_key_changed_is_malformed() -> None:
    for position, character in enumerate(SECRET):
        other = "A" if character != "A" else "B"
        with pytest.raises(LedgerError):
            parse_secret(SECRET[:position] + other + SECRET[position + 1 :])


def test_a_log_key_that_others_can_read_is_not_used(tmp_path: Path) -> None:
    place = _begun(tmp_path)
    (place.directory / LOG_KEY).chmod(0o644)
    with pytest.raises(NotPermitted, match="mode 644"):
        place.log_signer()


def test_a_log_key_that_is_no_text_is_malformed(tmp_path: Path) -> None:
    place = _begun(tmp_path)
    (place.directory / LOG_KEY).write_bytes(b"\xff" * 40)
    with pytest.raises(Malformed):
        place.log_signer()
