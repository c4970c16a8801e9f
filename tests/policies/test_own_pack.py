"""An organisation's own pack: what it may say, what is refused and where, and what is earlier than what."""

import datetime
import hashlib
from typing import Any

import pytest

from policies import evaluate, packs_for, packs_named, parse_facts
from policies.codes import CONDITIONS
from policies.deadlines import By
from policies.errors import Fault, PackRefused
from policies.own import own_of, read_own_pack
from policies.own_deadlines import earlier
from policies.own_text import MAX_BYTES
from policies.pack_files import Pack
from policies.readings import Readings
from policies.safeguards import OWN_CONDITIONS, PREDICATES, TESTS

DAY = datetime.date(2026, 3, 2)
PACK = """
[pack]
id = "riverside"
words = "Riverside youth club: what we add"
in_force = { from = 2026-01-01 }
source = { document = "Riverside information sharing policy", paragraph = "3", year = 2026 }
checked = 2026-11-22
confidence = "own"

[choices]
rules = "salford-2018"
flowchart = "england-2006"

[choices.sides]
retention = "girfec"

[[safeguards]]
id = "refuge"
words = "Leave out the address of a refuge."
when = { all = ["about_parent", { not = "to_police" }] }
condition = "share_less"

[[timings]]
id = "send_sooner"
does = "send"
words = "We send within one working day."
by = { rule = "working_days", n = 1 }

[[timings]]
id = "tell_trustee"
words = "Tell the safeguarding trustee that something was shared."
by = { rule = "working_days", n = 3 }
when = "something_shared"

[[retention]]
id = "eight_years"
class = "adult_safeguarding"
words = "We keep it for eight years."

[[proposes]]
id = "usual"
codes = ["A6-E", "CL-PI"]
words = "What we usually rely on."
recipients = ["social_care"]

[late]
working_days = 2
"""


def changed(*changes: tuple[str, str]) -> Pack:
    """The pack above with some words replaced by others."""
    text = PACK
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    return read_own_pack(text.encode())


def faults(*changes: tuple[str, str]) -> tuple[Fault, ...]:
    with pytest.raises(PackRefused) as refused:
        changed(*changes)
    return refused.value.faults


def test_a_whole_pack_is_read() -> None:
    pack = read_own_pack(PACK.encode())
    assert (pack.name, pack.digest) == ("own/riverside", hashlib.sha256(PACK.encode()).hexdigest())
    own = own_of(pack)
    assert [(each.id, each.condition) for each in own.safeguards] == [("refuge", "share_less")]
    assert [(each.code, each.by.in_words(), each.national) for each in own.deadlines] == [
        ("send", "within 1 working day of the decision", True),
        ("tell_trustee", "within 3 working days of the decision", False),
    ]
    assert [each.class_ for each in own.retention] == ["adult_safeguarding"]
    assert [(each.codes, each.recipients) for each in own.proposes] == [(("A6-E", "CL-PI"), ("social_care",))]
    assert own.late == 2


def test_what_a_table_leaves_out_it_has_from_the_header() -> None:
    own = own_of(read_own_pack(PACK.encode()))
    (safeguard,) = own.safeguards
    assert safeguard.citation.in_words() == "Riverside information sharing policy, 2026, 3"
    assert safeguard.period.start == datetime.date(2026, 1, 1)
    dated = (
        'condition = "share_less"',
        'condition = "share_less"\nin_force = { from = 2026-06-01 }\n'
        'source = { document = "Minutes of the trustees", paragraph = "7" }\nchecked = 2026-11-22\nconfidence = "own"',
    )
    (safeguard,) = own_of(changed(dated)).safeguards
    assert safeguard.citation.document == "Minutes of the trustees"
    assert safeguard.period.start == datetime.date(2026, 6, 1)


def test_a_pack_of_a_header_alone_changes_nothing() -> None:
    text = PACK.partition("[choices]")[0]
    own = own_of(read_own_pack(text.encode()))
    assert (own.safeguards, own.deadlines, own.retention, own.proposes, own.late) == ((), (), (), (), None)


