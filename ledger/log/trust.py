"""What this client has seen: for each origin the log key it trusts and the newest checkpoint, kept outside the ledger.

A ledger that does not extend what was seen (restored from an old backup, truncated, forked, rebuilt under the same
place) is refused with both checkpoints shown. Somebody here can agree to go on only where an administrator declared
the loss in the log (loss.py), and what was lost is remembered. First contact is trust on first use. The trust file is
a C2SP tlog-policy with one log and `quorum none`. Source: docs/FORMAT.md §4. Proved by tests/ledger/log/test_trust.py.
"""

import fcntl
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import TypeVar

from ledger.errors import Malformed, Refused, Unavailable, Unverified
from ledger.log.checkpoint import Checkpoint, open_checkpoint
from ledger.log.encoding import decode_text
from ledger.log.loss import Lost, hint_of, lost_of, parse_losses, proved
from ledger.log.note import VerifierKey
from ledger.log.roster import Loss, Roster
from ledger.log.tree import HashReader, check_consistency, prove_consistency

T = TypeVar("T")

_POLICY, _CHECKPOINT, _FAILED = "trust.policy", "checkpoint", "failed"
_DECLARED, _LOSSES = "declared", "losses"


@dataclass(frozen=True, slots=True)
class Standing:
    """The outcome of looking at a ledger: its proven checkpoint, and whether this client had never met it."""

    checkpoint: Checkpoint
    first_contact: bool


def policy_text(key: VerifierKey) -> bytes:
    """The trust file of one log: C2SP tlog-policy."""
    return f"log {key}\nquorum none\n".encode()


def parse_policy(data: bytes) -> VerifierKey:
    """The log key of a trust file. Refuses witnesses, groups and everything else until there are some."""
    lines = [line for line in decode_text(data, "trust file").split("\n") if line and not line.startswith("#")]
    if len(lines) != 2 or not lines[0].startswith("log ") or lines[1] != "quorum none":
        raise Malformed("trust file", "one line `log <key>` and one `quorum none`", "something else")
    return VerifierKey.parse(lines[0].removeprefix("log "))


