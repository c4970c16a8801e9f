"""actor enrol, list, change, rotate, revoke: the people of a ledger."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.exits import DONE, FAILED
from cli.options import IdentityOption, JsonOption, LedgerOption, PlainOption
from cli.ui import Ui

if TYPE_CHECKING:
    from cli.session import Session
    from ledger.records.writing import Desk

_ROLES = ("administrator", "practitioner", "manager", "guardian", "ig_lead", "duty", "auditor")
_REASONS = ("left", "changed_role", "key_lost", "key_stolen", "other")
HandleArgument = Annotated[str, typer.Argument(metavar="HANDLE", help="Whose: see consent-ledger actor list.")]
RoleOption = Annotated[list[str], typer.Option("--role", help=f"One of {', '.join(_ROLES)}; may be repeated.")]
TeamOption = Annotated[list[str] | None, typer.Option("--team", help="A team's short name; may be repeated.")]


def add_to(app: typer.Typer) -> None:
    """Register these commands."""
    group = typer.Typer(help="The people of a ledger and what they may do.", no_args_is_help=True)
    group.command("enrol", help="Enrol the person whose card this is.")(enrol)
    group.command("list", help="Who is enrolled, with names where you may read them.")(list_people)
    group.command("change", help="Replace somebody's roles and teams.")(change)
    group.command("rotate", help="Replace your own key by a new one.")(rotate)
    group.command("revoke", help="End what somebody may do.")(revoke)
    app.add_typer(group, name="actor")


def _roles(roles: list[str]) -> list[str]:
    unknown = [role for role in roles if role not in _ROLES]
    if unknown:
        raise typer.BadParameter(f"--role: expected {', '.join(_ROLES)}.")
    return roles


def _may_write(session: "Session", desk: "Desk", entry_type: str) -> None:
    """Refuse before anything is asked for; that it may stand in the log is checked again where it is written."""
    from cli.ledgers import role_words
    from ledger.errors import NotPermitted
    from ledger.log.types import TYPES

    allowed = TYPES[entry_type].roles
    term = session.roster.term(desk.identity.handle, session.standing.checkpoint.size)
    if term is None or not term.roles & set(allowed):
        wanted = " or ".join(role_words(role) for role in sorted(allowed))
        raise NotPermitted(
            "identity",
            f"somebody with the role of {wanted}",
            "somebody with another role",
            "Who they are: consent-ledger actor list",
        )


def enrol(
    context: typer.Context,
    card: Annotated[Path, typer.Argument(metavar="CARD", help="The card they handed over.")],
    role: RoleOption,
    team: TeamOption = None,
    ledger: LedgerOption = None,
    identity: IdentityOption = None,
    as_json: JsonOption = False,
    plain: PlainOption = False,
) -> int:
    """Their name, post and organisation are asked for, and sealed for people of this ledger only."""
    from cli.session import open_session
    from ledger.errors import Refused
    from ledger.log.card import read_card
    from ledger.records import people

    ui = Ui(context.obj, as_json=as_json, plain=plain)
    roles = _roles(role)
    try:
        data = card.read_bytes()
    except OSError as error:
        raise Refused.one("CARD", "a card that can be read", (error.strerror or "an error").lower()) from error
    key, _signature = read_card(data)
    session = open_session(context.obj, ui, ledger)
    if key.name in session.roster.people:
        raise Refused.one(
            "CARD",
            "the card of somebody who is not enrolled yet",
            f"the card of {key.name}, who is or was",
            "For other roles: consent-ledger actor change HANDLE. After a key was lost: a new key and a new card.",
        )
    desk = session.desk(identity)
    _may_write(session, desk, "actor.enrolled")
    ui.talk(f"Make sure that {key.name} is the handle that they told you themselves.")
    details = people.Details(ui.ask("Their name"), ui.ask("Their post"), ui.ask("Their organisation"))
    session.look_again(desk)
    written = people.enrol(desk, data, roles, team or [], details)
    session.remember()

    def words() -> None:
        ui.line(f"{key.name} is enrolled as {', '.join(roles)}: entry {written.n}.")

    ui.answer({"entry": written.n, "id": written.header.id.hex(), "handle": key.name, "roles": roles}, words)
    return DONE


def list_people(
    context: typer.Context,
    ledger: LedgerOption = None,
    identity: IdentityOption = None,
    as_json: JsonOption = False,
    plain: PlainOption = False,
) -> int:
    """Handles, roles and teams; with an identity that is enrolled, names and posts too."""
    from cli.ledgers import role_words
    from cli.session import open_session
    from ledger.records import people

    world = context.obj
    ui = Ui(world, as_json=as_json, plain=plain)
    session = open_session(world, ui, ledger)
    size = session.standing.checkpoint.size
    named: dict[str, people.Details | None] = {}
    if identity or world.env.get("CONSENT_LEDGER_IDENTITY"):
        desk = session.reading_desk(identity)
        with session.store.read() as reader:
            named = people.directory(desk, reader)
    rows = []
    for handle, person in session.roster.people.items():
        term = session.roster.term(handle, size)
        assert term is not None, "who is in the roster was enrolled"
        details = named.get(handle)
        rows.append(
            {
                "handle": handle,
                "roles": sorted(term.roles),
                "teams": sorted(term.teams),
                "enrolled_at": person.terms[0].start,
                **({"revoked_at": person.revoked_at} if person.revoked_at is not None else {}),
                **(details.to_json() if details else {}),
                **({"damaged": True} if handle in named and details is None else {}),
            }
        )

    def words() -> None:
        table = []
        for row in rows:
            roles = ", ".join(role_words(role) for role in row["roles"]) or f"revoked in entry {row['revoked_at']}"
            table.append((row["handle"], _who(row), roles))
        ui.table(("handle", "who", "roles"), table)

    ui.answer({"people": rows}, words)
    if any("damaged" in row for row in rows):
        ui.talk("What is sealed about somebody does not hold. Run: consent-ledger verify")
        return FAILED
    return DONE


def _who(row: dict[str, Any]) -> str:
    if "name" in row:
        return f"{row['name']}, {row['post']}"
    return "(damaged: run consent-ledger verify)" if "damaged" in row else "(withheld: give --identity)"


def change(
    context: typer.Context,
    handle: HandleArgument,
    role: RoleOption,
    team: TeamOption = None,
    ledger: LedgerOption = None,
    identity: IdentityOption = None,
    as_json: JsonOption = False,
    plain: PlainOption = False,
) -> int:
    """The roles and teams given replace those they had."""
    from cli.session import open_session
    from ledger.records import people

    ui = Ui(context.obj, as_json=as_json, plain=plain)
    roles = _roles(role)
    session = open_session(context.obj, ui, ledger)
    desk = session.desk(identity)
    _may_write(session, desk, "actor.changed")
    written = people.change(desk, handle, roles, team or [])
    session.remember()
    ui.answer(
        {"entry": written.n, "id": written.header.id.hex(), "handle": handle, "roles": roles},
        lambda: ui.line(f"{handle} is now {', '.join(roles)}: entry {written.n}."),
    )
    return DONE


def rotate(
    context: typer.Context,
    new: Annotated[Path, typer.Option("--new", help="Your new key file, made by: consent-ledger identity new.")],
    ledger: LedgerOption = None,
    identity: IdentityOption = None,
    as_json: JsonOption = False,
    plain: PlainOption = False,
) -> int:
    """You keep your handle. Every key that you hold is sealed to the new key. Both files have the same passphrase."""
    from cli.passphrases import seed_of
    from cli.session import open_session
    from ledger.records import people
    from ledger.sealing.identity import Identity

    ui = Ui(context.obj, as_json=as_json, plain=plain)
    session = open_session(context.obj, ui, ledger)
    desk = session.desk(identity)
    renewed = Identity(desk.identity.handle, seed_of(context.obj, ui, new))
    session.look_again(desk)
    after = people.rotate(desk, renewed)
    session.remember()
    ui.answer(
        {"handle": renewed.handle, "size": after.seen.size},
        lambda: ui.line(f"{renewed.handle} now signs with the key in {new}. Keep it safe, and delete the old file."),
    )
    return DONE


def revoke(
    context: typer.Context,
    handle: HandleArgument,
    reason: Annotated[str, typer.Option("--reason", help=f"One of {', '.join(_REASONS)}.")],
    since: Annotated[
        int | None, typer.Option("--since", min=0, help="Mark their entries from this number on as suspect.")
    ] = None,
    ledger: LedgerOption = None,
    identity: IdentityOption = None,
    as_json: JsonOption = False,
    plain: PlainOption = False,
) -> int:
    """They can write nothing more. What they wrote stays; what they read they have read."""
    from cli.session import open_session
    from ledger.errors import Refused
    from ledger.records import people

    ui = Ui(context.obj, as_json=as_json, plain=plain)
    if reason not in _REASONS:
        raise typer.BadParameter(f"--reason: expected {', '.join(_REASONS)}.")
    session = open_session(context.obj, ui, ledger)
    desk = session.desk(identity)
    _may_write(session, desk, "actor.revoked")
    term = session.roster.term(handle, session.standing.checkpoint.size)
    if term is None or not term.active:
        raise Refused.one(
            "handle",
            "somebody who is enrolled",
            "nobody, or somebody revoked already",
            "Run: consent-ledger actor list",
        )
    written = people.revoke(desk, handle, reason, since)
    session.remember()
    ui.answer(
        {"entry": written.n, "id": written.header.id.hex(), "handle": handle},
        lambda: ui.line(f"{handle} is revoked: entry {written.n}."),
    )
    return DONE
