"""No own pack that can be read takes anything away from the law or the guidance, delays it, or is taken for it.

Every test with each condition, whole and denied, over decisions of every route, with and without danger; every value
that a hostile file may hold in the place of another.
"""

import datetime
import itertools
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from ledger.records.due import due_date
from policies import evaluate, packs_for, parse_facts
from policies.codes import DECISIONS, NATIONS
from policies.deadlines import By
from policies.errors import PackRefused
from policies.evaluation import Evaluation
from policies.lines import SHARES
from policies.obligations import read_timings
from policies.own import read_own_pack
from policies.own_deadlines import earlier
from policies.pack_files import Pack
from policies.packs import own_choices
from policies.predicates import PREDICATES as DECISION_TESTS
from policies.safeguards import OWN_CONDITIONS, PREDICATES
from policies.values import Facts

DAY = datetime.date(2026, 3, 2)
HEADER: dict[str, Any] = {
    "id": "hostile",
    "words": "What a hostile organisation would say",
    "in_force": {"from": datetime.date(2026, 1, 1)},
    "source": {"document": "A policy of its own", "paragraph": "1"},
    "checked": datetime.date(2026, 11, 22),
    "confidence": "own",
}


def toml(value: Any) -> str:
    """A value as TOML writes it, tables inline."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)} = {toml(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(toml(each) for each in value) + "]"
    return value.isoformat() if isinstance(value, datetime.date) else json.dumps(value)


def read(**tables: Any) -> Pack:
    whole = {"pack": HEADER, **tables}
    return read_own_pack("\n".join(f"{key} = {toml(value)}" for key, value in whole.items()).encode())


def decisions() -> Iterator[Facts]:
    """Every route and every advice, with and without danger, of two items to one recipient."""
    for confidential, status, interest, duty, risk, kind in itertools.product(
        ("no", "yes"),
        ("given", "refused", ""),
        ({}, {"answer": "yes"}, {"answer": "yes", "circumstances": ["evidence_of_harm"]}, {"answer": "no"}),
        ({}, {"answer": "yes", "code": "COURT", "extent_items": [1]}),
        ({}, {"significant_harm": "yes"}, {"serious_harm_adult": "yes", "immediate": "yes"}),
        ("police", "housing"),
    ):
        yield parse_facts(
            {
                "decision": "share",
                "subject": {"age": 12},
                "risk": risk,
                "questions": {
                    "purpose": {"answer": "yes"},
                    "confidential": {"answer": confidential},
                    **({"duty": duty} if duty else {}),
                    **({"public_interest": interest} if interest else {}),
                    "right_way": {"checks": {"secure": "no"}},
                },
                "information": [
                    {"about": ["parent"], "nature": "opinion", "provider": {"kind": "professional"}},
                    {"about": ["subject"], "special_category": True, "provider": {"kind": "member_of_public"}},
                ],
                "recipients": [{"kind": kind, **({"could_act": "no"} if kind == "housing" else {})}],
                **({"consent": {"status": status}} if status else {}),
            }
        )


FACTS = list(decisions())
NATIONAL = packs_for("england", DAY)
ALONE = [evaluate(facts, NATIONAL, DAY) for facts in FACTS]


def every_safeguard() -> list[dict[str, Any]]:
    """Each test as it is and denied, and always, with each condition."""
    tests: list[Any] = ["always", *PREDICATES, *({"not": name} for name in PREDICATES)]
    return [
        {"id": f"s{n}", "words": "Tell nobody.", "when": when, "condition": condition}
        for n, (when, condition) in enumerate(itertools.product(tests, OWN_CONDITIONS))
    ]


def every_deadline() -> list[dict[str, Any]]:
    """The earliest that may be said of each deadline there is, and one of its own at each test."""
    found = []
    for each in read_timings(NATIONAL.timings).values():
        for rule, n in (("same_day", 0), ("next_working_day", 0), ("hours", 1), ("months", 1)):
            by = {"rule": rule, **({"n": n} if n else {}), "counts_from": each.by.counts_from}
            if each.when is not None and earlier(By(rule, n, counts_from=each.by.counts_from), each.by):
                found.append({"id": f"{each.id}-{rule}", "does": each.code, "words": "Hurry.", "by": by})
    assert {each["does"] for each in found} >= {"send", "ask_advice", "approval", "legal_advice", "confirm_in_writing"}
    own = {"words": "Something of ours.", "by": {"rule": "working_days", "n": 5}}
    found += [{"id": f"own-{name}", "does": f"ours_{n}", "when": name, **own} for n, name in enumerate(DECISION_TESTS)]
    return found


def national_of(found: Evaluation) -> Evaluation:
    """An evaluation without what the organisation added to it."""
    lines = tuple(
        replace(line, conditions=tuple(each for each in line.conditions if not each.own)) for line in found.lines
    )
    codes = tuple(dict.fromkeys(each.code for line in lines for each in line.conditions))
    outcome = replace(found.outcome, lines=lines, conditions=codes)
    packs = tuple(each for each in found.packs if not each["id"].startswith("own/"))
    readings = tuple(replace(each, own=False) for each in found.readings)
    return replace(found, outcome=outcome, obligations=(), packs=packs, readings=readings)


def test_the_decisions_reach_every_route_and_advice() -> None:
    lines = [line for found in ALONE for line in found.lines]
    assert {line.route for line in lines} >= {"duty", "consent", "public_interest", "not_confidential", ""}
    assert {line.advice for line in lines} >= {"must_share", "should_share", "may_share", "do_not_share", "seek_advice"}
    assert {line.act_now for line in lines} == {line.could_act for line in lines} == {True, False}


def test_everything_at_once_changes_nothing_but_what_stands_beside() -> None:
    packs = packs_for("england", DAY, (), read(safeguards=every_safeguard(), timings=every_deadline()))
    touched = set()
    for facts, alone in zip(FACTS, ALONE, strict=True):
        found = evaluate(facts, packs, DAY)
        assert national_of(found) == replace(alone, obligations=())
        for line in found.lines:
            own = {each.code for each in line.conditions if each.own}
            held_up = "put_right_first" in own
            assert not own or (line.advice in SHARES and line.route != "duty" and not line.taken_out)
            assert not own or not (line.act_now and line.could_act)
            assert not held_up or not (line.act_now or line.route == "public_interest")
            touched |= {(line.route, code) for code in own}
        for decision in DECISIONS:
            assert found.differs(decision) == alone.differs(decision)
    assert touched == {
        ("consent", "share_less"),
        ("consent", "put_right_first"),
        ("not_confidential", "share_less"),
        ("not_confidential", "put_right_first"),
        ("public_interest", "share_less"),
    }


def test_each_safeguard_by_itself_changes_nothing_but_what_stands_beside() -> None:
    some = [(facts, alone) for facts, alone in zip(FACTS, ALONE, strict=True)][::17]
    reached = set()
    for safeguard in every_safeguard():
        packs = packs_for("england", DAY, (), read(safeguards=[safeguard]))
        for facts, alone in some:
            found = evaluate(facts, packs, DAY)
            assert national_of(found) == replace(alone, obligations=()), safeguard
            own = [each for line in found.lines for each in line.conditions if each.own]
            reached.update({safeguard["id"]} if own else set())
            assert {(each.code, each.what) for each in own} <= {(safeguard["condition"], "Tell nobody.")}
            assert all(each.citation.document == "A policy of its own" for each in own)
    assert len(reached) > len(PREDICATES)


def test_no_deadline_is_ever_later_on_any_day_and_none_is_lost() -> None:
    packs = packs_for("england", DAY, (), read(timings=every_deadline()))
    pairs: set[tuple[By, By]] = set()
    for facts, alone in zip(FACTS, ALONE, strict=True):
        found = evaluate(facts, packs, DAY)
        national = [each for each in found.obligations if not each.code.startswith("ours_")]
        assert [each.code for each in national] == [each.code for each in alone.obligations]
        assert found.obligations[: len(national)] == tuple(national), "what the organisation adds stands behind"
        for before, after in zip(alone.obligations, national, strict=True):
            assert after.words.startswith(before.words)
            assert after == before or (after.own and after.citation.document == "A policy of its own")
            pairs.add((before.by, after.by))
    assert any(theirs != ours for theirs, ours in pairs)
    for theirs, ours in pairs:
        assert theirs.counts_from == ours.counts_from
        for nation, step in itertools.product(NATIONS, range(366)):
            start = DAY + datetime.timedelta(days=step)
            assert due_date(ours, start, nation) <= due_date(theirs, start, nation), (theirs, ours, start)


CHOICES = [
    {"flowchart": "england-2006", "rules": "2006-six-points", "competence": "scotland-2018"},
    {"rules": "salford-2018", "sides": {"refusal": "england-2006", "retention": "girfec"}},
    {"caldicott": "caldicott-2020", "sides": {"under_12": "england-2006"}},
]


@pytest.mark.parametrize("choices", CHOICES, ids=lambda each: "-".join(each))
def test_what_is_chosen_is_national_and_the_rest_stays_beside_it(choices: dict[str, Any]) -> None:
    pack = read(choices=choices, safeguards=every_safeguard(), timings=every_deadline())
    packs = packs_for("england", DAY, (), pack)
    chosen = packs_for("england", DAY, own_choices(pack))
    for facts in FACTS[::7]:
        found, alone = evaluate(facts, packs, DAY), evaluate(facts, chosen, DAY)
        known = [{"id": each["id"], "digest": each["digest"]} for each in national_of(found).packs]
        assert known == chosen.as_refs()
        assert replace(national_of(found), packs=()) == replace(alone, obligations=(), packs=())


WHOLE: dict[str, Any] = {
    "pack": HEADER,
    "choices": {"rules": "2018-seven", "sides": {"retention": "girfec"}},
    "safeguards": [
        {
            "id": "a",
            "words": "Leave it out.",
            "when": {"all": ["to_police", {"not": "unborn"}]},
            "condition": "share_less",
        }
    ],
    "timings": [{"id": "b", "does": "send", "words": "Soon.", "by": {"rule": "working_days", "n": 1}, "when": "hurry"}],
    "retention": [{"id": "c", "class": "child_health", "words": "Long."}],
    "proposes": [{"id": "d", "codes": ["A6-E"], "words": "Usual.", "recipients": ["police"]}],
    "late": {"working_days": 1},
}
HOSTILE: list[Any] = [
    [], {}, [[]], [{}], {"not": []}, 0, -1, 10**18, True, 1.5, "", " ", "x", "always", "\x00", "\U0001f600" * 700,
    datetime.date(1, 1, 1), ["always"], {"rule": "hours", "n": 10**9}, {"any": ["always", {"not": {"x": 1}}]},
]  # fmt: skip


def places(value: Any) -> Iterator[tuple[Any, ...]]:
    """The way to every value inside, and to itself."""
    yield ()
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in inner:
        yield from ((key, *way) for way in places(each))


def with_other(value: Any, way: tuple[Any, ...], other: Any) -> Any:
    """The same with another value at that place."""
    if not way:
        return other
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[way[0]] = with_other(value[way[0]], way[1:], other)
    return copy


def test_whatever_stands_anywhere_is_read_or_refused_by_field() -> None:
    facts = [(each, alone) for each, alone in zip(FACTS, ALONE, strict=True)][::61]
    accepted = refused = 0
    assert read(**WHOLE).id == "hostile"
    for way in places(WHOLE):
        for other in HOSTILE:
            tables = with_other(WHOLE, way, other) if way else {}
            try:
                pack = read(**tables)
            except PackRefused as found:
                refused += 1
                assert all(fault.field.startswith("own") and fault.expected and fault.got for fault in found.faults)
                continue
            accepted += 1
            packs = packs_for("england", DAY, tuple(choices_of(NATIONAL)), pack)
            for each, alone in facts:
                assert national_of(evaluate(each, packs, DAY)).outcome == alone.outcome
    assert refused > 10 * accepted > 0


def choices_of(packs: Any) -> Iterator[tuple[str, str]]:
    """The national packs by name, so that what a pack chooses gives way to them."""
    yield from (("rules", packs.rules.id), ("flowcharts", packs.flowchart.id), ("competence", packs.competence.id))
    yield from (("readings.refusal", "england-2006"), ("readings.crime", "england-2006"))