class Trust:
    """One client's memory of one ledger, in a directory of its own under `state`."""

    def __init__(self, state: Path, origin: str) -> None:
        self._state, self._origin = state, origin
        self._directory = state / sha256(origin.encode()).hexdigest()[:32]

    def log_key(self) -> VerifierKey | None:
        """The log key trusted here; None before first contact."""
        data = _read(self._directory / _POLICY)
        return None if data is None else parse_policy(data)

    def last_seen(self) -> Checkpoint | None:
        """The newest checkpoint seen here; None before first contact."""
        data = _read(self._directory / _CHECKPOINT)
        return None if data is None else Checkpoint.parse(data)

    def failed(self) -> bool:
        """Whether the newest verification from here found something that does not hold."""
        return _read(self._directory / _FAILED) is not None

    def note_verified(self, *, holds: bool) -> None:
        """Remember how a verification of everything ended."""
        with self._locked():
            if holds:
                (self._directory / _FAILED).unlink(missing_ok=True)
            else:
                _replace(self._directory / _FAILED, b"a verification failed\n")

    def check_place(self, place: Path) -> None:
        """Refuse a place where this client met another ledger before. Raises Unverified."""
        known = _read(self._place_file(place))
        if known is not None and known != self._origin.encode():
            raise Unverified(
                "ledger",
                f"the ledger {known.decode('utf-8', 'replace')}, which was here before",
                f"another one, {self._origin}",
                "Somebody put another ledger in its place: tell your information-governance lead.",
            )

    def claim_place(self, place: Path) -> None:
        """Forget what was at this place before: this client itself begins a ledger there."""
        with self._locked():
            _replace(self._place_file(place), self._origin.encode())

    def losses(self) -> list[Lost]:
        """What was seen from here and lost, and agreed to: in the order in which it was agreed to, never dropped."""
        return parse_losses(_read(self._directory / _LOSSES) or b"")

    def advance(self, head: bytes, read: HashReader, roster: Roster, place: Path | None = None) -> Standing:
        """Prove that the ledger extends what was seen, then remember it.

        head: the signed checkpoint as stored. read: the ledger's stored hashes. Raises Unverified for a rollback,
        a fork or another log key, Unavailable if the memory cannot be kept.
        """
        with self._locked():
            if place is not None:
                self.check_place(place)
            checkpoint, seen = self._opened(head, roster), self.last_seen()
            new = self._new_losses(checkpoint, read, roster)
            if seen is not None:
                check_extends(seen, checkpoint, read, new)
            self._remember(checkpoint, new, roster, newer=seen is None or checkpoint.size > seen.size)
            if place is not None and _read(self._place_file(place)) is None:
                _replace(self._place_file(place), self._origin.encode())
        return Standing(checkpoint, first_contact=seen is None)

    def steadily(self, look: Callable[[], T]) -> T:
        """What `look` gives, which takes a snapshot and advances to it.

        Another process may remember more in between; so where it raises Unverified it is asked again, for as long as
        the memory changes.
        """
        while True:
            before = self.last_seen()
            try:
                return look()
            except Unverified:
                if self.last_seen() == before:
                    raise

    def loss(self, head: bytes, read: HashReader, roster: Roster) -> Lost:
        """What was seen from here and is declared lost, for somebody to agree to.

        Raises Refused if nothing that was seen is missing, Unverified if what is missing was not declared.
        """
        with self._locked():
            return self._loss(self._opened(head, roster), read, roster)

    def missing(self, head: bytes, read: HashReader, roster: Roster) -> Checkpoint | None:
        """What was seen from here and is still to be declared lost; None where the ledger extends what was seen.

        Raises Unverified, as advance() does, where the declaration is there already, and where no restore explains
        what is there: another history that is not shorter, or another log key.
        """
        with self._locked():
            checkpoint, seen = self._opened(head, roster), self.last_seen()
            new = self._new_losses(checkpoint, read, roster)
            try:
                if seen is not None:
                    check_extends(seen, checkpoint, read, new)
            except Unverified:
                assert seen is not None, "nothing is missing where nothing was seen"
                if lost_of(seen, new) is not None or not (new or checkpoint.size < seen.size):
                    raise
                return seen
        return None

    def acknowledge(self, lost: Lost, head: bytes, read: HashReader, roster: Roster, now: int) -> Lost:
        """Go on with a restored ledger: somebody agreed to `lost`, which loss() told. now: POSIX seconds.

        What was lost is remembered first: a crash in between leaves the ledger refused as before. Raises as loss().
        """
        with self._locked():
            checkpoint = self._opened(head, roster)
            if self._loss(checkpoint, read, roster) != lost:
                raise Unavailable("ledger", "what was agreed to", "a newer restore meanwhile", "Look at it again.")
            agreed = replace(lost, agreed_at=now)
            known = self.losses()
            if all((item.size, item.root, item.entry) != (lost.size, lost.root, lost.entry) for item in known):
                _replace(self._directory / _LOSSES, b"".join(item.line() for item in [*known, agreed]))
            self._remember(checkpoint, self._new_losses(checkpoint, read, roster), roster, newer=True)
        return agreed

    def _opened(self, head: bytes, roster: Roster) -> Checkpoint:
        """The checkpoint in a head, signed by a log key of the roster, among them the one trusted here."""
        pinned = self.log_key()
        if pinned is not None and pinned not in [key for _start, key in roster.log_keys]:
            raise Unverified("log key", f"the key trusted here, {pinned}", f"{roster.log_keys[0][1]}")
        size = Checkpoint.parse(head.partition(b"\n\n")[0] + b"\n").size
        checkpoint = open_checkpoint(head, [roster.log_key(size)])
        if checkpoint.origin != self._origin:
            raise Unverified("ledger", self._origin, checkpoint.origin)
        return checkpoint

    def _loss(self, checkpoint: Checkpoint, read: HashReader, roster: Roster) -> Lost:
        seen, new = self.last_seen(), self._new_losses(checkpoint, read, roster)
        try:
            if seen is not None:
                check_extends(seen, checkpoint, read, new)
        except Unverified:
            assert seen is not None, "nothing is missing where nothing was seen"
            lost = lost_of(seen, new)
            if lost is None:
                raise
            return lost
        raise Refused.one("--acknowledge", "a ledger in which something is lost", "all that this computer saw")

    def _new_losses(self, checkpoint: Checkpoint, read: HashReader, roster: Roster) -> list[Loss]:
        """The losses declared in the log that were not yet known here: only these speak of what was seen here."""
        known = (_read(self._directory / _DECLARED) or b"").split(b"\n")
        new = [loss for loss in roster.losses if loss.digest.hex().encode() not in known]
        return proved(new, checkpoint, read)

    def _remember(self, checkpoint: Checkpoint, new: list[Loss], roster: Roster, *, newer: bool) -> None:
        if new:
            # before the checkpoint: what was seen must never seem to be older than a declaration that it holds
            known = _read(self._directory / _DECLARED) or b""
            _replace(self._directory / _DECLARED, known + b"".join(loss.digest.hex().encode() + b"\n" for loss in new))
        if newer:
            _replace(self._directory / _CHECKPOINT, checkpoint.text)
        key = roster.log_key(checkpoint.size)
        if self.log_key() != key:
            _replace(self._directory / _POLICY, policy_text(key))

    def _place_file(self, place: Path) -> Path:
        return self._state / "places" / sha256(os.fsencode(place.resolve())).hexdigest()[:32]

    @contextmanager
    def _locked(self) -> Iterator[None]:
        try:
            self._directory.mkdir(parents=True, exist_ok=True, mode=0o700)
            (self._state / "places").mkdir(exist_ok=True, mode=0o700)
            descriptor = os.open(self._directory / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise _unkept(error) from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)


