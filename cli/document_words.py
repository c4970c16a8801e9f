"""A sealed document in plain words: facts and opinions apart, codes as what they mean, in the order of its shape."""

from typing import TYPE_CHECKING, Any

from cli.ui import Ui
from ledger.records.document import SHAPE
from policies.codes import NATURES
from policies.shape import Answer, Code, Kind, ListOf, Record

if TYPE_CHECKING:
    from collections.abc import Iterable

    from policies.citation import Citation


def _field(*path: str) -> Kind:
    kind: Any = SHAPE
    for name in path:
        kind = kind.fields[name]
    return kind.kind if isinstance(kind, ListOf) else kind


_LAWS = (_field("basis", "codes"), _field("questions", "duty", "code"))
_KEPT = _field("retention", "class")


def show_document(ui: Ui, document: dict[str, Any]) -> None:
    """Print a decision's document."""
    document = _in_order(SHAPE, document)
    plain = {name: value for name, value in document.items() if not isinstance(value, dict | list)}
    ui.heading("What was recorded")
    ui.pairs([(label(name), _words(SHAPE.fields.get(name), value)) for name, value in plain.items()])
    for name, kind in SHAPE.fields.items():
        if name in document and name not in plain:
            if name == "information":
                _show_information(ui, document[name], kind)
            else:
                ui.heading(label(name).capitalize())
                _show(ui, kind, document[name], 2)


def _show_information(ui: Ui, items: list[dict[str, Any]], kind: Any) -> None:
    """The items, those of one nature together, so that an opinion is not read as a fact."""
    natures = [*NATURES, ""]
    for nature in natures:
        found = [(n, item) for n, item in enumerate(items, 1) if _nature(item) == nature]
        if found:
            ui.heading(f"What it is about: {NATURES.get(nature, 'not said whether fact or opinion')}")
        for n, item in found:
            ui.line(f"{n}.", 2)
            _show(ui, kind.kind, {key: value for key, value in item.items() if key != "nature"}, 4)


def _nature(item: dict[str, Any]) -> str:
    return item["nature"] if item.get("nature") in NATURES else ""


def in_form(record: Any) -> bool:
    """Whether an opened record has the form of one: named fields, and a document built as its shape says.

    What an author seals is theirs to choose; reading must survive all of it. Codes and days are not looked at.
    """
    return isinstance(record, dict) and _fits(SHAPE, record.get("document", {}))


def _fits(kind: Any, value: Any) -> bool:
    if isinstance(kind, Record):
        known = [name for name in kind.fields if isinstance(value, dict) and name in value]
        return isinstance(value, dict) and all(_fits(kind.fields[name], value[name]) for name in known)
    if isinstance(kind, ListOf):
        return isinstance(value, list) and all(_fits(kind.kind, item) for item in value)
    return not isinstance(value, dict | list)


def show_fields(ui: Ui, fields: Any) -> None:
    """Print a sealed record that has no shape of its own, whatever it holds."""
    _show(ui, None, fields, 2)


def label(name: str) -> str:
    """A field's name as words."""
    return name.replace("_", " ")


def _in_order(kind: Any, value: dict[str, Any]) -> dict[str, Any]:
    """The fields as people were asked for them; what is sealed is in the order of the alphabet."""
    known = [name for name in kind.fields if name in value] if isinstance(kind, Record) else []
    return {name: value[name] for name in [*known, *(name for name in value if name not in known)]}


def _show(ui: Ui, kind: Any, value: Any, indent: int) -> None:
    if isinstance(value, dict):
        value = _in_order(kind, value)
        fields = kind.fields if isinstance(kind, Record) else {}
        flat = [(label(k), _words(fields.get(k), v)) for k, v in value.items() if not isinstance(v, dict | list)]
        ui.pairs(flat, indent)
        for name, item in value.items():
            if isinstance(item, dict | list) and item:
                ui.line(f"{label(name)}:", indent)
                _show(ui, fields.get(name), item, indent + 2)
    elif isinstance(value, list):
        inner = kind.kind if isinstance(kind, ListOf) else None
        for number, item in enumerate(value, 1):
            if isinstance(item, dict | list):
                ui.line(f"{number}.", indent)
                _show(ui, inner, item, indent + 2)
            else:
                ui.bullet(_words(inner, item), indent)
    else:
        ui.line(_words(kind, value), indent)


def _law(code: str) -> str:
    from policies.bases import all_bases

    versions = all_bases().get(code)
    if versions is None:
        return code
    return f"{code}: {versions[-1].name}{_doubt(each.citation for each in versions)}"


def _kept(code: str) -> str:
    from policies.pack_files import catalogue
    from policies.retention_classes import read_classes

    found = [each for pack in catalogue("retention") for each in read_classes(pack).values() if each.code == code]
    return f"{code}: {found[-1].words}{_doubt(each.citation for each in found)}" if found else code


def _doubt(citations: "Iterable[Citation]") -> str:
    """What was not compared with its source is marked wherever it is shown."""
    return " (not verified)" if any(each.confidence == "unverified" for each in citations) else ""


def _words(kind: Any, value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if any(kind is law for law in _LAWS):
        return _law(str(value))
    if kind is _KEPT:
        return _kept(str(value))
    if isinstance(kind, Code | Answer):
        return str(kind.codes.get(value, value))
    return str(value)
