"""identity new, identity card: a person's key, and the public card they hand over."""

from pathlib import Path
from typing import Annotated

import typer

from cli.exits import DONE
from cli.options import JsonOption, PlainOption
from cli.ui import Ui
from cli.world import World


def add_to(app: typer.Typer) -> None:
    """Register these commands."""
    group = typer.Typer(help="Your key, and the card you hand to an administrator.", no_args_is_help=True)
    group.command("new", help="Make a key file, behind a passphrase.")(new)
    group.command("card", help="Print the public card of a key file.")(card)
    app.add_typer(group, name="identity")


def new(
    context: typer.Context,
    out: Annotated[Path, typer.Option("--out", help="The key file to write.")],
    as_json: JsonOption = False,
    plain: PlainOption = False,
) -> int:
    """The file is readable by you alone. Whoever has it and its passphrase signs as you and reads what you read."""
    from cli.passphrases import new_passphrase
    from ledger.sealing.identity import SEED_SIZE, handle_of, public_of
    from ledger.sealing.keys import encode_key, write_private

    world: World = context.obj
    ui = Ui(world, as_json=as_json, plain=plain)
    seed = world.random(SEED_SIZE)
    handle = handle_of(public_of(seed))
    write_private(out, encode_key(seed, new_passphrase(world, ui)))
    world.stands.files.append(str(out))

    def words() -> None:
        ui.line(f"Your key is in {out}. Your handle is {handle}. Next, make your card and hand it over:")
        ui.command(f"consent-ledger identity card {out} > {handle}.card")

    ui.answer({"handle": handle, "file": str(out)}, words)
    return DONE


def card(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The key file.")],
    handle: Annotated[
        str | None, typer.Option("--handle", help="For a new key of somebody enrolled: the handle they have.")
    ] = None,
    as_json: JsonOption = False,
    plain: PlainOption = False,
) -> int:
    """The card holds no secret and no name: a handle, a public key, and the key's own signature."""
    from cli.passphrases import seed_of
    from ledger.log.card import make_card
    from ledger.sealing.identity import Identity, handle_of, public_of

    ui = Ui(context.obj, as_json=as_json, plain=plain)
    seed = seed_of(context.obj, ui, file)
    identity = Identity(handle or handle_of(public_of(seed)), seed)
    text = make_card(identity.signer).decode()
    ui.answer({"handle": identity.handle, "card": text}, lambda: ui.text(text))
    return DONE
