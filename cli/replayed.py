"""What came of looking back, in words and as JSON: what holds, what is not known, what other guidance would change."""

import datetime
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cli.ui import Ui
from cli.world import numbered
from policies.citation import day_in_words
from policies.codes import CONDITIONS, DECISIONS, POINTS, ROUTES

if TYPE_CHECKING:
    from ledger.records.comparing import Difference
    from ledger.records.replay import Column, Counted, Replayed, Summary

_VERIFY = "Change nothing, tell your information-governance lead, and run: consent-ledger verify"
_CAVEAT = "Each record was held against its own entry. Whether the whole log holds: consent-ledger verify"

_UNEQUAL = {
    "packs": "packs (not those of this nation, the day of the decision and the own pack adopted then)",
    "late": "late (whether it was recorded late)",
}
_NOTHING = {"rule": "not asked", "condition": "not asked for", "deadline": "nothing"}


class Told:
    """What is to be told of each decision, kept small: every one in JSON; in words those that were asked for by name,
    or where something differs."""

    def __init__(
        self,
        ui: Ui,
        day: datetime.date | None,
        chosen: tuple[tuple[str, str], ...],
        own: Path | None,
        *,
        whole: bool,
    ) -> None:
        self.ui, self.whole = ui, whole
        self.day, self.chosen, self.own = day, chosen, own
        self.rows: list[dict[str, Any]] = []
        self.shown: list[Replayed] = []

    def take(self, row: "Replayed") -> None:
        """Keep what is to be told of one decision."""
        if self.ui.as_json:
            self.rows.append(_row_json(row))
        elif self.whole or row.alarm or row.advised_otherwise:
            self.shown.append(row)

    def to_json(self, found: "Summary") -> dict[str, Any]:
        """The whole answer."""
        from ledger.records.comparing import WHAT, in_order
        from ledger.records.replay import NOT_REPLAYED

        def whys(counted: "Mapping[str, Counted]") -> list[dict[str, Any]]:
            return [{"code": c, "words": NOT_REPLAYED[c], **_counted(counted[c])} for c in NOT_REPLAYED if c in counted]

        return {
            "other": {
                **({"packs_on": self.day.isoformat()} if self.day is not None else {}),
                **({"chosen": [list(each) for each in self.chosen]} if self.chosen else {}),
                **({"own": str(self.own)} if self.own is not None else {}),
            },
            "looked_at": found.looked_at,
            "equal": _counted(found.equal),
            "alarms": _counted(found.alarms),
            "advised_otherwise": _counted(found.advised),
            "differing": _counted(found.differing),
            "not_judged": whys(found.same_why),
            "not_judged_by_other": whys(found.other_why),
            "codes_not_compared": whys(found.codes_why),
            "packs_not_held": [{"id": name, **_counted(each)} for name, each in sorted(found.not_held.items())],
            "by_rule": [
                {**_difference(each), "what_words": WHAT[each.what], **_counted(found.by_rule[each])}
                for each in in_order(found.by_rule)
            ],
            "decisions": self.rows,
        }

    def words(self, found: "Summary") -> None:
        """The whole answer for people."""
        ui = self.ui
        if not found.looked_at:
            ui.line("No decision fits. Which there are: consent-ledger list --type decision.recorded")
            return
        ui.line(f"Looked back at {_decisions(found.looked_at)}. Nothing is recorded.")
        self._not_read(found)
        ui.pairs(
            [
                ("the same guidance says the same of", f"{found.equal.count:,}"),
                ("ALARM on", f"{found.alarms.count:,}" if found.alarms.count else ""),
                ("other guidance", self._other_words()),
                ("it advises otherwise on", f"{found.advised.count:,}"),
                ("it finds something else on", f"{found.differing.count:,}"),
            ]
        )
        self._alarms(found)
        self._not_compared(found)
        if self.whole:
            for row in self.shown:
                self._one(row)
        elif found.advised.count:
            self._table()
        self._by_rule(found)
        ui.line()
        ui.line(_CAVEAT)

    def _other_words(self) -> str:
        parts = [f"that of {day_in_words(self.day)}"] if self.day is not None else []
        parts += [_choice(kind, which) for kind, which in self.chosen]
        parts += [f"the own pack in {self.own}"] if self.own is not None else []
        return "; ".join(parts)

    def _alarms(self, found: "Summary") -> None:
        if not found.alarms.count:
            return
        self.ui.heading("ALARM")
        self.ui.line(
            "The same guidance over the same record says something else than was recorded, it is not the guidance of "
            "its day, or a part is not as it was sealed. Whoever recorded it, the log, a file of guidance, or how this "
            f"version judges has changed something. {_VERIFY}",
            2,
        )
        for row in (row for row in self.shown if row.alarm):
            self.ui.bullet(f"entry {row.n}: {_alarm(row)}")

    def _not_read(self, found: "Summary") -> None:
        """First of all, since every figure below leaves them out."""
        from ledger.records.replay import NOT_REPLAYED

        if not found.same_why:
            return
        self.ui.line("Not judged:")
        for code, each in found.same_why.items():
            self.ui.bullet(f"{each.count:,}, {NOT_REPLAYED[code]} ({_entries(each)})")
        for name, each in sorted(found.not_held.items()):
            self.ui.bullet(f"not held: {name} ({_entries(each)})")
        self.ui.line()

    def _not_compared(self, found: "Summary") -> None:
        from ledger.records.replay import NOT_REPLAYED

        beside = (
            (found.codes_why, "the codes alone: "),
            (found.other_why, "by the other guidance: "),
        )
        told = [
            f"{each.count:,}, {which}{NOT_REPLAYED[code]} ({_entries(each)})"
            for whys, which in beside
            for code, each in whys.items()
        ]
        if told:
            self.ui.heading("Not compared")
        for words in told:
            self.ui.bullet(words)

    def _table(self) -> None:
        self.ui.heading("Where other guidance advises otherwise")
        self.ui.table(
            ("entry", "decided", "advised then", "again", "other guidance"),
            [
                (
                    str(row.n),
                    row.decided.replace("_", " "),
                    _advice(row.recorded),
                    "ALARM" if row.unequal else "the same",
                    _advice(row.other) if row.other is not None else "",
                )
                for row in self.shown
                if row.advised_otherwise
            ],
        )

    def _one(self, row: "Replayed") -> None:
        from ledger.records.replay import NOT_REPLAYED

        self.ui.heading(f"Entry {row.n}")
        same = NOT_REPLAYED[row.same_why] if row.same is None else "the same" if not row.unequal else "ALARM: "
        self.ui.pairs(
            [
                ("decided", DECISIONS[row.decided]),
                ("advised then", _column_words(row.recorded)),
                ("the same guidance", same + (_column_words(row.same) if row.unequal and row.same else "")),
                ("other guidance", _column_words(row.other) if row.other else NOT_REPLAYED[row.other_why]),
            ]
        )

    def _by_rule(self, found: "Summary") -> None:
        from ledger.records.comparing import WHAT, in_order

        what = ""
        for each in in_order(found.by_rule):
            if each.what != what:
                what = each.what
                self.ui.heading(f"What differs: {WHAT[what]}")
            counted = found.by_rule[each]
            change = f"then {_coded(each, each.before)}; other guidance: {_coded(each, each.after)}"
            self.ui.bullet(f"{_decisions(counted.count)} ({_entries(counted)}): {change}.")
            self.ui.line(f"{each.words.rstrip('.')}. ({each.source}) [{each.rule}]", 4)