# Each with what is changed, the field that is named, and a part of what is said.
REFUSED = [
    ('id = "riverside"', 'id = "River Side"', "own.pack.id", "small letters"),
    ('id = "riverside"\n', "", "own.pack.id", "nothing"),
    ('id = "riverside"', 'id = "river_side"', "own.pack.id", "small letters"),
    ('words = "Riverside youth club: what we add"\n', "", "own.pack.words", "words"),
    ("checked = 2026-11-22\n", "", "own.pack.checked", "Compare our words"),
    ('confidence = "own"', 'confidence = "sure"', "own.pack.confidence", "one of"),
    ('confidence = "own"', 'confidence = ["own"]', "own.pack.confidence", "one of"),
    ("in_force = { from = 2026-01-01 }", "in_force = {}", "own.pack.in_force.from", "a day"),
    ("in_force = { from = 2026-01-01 }\n", "", "own.pack.in_force", "a table with from"),
    ('confidence = "own"', 'confidence = "own"\nkind = "rules"', "own.pack.kind", "own, or nothing"),
    ('confidence = "own"', 'confidence = "own"\nnations = ["cornwall"]', "own.pack.nations", "england"),
    ('confidence = "own"', 'confidence = "own"\nstands_in = ["after"]', "own.pack.stands_in", "known here"),
    ('rules = "salford-2018"', 'rules = "salford-2019"', "own.choices.rules", "Did you mean salford-2018?"),
    ('rules = "salford-2018"', "rules = 7", "own.choices.rules", "one of"),
    ('rules = "salford-2018"', 'bases = "none"', "own.choices.bases", "known here"),
    ('retention = "girfec"', 'refusl = "girfec"', "own.choices.sides.refusl", "Did you mean refusal?"),
    ('retention = "girfec"', 'refusal = "girfek"', "own.choices.sides.refusal", "Did you mean girfec?"),
    ('retention = "girfec"', "refusal = {}", "own.choices.sides.refusal", "one of"),
    (
        'rules = "salford-2018"\nflowchart = "england-2006"\n\n[choices.sides]\nretention = "girfec"',
        'competence = "england-2006"\n[choices.sides]\nunder_12 = "girfec"',
        "own.choices.sides.under_12",
        "choose one of the two",
    ),
    ('"about_parent"', '"about_parents"', "own.safeguards[1].when.all[1]", "Did you mean about_parent?"),
    ('"about_parent"', '"by_duty"', "own.safeguards[1].when.all[1]", "by_duty"),
    ('"about_parent"', '{ any = [] }', "own.safeguards[1].when.all[1]", "one of all, any and not"),
    ('condition = "share_less"', 'condition = "limited"', "own.safeguards[1].condition", "put right first"),
    ('condition = "share_less"', "condition = [1]", "own.safeguards[1].condition", "put right first"),
    ('condition = "share_less"', 'condition = "share_less"\nroute = "duty"', "own.safeguards[1].route", "known here"),
    ('words = "Leave out the address of a refuge."', 'words = " "', "own.safeguards[1].words", "words"),
    ('words = "Leave out the address', 'words = "\\u001b[2J', "own.safeguards[1].words", "control characters"),
    ('id = "refuge"', 'id = "eight_years"', "own.retention[1].id", "used once"),
    ("n = 1 }", "n = 2 }", "own.timings[1].by", "earlier than: within 2 working days of the decision, got"),
    ("n = 1 }", "n = 3 }", "own.timings[1].by", "within 3 working days"),
    ('{ rule = "working_days", n = 1 }', '{ rule = "hours", n = 1 }', "own.timings[1].by", "counted in the same way"),
    (
        '{ rule = "working_days", n = 1 }',
        '{ rule = "working_days", n = 1, counts_from = "sent" }',
        "own.timings[1].by",
        "counted in the same way",
    ),
    ('rule = "working_days", n = 1', 'rule = "on_date", day = "informing.when"', "own.timings[1].by.day", "on_date"),
    ('{ rule = "working_days", n = 1 }', '{ rule = [1] }', "own.timings[1].by.rule", "one of"),
    ("n = 3 }", "n = 61 }", "own.timings[2].by.n", "at most 60"),
    ('working_days", n = 3', 'months", n = 3', "own.timings[2].by.n", "at most 2"),
    ('working_days", n = 3', 'hours", n = 1441', "own.timings[2].by.n", "at most 1,440"),
    ('id = "tell_trustee"', 'id = "act_now"', "own.timings[2].does", "come from law and guidance"),
    ('id = "tell_trustee"', 'id = "agree_first"', "own.timings[2].does", "come from law and guidance"),
    ('id = "tell_trustee"', 'id = "parental_consent"', "own.timings[2].does", "come from law and guidance"),
    ('id = "tell_trustee"', 'id = "seek_advice"', "own.timings[2].does", "come from law and guidance"),
    ('id = "tell_trustee"', 'id = "put_right_first"', "own.timings[2].does", "come from law and guidance"),
    ("n = 3 }", "n = true }", "own.timings[2].by.n", "above 0"),
    ('does = "send"', 'does = "access_request"', "own.timings[1].does", "from the decision itself"),
    ('does = "send"', 'does = "duty_time"', "own.timings[1].does", "A law says itself"),
    ('does = "send"', 'does = "review"', "own.timings[1].by", "a day that is named"),
    ('does = "send"', 'does = "Send it"', "own.timings[1].does", "short code"),
    ('when = "something_shared"\n', "", "own.timings[2].when", "when tell_trustee is to be done"),
    ('when = "something_shared"', 'when = "act_nowish"', "own.timings[2].when", "Did you mean act_now?"),
    ('class = "adult_safeguarding"', 'class = "iicsa_hold"', "own.retention[1].class", "one of"),
    ('class = "adult_safeguarding"', "class = {}", "own.retention[1].class", "one of"),
    ('codes = ["A6-E", "CL-PI"]', 'codes = ["A6-Z"]', "own.proposes[1].codes[1]", "Did you mean"),
    ('codes = ["A6-E", "CL-PI"]', 'codes = ["A6-A"]', "own.proposes[1].codes[1]", "does not ask for agreement"),
    ('codes = ["A6-E", "CL-PI"]', "codes = []", "own.proposes[1].codes", "a list of codes"),
    ('recipients = ["social_care"]', 'recipients = ["everybody"]', "own.proposes[1].recipients", "social_care"),
    ("working_days = 2", "working_days = 6", "own.late", "from 0 to 5"),
    ("working_days = 2", "hours = 6", "own.late", "working_days alone"),
    ("[late]\nworking_days = 2", "[act_now]\nnever = true", "own.act_now", "nothing else"),
    ("[late]\nworking_days = 2", '[[statements]]\nid = "duty"', "own.statements", "nothing else"),
    ("[late]\nworking_days = 2", '[[edges]]\nid = "duty"', "own.edges", "nothing else"),
    ("[late]\nworking_days = 2", '[[safeguard]]\nid = "a"', "own.safeguard", "Did you mean safeguards?"),
    ("[[retention]]", "[retention]", "own.retention", "[[retention]]"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "field", "says"), REFUSED, ids=[f"{r[2]}-{n}" for n, r in enumerate(REFUSED)])
