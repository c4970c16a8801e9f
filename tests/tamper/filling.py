"""Many small true entries at once, laid down as Log.append lays them down in the end, without asking it of each."""

from ledger.log.checkpoint import Checkpoint
from ledger.log.entry import Header, parse_entry, sign_entry
from ledger.log.reader import Head
from ledger.log.tiles import stored
from ledger.log.tree import Frontier
from tests.ledger_fixtures import Sample, case, entry_id
from tests.tamper.damage import history
from tests.tamper.scene import Scene

BATCH = 1_000


def fill(ledger: Sample, size: int) -> None:
    """Add entries by the guardian up to `size`, four to a case, a thousand to a batch."""
    frontier = Frontier()
    for laid in history(Scene(ledger)):
        frontier.append(parse_entry(laid.leaf, ledger.origin).leaf_hash)
    while frontier.size < size:
        _batch(ledger, frontier, min(frontier.size + BATCH, size))


def _batch(ledger: Sample, frontier: Frontier, end: int) -> None:
    guardian = ledger.people["guardian"]
    seen_size, seen_root = frontier.size, frontier.root()
    hashes = []
    with ledger.store.write() as writer:
        for n in range(seen_size, end):
            header = Header(
                id=entry_id(n),
                type="access.granted",
                at=ledger.clock.now,
                author=guardian.handle,
                seen_size=seen_size,
                seen_root=seen_root,
                body={"handle": "p-manager"},
                case=case(n // 4),
            )
            entry = parse_entry(sign_entry(ledger.origin, header, guardian.signer), ledger.origin)
            writer.add_entry(n, entry)
            hashes += stored(frontier.append(entry.leaf_hash))
        writer.add_hashes(hashes)
        writer.set_head(Head(end, Checkpoint(ledger.origin, end, frontier.root()).sign(ledger.signers)))