def _choice(kind: str, which: str) -> str:
    """A choice of packs_for in words."""
    if kind.startswith("readings."):
        return f"the side of {which} on {POINTS[kind.partition('.')[2]]}"
    return f"{kind} {which}"


def _coded(each: "Difference", text: str) -> str:
    """One side of a difference in words: a code, with the route in brackets behind an advice, or nothing."""
    from ledger.records.comparing import NOTHING

    if text == NOTHING:
        return _NOTHING.get(each.what, text)
    code, _, route = text.removesuffix(")").partition(" (")
    if each.what == "condition":
        return CONDITIONS[code]
    return code.replace("_", " ") + (f" ({ROUTES.get(route, route)})" if route else "")


def _decisions(count: int) -> str:
    return f"{count:,} decision" if count == 1 else f"{count:,} decisions"


def _entries(counted: "Counted") -> str:
    return numbered(counted.entries) + (" and more" if counted.count > len(counted.entries) else "")


def _counted(counted: "Counted") -> dict[str, Any]:
    return {"count": counted.count, "first_entries": counted.entries}


def _difference(each: "Difference") -> dict[str, str]:
    return {
        "what": each.what,
        "rule": each.rule,
        "words": each.words,
        "source": each.source,
        "before": each.before,
        "after": each.after,
    }


def _alarm(row: "Replayed") -> str:
    from ledger.records.replay import NOT_REPLAYED

    if row.unequal:
        return f"other than recorded: {', '.join(_UNEQUAL.get(name, name) for name in row.unequal)}"
    return NOT_REPLAYED[row.same_why or row.codes_why]


def _advice(column: "Column") -> str:
    return column.advice.replace("_", " ")


def _column_words(column: "Column") -> str:
    """Advice, why it may be shared, and what stands beside it."""
    route = ROUTES.get(column.route or "", "")
    beside = [CONDITIONS[code] for code in column.conditions or () if code in CONDITIONS]
    return "; ".join([_advice(column) + (f" ({route})" if route else ""), *beside])


def _row_json(row: "Replayed") -> dict[str, Any]:
    columns = {"recorded": row.recorded, "same": row.same, "other": row.other}
    whys = {"same_why": row.same_why, "other_why": row.other_why, "codes_why": row.codes_why}
    return {
        "entry": row.n,
        "type": row.type,
        "decided": row.decided,
        **{name: _column_json(column) for name, column in columns.items() if column is not None},
        **{name: why for name, why in whys.items() if why},
        "alarm": row.alarm,
        **({"unequal": list(row.unequal)} if row.unequal else {}),
        **({"packs_not_held": list(row.not_held)} if row.not_held else {}),
        "differences": [_difference(each) for each in row.differences],
    }


def _column_json(column: "Column") -> dict[str, Any]:
    return {
        "advice": column.advice,
        **({"route": column.route} if column.route else {}),
        **({"conditions": list(column.conditions)} if column.conditions is not None else {}),
    }