def test_what_it_may_not_say_is_refused_by_field(old: str, new: str, field: str, says: str) -> None:
    found = faults((old, new))
    assert [fault.field for fault in found] == [field], found
    assert says in str(found[0])


def test_every_fault_is_named_at_once() -> None:
    found = faults(
        ('id = "refuge"', 'id = "Refuge"'), ("n = 1 }", "n = 9 }"), ("working_days = 2", "working_days = -1")
    )
    assert {fault.field for fault in found} == {"own.safeguards[1].id", "own.timings[1].by", "own.late"}


def test_what_is_no_pack_at_all_is_refused_by_the_name_of_the_file() -> None:
    for raw in (b"\xff", b"[pack", b"", b"a = " + b"[" * 5000, b"#" * (MAX_BYTES + 1)):
        with pytest.raises(PackRefused) as refused:
            read_own_pack(raw, "club.toml")
        assert refused.value.faults[0].field.startswith("club.toml")


def test_tests_within_tests_are_not_nested_for_ever() -> None:
    deep = '"to_police"'
    for _ in range(9):
        deep = f"{{ not = {deep} }}"
    found = faults(('{ all = ["about_parent", { not = "to_police" }] }', deep))
    assert [(fault.field, "8 deep" in fault.expected) for fault in found] == [("own.safeguards[1].when", True)]


def test_two_conditions_are_an_organisations_to_ask_for() -> None:
    assert set(OWN_CONDITIONS) < set(CONDITIONS)
    assert not {"awaiting_approval", "legal_advice", "limited", "ask_the_person"} & set(OWN_CONDITIONS)


