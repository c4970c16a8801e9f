"""What was lost in a restore and agreed to here: said by status and verify for as long as this computer remembers."""

from typing import Any

from cli.session import state_of
from cli.ui import Ui
from cli.world import World
from ledger.log.encoding import format_time
from ledger.log.loss import Lost
from ledger.log.trust import Trust


def losses_of(world: World, origin: str) -> list[Lost]:
    """What this computer saw of a ledger and lost, in the order in which it was agreed to."""
    return Trust(state_of(world), origin).losses()


def lost_json(lost: Lost) -> dict[str, Any]:
    """For scripts: size and root of what was seen, from which entry on it is gone, who declared and when."""
    return {
        "size": lost.size,
        "root": lost.root.hex(),
        "kept": lost.kept,
        "entry": lost.entry,
        "by": lost.by,
        "declared_at": format_time(lost.declared_at),
        "acknowledged_at": format_time(lost.agreed_at),
    }


def lost_words(lost: Lost) -> str:
    """For people."""
    declared, agreed = format_time(lost.declared_at)[:10], format_time(lost.agreed_at)
    return (
        f"What this computer had seen in {lost.what} was lost in a restore: {lost.by} declared it in the new entry "
        f"{lost.entry} on {declared}, and it was acknowledged here at {agreed}. It had seen {lost.size:,} entries, "
        f"root {lost.root.hex()[:8]}…"
    )


def say_losses(ui: Ui, losses: list[Lost]) -> None:
    """Under a heading of their own; nothing where nothing was lost."""
    if losses:
        ui.heading("Lost")
        for lost in losses:
            ui.bullet(lost_words(lost))


def not_there(losses: list[Lost]) -> dict[str, int]:
    """For verification, which cannot check what is lost: what it is, and of how many entries at least."""
    return {f"{lost.what}, lost in a restore (by entry {lost.entry})": max(lost.size - lost.kept, 1) for lost in losses}