def check_extends(seen: Checkpoint, now: Checkpoint, read: HashReader, losses: Sequence[Loss] = ()) -> None:
    """Return if `now` is proved to extend `seen`; else raise Unverified, showing both.

    losses: what was declared lost since, for whoever is refused to be told of it.
    """
    if now.size < seen.size:
        declare = f"consent-ledger restore --lost {seen.size}:{seen.root.hex()}"
        hint = f"Entries are missing: was an old backup restored? If so, an administrator declares it: {declare}"
        raise _refused(seen, now, hint_of(seen, losses, hint))
    if seen.size == 0:
        return
    try:
        proof = prove_consistency(read, seen.size, now.size)
        check_consistency(proof, seen.size, now.size, seen.root, now.root)
    except (Malformed, Unverified) as error:
        hint = "Its history is not the one seen before. Run: consent-ledger verify"
        raise _refused(seen, now, hint_of(seen, losses, hint)) from error


def _refused(seen: Checkpoint, now: Checkpoint, hint: str) -> Unverified:
    return Unverified(
        "ledger",
        f"what this computer saw before: {seen.size} entries, root {seen.root.hex()}",
        f"{now.size} entries, root {now.root.hex()}",
        hint,
    )


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _unkept(error) from error


def _replace(path: Path, data: bytes) -> None:
    """Put `data` in place of the file at `path`, whole or not at all, durable before this returns."""
    temporary = path.with_name(f"{path.name}.new")
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
        directory = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)
    except OSError as error:
        raise _unkept(error) from error


def _unkept(error: OSError) -> Unavailable:
    return Unavailable(
        "last-seen checkpoint",
        "a place to remember what was seen",
        (error.strerror or "an error").lower(),
        "Check the folder named by CONSENT_LEDGER_STATE, or free some space.",
    )