def test_every_test_of_a_line_says_in_words_what_it_asks() -> None:
    assert set(TESTS) == set(PREDICATES)
    assert len(TESTS) > 50
    assert all(words and words[0].islower() and "{" not in words for words, _ in TESTS.values())
    assert not any("duty" in name or "advice" in name or "danger" in name for name in TESTS)


DECIDED = [
    ("same_day", 0),
    ("next_working_day", 0),
    ("working_days", 2),
    ("working_days", 3),
]


def test_fewer_working_days_are_earlier() -> None:
    order = [By(rule, n) for rule, n in DECIDED]
    for place, one in enumerate(order):
        for other_place, other in enumerate(order):
            assert earlier(one, other) is (place < other_place)
    assert not earlier(By("working_days", 1), By("next_working_day"))
    assert not earlier(By("next_working_day"), By("working_days", 1))


def test_what_is_counted_in_another_way_is_never_called_earlier() -> None:
    ways = [By("same_day"), By("hours", 1), By("months", 1), By("on_date", date="2026-03-02")]
    assert not any(earlier(one, other) for one in ways for other in ways)
    assert earlier(By("hours", 24, counts_from="sent"), By("hours", 48, counts_from="sent"))
    assert not earlier(By("hours", 24), By("hours", 48, counts_from="sent"))


def test_what_it_chooses_is_used_and_named() -> None:
    pack = read_own_pack(PACK.encode())
    packs = packs_for("england", DAY, (), pack)
    assert (packs.rules.id, packs.flowchart.id) == ("salford-2018", "england-2006")
    assert Readings(packs).side("retention") == "girfec"
    assert packs.as_refs()[-1] == {"id": "own/riverside", "digest": pack.digest}
    assert packs.own is pack


def test_what_somebody_names_for_once_goes_before_what_it_chooses() -> None:
    packs = packs_for("england", DAY, (("rules", "2018-seven"), ("readings.retention", "england-2006")), changed())
    assert packs.rules.id == "2018-seven"
    assert Readings(packs).side("retention") == "england-2006"


def test_what_it_changes_is_shown_as_its_own() -> None:
    facts = parse_facts(
        {
            "decision": "share",
            "questions": {"purpose": {"answer": "yes"}, "confidential": {"answer": "no"}},
            "information": [{"about": ["parent"]}, {"about": ["subject"]}],
            "recipients": [{"kind": "housing"}],
        }
    )
    found = evaluate(facts, packs_for("england", DAY, (), changed()), DAY)
    said = found.to_json()
    first, second = said["lines"]
    assert [(each["code"], each["what"], each["from"]) for each in first["conditions"]] == [
        ("share_less", "Leave out the address of a refuge.", "own")
    ]
    assert first["conditions"][0]["citation"]["document"] == "Riverside information sharing policy"
    assert second["conditions"] == []
    assert [(each["code"], each["from"], each["citation"]["confidence"]) for each in said["obligations"]] == [
        ("send", "own", "own"),
        ("tell_trustee", "own", "own"),
    ]
    assert said["obligations"][0]["words"].endswith("record what was sent. We send within one working day.")
    assert {each["from"] for each in said["rules"]} == {"own"}
    assert not any("from" in each for each in said["principles"])
    own = [each["id"] for each in said["packs"] if each.get("from") == "own"]
    assert own == ["flowcharts/england-2006", "rules/salford-2018", "own/riverside"]
    assert (found.differs("share"), found.differs("share_part")) == ((), ())


def test_the_class_of_record_is_its_own_where_the_document_names_none() -> None:
    def kept(pack: Pack | None, nation: str = "england", **given: Any) -> dict[str, str]:
        facts = parse_facts({"organisation": {"nation": nation}, **given})
        said = evaluate(facts, packs_for(nation, DAY, (), pack), DAY).to_json()
        return dict(said.get("retention", {}))

    ours = {"class": "adult_safeguarding", "from": "own"}
    assert kept(changed()) == ours
    assert kept(changed(), retention={"class": "child_health"}) == {"class": "child_health"}
    assert kept(None) == {}
    shared = changed(('class = "adult_safeguarding"', 'class = "adult_safeguarding"\nwhen = "something_shared"'))
    assert (kept(shared), kept(shared, decision="share")) == ({}, ours)
    local = changed(('class = "adult_safeguarding"', 'class = "looked_after_child"'))
    assert kept(local) == {"class": "looked_after_child", "from": "own"}
    assert kept(local, "wales") == {}
    # the side of Scotland is chosen: the other says something else, unless the class is its own
    noted = changed(('class = "adult_safeguarding"', 'class = "own_policy"'))
    for pack, other_would_say in ((changed(), True), (noted, False)):
        reading = evaluate(parse_facts({}), packs_for("england", DAY, (), pack), DAY).readings[-1]
        assert (reading.would_be is not None) is other_would_say


