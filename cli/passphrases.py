"""Passphrases and the key files behind them: from a file or the environment where a script runs, else asked."""

from pathlib import Path

import typer

from cli.ui import Ui
from cli.world import World
from ledger.errors import Refused


def new_passphrase(world: World, ui: Ui) -> bytes:
    """A new passphrase, asked twice where it is typed."""
    first = passphrase_of(world, ui, "A passphrase for your key (12 characters or more)")
    typed = "CONSENT_LEDGER_PASSPHRASE" not in world.env and not world.env.get("CONSENT_LEDGER_PASSPHRASE_FILE")
    if typed and world.ask_secret("The same again: ").encode() != first:
        raise Refused.one("passphrase", "the same passphrase twice", "two different ones", "Run the command again.")
    return first


def passphrase_of(world: World, ui: Ui, prompt: str = "Passphrase") -> bytes:
    """The passphrase: from the file or the variable of the environment that may hold it, else asked."""
    named = world.env.get("CONSENT_LEDGER_PASSPHRASE_FILE")
    if named:
        try:
            return Path(named).read_bytes().rstrip(b"\r\n")
        except OSError as error:
            raise Refused.one(
                "CONSENT_LEDGER_PASSPHRASE_FILE", "a file that can be read", (error.strerror or "an error").lower()
            ) from error
    if "CONSENT_LEDGER_PASSPHRASE" in world.env:
        return world.env["CONSENT_LEDGER_PASSPHRASE"].encode()
    if not world.stdin.isatty():
        raise Refused.one(
            "passphrase",
            "somebody to ask, or CONSENT_LEDGER_PASSPHRASE_FILE",
            "neither",
            "Set CONSENT_LEDGER_PASSPHRASE_FILE to a file that only you can read.",
        )
    ui.world.stderr.flush()
    return world.ask_secret(f"{prompt}: ").encode()


def seed_of(world: World, ui: Ui, path: Path | None) -> bytes:
    """The private key in an identity file, unlocked. Raises NotPermitted for a wrong passphrase."""
    from ledger.sealing.keys import decode_key, read_private

    path = path or (Path(world.env["CONSENT_LEDGER_IDENTITY"]) if world.env.get("CONSENT_LEDGER_IDENTITY") else None)
    if path is None:
        raise typer.BadParameter("Name your key file: --identity FILE, or set CONSENT_LEDGER_IDENTITY.")
    data = read_private(path)
    return decode_key(data, passphrase_of(world, ui))