def test_outside_its_days_and_nations_it_is_left_out() -> None:
    pack = changed(('confidence = "own"', 'confidence = "own"\nnations = ["wales"]'))
    assert packs_for("wales", DAY, (), pack).own is pack
    assert packs_for("england", DAY, (), pack) == packs_for("england", DAY)
    before = datetime.date(2025, 12, 31)
    assert packs_for("wales", before, (), pack) == packs_for("wales", before)


# What an own pack may not choose, and where it may.
CLOSED = [
    ('retention = "girfec"', 'crime = "girfec"', "england", "readings.crime", "scotland"),
    ('retention = "girfec"', 'refusal = "girfec"', "wales", "readings.refusal", "scotland"),
    ('retention = "girfec"', 'under_12 = "girfec"', "northern-ireland", "readings.under_12", "scotland"),
    ('flowchart = "england-2006"', 'competence = "girfec"', "england", "competence", "scotland"),
    ('flowchart = "england-2006"', 'flowchart = "girfec-vsp"', "england", "flowcharts", "scotland"),
    ('retention = "girfec"', 'crime = "england-2006"', "scotland", "readings.crime", "england"),
]


@pytest.mark.parametrize(("old", "new", "nation", "field", "there"), CLOSED, ids=[f"{c[3]}-{c[2]}" for c in CLOSED])
def test_what_would_close_something_is_chosen_in_its_own_nation_alone(
    old: str, new: str, nation: str, field: str, there: str
) -> None:
    pack = changed((old, new), *([('flowchart = "england-2006"\n', "")] if "flowchart" not in old else []))
    assert packs_for(there, DAY, (), pack).own is pack
    with pytest.raises(PackRefused) as refused:
        packs_for(nation, DAY, (), pack)
    assert [fault.field for fault in refused.value.faults] == [field]
    assert "not taken away" in refused.value.faults[0].hint
    # to think a case through, everything may be tried
    assert packs_for(nation, DAY, ((field, new.partition('"')[2].rstrip('"')),)).own is None


def test_a_flowchart_that_had_ended_is_not_chosen() -> None:
    old = ('flowchart = "england-2006"', 'flowchart = "uk-2008"')
    with pytest.raises(PackRefused) as refused:
        packs_for("england", DAY, (), changed(old))
    assert "had not ended" in refused.value.faults[0].expected
    then = changed(old, ("from = 2026-01-01", "from = 2012-01-01"))
    assert packs_for("england", datetime.date(2013, 1, 1), (), then).flowchart.id == "uk-2008"


def test_the_side_on_children_under_12_is_the_way_of_judging_competence() -> None:
    side = (('flowchart = "england-2006"\n', ""), ('retention = "girfec"', 'under_12 = "girfec"'))
    packs = packs_for("scotland", DAY, (), changed(*side))
    assert packs.competence.id == "girfec"
    assert Readings(packs).side("under_12") == "girfec"


def test_a_decision_is_evaluated_again_with_the_own_pack_of_its_day() -> None:
    pack, other = changed(), changed(("n = 1 }", "n = 1 } # sooner"))
    packs = packs_for("england", DAY, (), pack)
    assert packs_named(packs.as_refs(), pack) == packs
    assert packs_named(packs_for("england", DAY).as_refs(), pack) == packs_for("england", DAY)
    for given, got in ((None, "nothing"), (other, other.digest)):
        with pytest.raises(PackRefused) as refused:
            packs_named(packs.as_refs(), given)
        (fault,) = refused.value.faults
        assert fault.field == "packs.own/riverside"
        assert pack.digest in fault.expected
        assert got in fault.got
        assert "adopted" in fault.hint
