"""Which laws are open to whom, and when; and which of them are duties, for whom."""

import datetime

import pytest

from policies import bases
from policies.codes import NATIONS, ORGANISATION_KINDS
from policies.errors import PackRefused
from policies.pack_files import Pack, parse_pack

DAY = datetime.date
NOW = DAY(2026, 11, 21)
KINDS = ("public", "contracted", "other")
# code -> the kinds of organisation to which it is open in England on 21 November 2026.
OPEN_NOW = {
    "A6-A": KINDS,
    "A6-B": KINDS,
    "A6-C": KINDS,
    "A6-D": KINDS,
    "A6-E": KINDS,
    "A6-EA": ("contracted", "other"),
    "A6-F": ("contracted", "other"),
    "A9-A": KINDS,
    "A9-B": KINDS,
    "A9-C": KINDS,
    "A9-F": KINDS,
    "A9-G18": KINDS,
    "A9-G6": KINDS,
    "A9-G10": KINDS,
    "A9-G19": KINDS,
    "A9-H": KINDS,
    "A9-I": KINDS,
    "DPA-S2-2": KINDS,
    "DPA-P3": ("public",),
    "CA89-17": ("public", "contracted"),
    "CA89-27": ("public",),
    "CA89-47": ("public",),
    "CA89-EPO": ("public",),
    "CA04-10": ("public", "contracted"),
    "CA04-11": ("public", "contracted"),
    "CA04-12": (),
    "CA04-16EH": KINDS,
    "CA04-16LA": (),
    "EA02-175": KINDS,
    "CDA98-115": KINDS,
    "HA02-12": ("public", "contracted"),
    "LGA00": (),
    "FGM-5B": KINDS,
    "CSA-MR": (),
    "NOTIF": KINDS,
    "COURT": KINDS,
    "TA00-38B": KINDS,
    "RTA-172": KINDS,
    "CARE14": KINDS,
    "MAPPA": ("public",),
    "PREVENT": ("public", "contracted"),
    "SVD": ("public",),
    "DVDS": ("public",),
    "INQ": KINDS,
    "SCOT-CS95": (),
    "SCOT-CYP14": (),
    "SCOT-CH11": (),
    "SCOT-ASP07": (),
    "WAL-SSW": (),
    "NI-CLA67": (),
    "CL-NONE": KINDS,
    "CL-CONS-X": KINDS,
    "CL-CONS-I": KINDS,
    "CL-STAT": KINDS,
    "CL-PI": KINDS,
    "CL-BI": KINDS,
    "CL-ANON": KINDS,
}


def test_every_code_and_no_other_is_in_the_table() -> None:
    assert set(bases.all_bases()) == set(OPEN_NOW)


@pytest.mark.parametrize("code", OPEN_NOW)
def test_to_whom_each_law_is_open(code: str) -> None:
    open_to = tuple(kind for kind in KINDS if bases.check(code, NOW, "england", kind) is None)
    assert open_to == OPEN_NOW[code]


@pytest.mark.parametrize(
    ("day", "kind", "is_open"),
    [
        (DAY(2026, 2, 4), "other", False),
        (DAY(2026, 2, 5), "other", True),
        (DAY(2026, 2, 5), "contracted", True),
        (DAY(2026, 2, 6), "other", True),
        (DAY(2026, 2, 5), "public", False),
    ],
)
def test_the_recognised_legitimate_interest_begins_on_its_day(day: DAY, kind: str, is_open: bool) -> None:
    assert (bases.check("A6-EA", day, "england", kind) is None) == is_open


@pytest.mark.parametrize(
    ("code", "day", "nation", "kind", "expected", "got"),
    [
        ("A6-XA", NOW, "england", "other", "a code of the list of laws", "A6-XA"),
        ("A6-EA", DAY(2026, 2, 4), "england", "other", "in force on 4 February 2026", "from 5 February 2026"),
        ("A6-E", DAY(2017, 12, 31), "england", "public", "in force on 31 December 2017", "some day in 2018"),
        ("A6-EA", NOW, "england", "public", "open to a public authority", "working for a public authority"),
        ("CA04-16LA", NOW, "england", "public", "can be relied on", "is not confirmed as having begun"),
        ("CSA-MR", NOW, "england", "public", "can be relied on", "is not confirmed as having begun"),
        ("CA04-12", NOW, "england", "public", "can be relied on", "is no longer used"),
        ("SCOT-CYP14", NOW, "scotland", "public", "can be relied on", "is not in force"),
        ("CA89-47", NOW, "scotland", "public", "serves in Scotland", "for England or Wales"),
    ],
)
def test_what_cannot_be_relied_on_is_refused_with_its_reason(
    code: str, day: DAY, nation: str, kind: str, expected: str, got: str
) -> None:
    fault = bases.check(code, day, nation, kind, field="basis.codes[2]")
    assert fault is not None
    assert fault.field == "basis.codes[2]"
    assert expected in fault.expected
    assert got in fault.got


def test_the_nearest_code_is_offered_and_what_is_no_code_is_not_said_back() -> None:
    near, far = bases.check("A6-XA", NOW), bases.check("Asha Example", NOW)
    assert near is not None and near.hint.startswith("Did you mean A6-")
    assert far is not None and "Asha" not in str(far)


def test_what_is_not_said_is_not_looked_at() -> None:
    assert bases.check("A6-F", NOW) is None
    assert bases.check("NI-CLA67", NOW) is None


def test_the_catalogue_is_filtered_by_day_nation_and_kind() -> None:
    codes = {each.code for each in bases.available(NOW, "england", "other")}
    assert codes == {code for code, kinds in OPEN_NOW.items() if "other" in kinds}
    before = {each.code for each in bases.available(DAY(2026, 2, 4), "england", "other")}
    assert codes - before == {"A6-EA"}
    layer = {each.code for each in bases.available(NOW, "scotland", "public", layer="power")}
    assert layer == {"COURT", "SCOT-CS95", "SCOT-CH11", "SCOT-ASP07"}


# code, author, organisation, nation, recipient, duty?, what `why` says.
DUTIES = [
    ("NOTIF", "doctor", "public", "england", "public_health", True, "must tell the proper officer"),
    ("NOTIF", "teacher", "public", "england", "public_health", False, "registered doctor"),
    ("NOTIF", "doctor", "public", "england", "police", False, "to tell: public health"),
    ("COURT", "volunteer", "other", "scotland", "court", True, "no more"),
    ("CA89-27", "housing", "public", "england", "social_care", True, "must do so"),
    ("CA89-27", "volunteer", "other", "england", "social_care", False, "open to any other"),
    ("CA89-47", "doctor", "public", "wales", "social_care", True, "must help it"),
    *[
        (code, kind, "public", "england", "social_care", False, "not one on")
        for code in ("CA89-27", "CA89-47")
        for kind in ("police", "probation", "teacher", "early_years", "volunteer")
    ],
    ("FGM-5B", "teacher", "public", "england", "police", True, "must tell the police"),
    ("FGM-5B", "social_worker", "public", "england", "police", False, "not one on: social worker"),
    ("FGM-5B", "social_worker", "public", "wales", "police", True, "must tell the police"),
    ("FGM-5B", "teacher", "public", "england", "social_care", False, "to tell: police"),
    ("CDA98-115", "teacher", "public", "england", "police", False, "a power, not a duty"),
    ("DPA-S2-2", "teacher", "public", "england", "police", False, "requires nothing by itself"),
    ("A6-C", "teacher", "public", "england", "police", False, "requires nothing by itself"),
    ("CL-STAT", "teacher", "public", "england", "police", False, "requires nothing by itself"),
    ("HA02-12", "housing", "public", "england", "social_care", False, "a power, not a duty"),
    ("CA04-16LA", "teacher", "public", "england", "housing", False, "not one to tell: housing"),
    ("CSA-MR", "teacher", "public", "england", "health", False, "not one to tell: health"),
    ("SCOT-CYP14", "teacher", "public", "england", "other", False, "is not in force"),
    ("CDA98-115", "teacher", "public", "scotland", "police", False, "a power, not a duty"),
    ("SCOT-CH11", "police", "public", "scotland", "other", True, "must tell the Reporter"),
    ("SCOT-CH11", "teacher", "public", "scotland", "other", False, "not one on: teacher"),
    ("NO-SUCH", "teacher", "public", "england", "police", False, "a code of the list of laws"),
]


@pytest.mark.parametrize(("code", "author", "kind", "nation", "recipient", "duty", "why"), DUTIES)
def test_a_duty_counts_only_for_those_on_whom_it_lies(
    code: str, author: str, kind: str, nation: str, recipient: str, duty: bool, why: str
) -> None:
    answer = bases.is_duty(code, author, kind, nation, recipient, NOW)
    assert answer.duty == duty
    assert why in answer.why
    assert answer.not_checked == ()
    assert answer.known


# code, author, nation, what `why` says: it is left open, and is not counted as a duty.
LEFT_OPEN = [
    ("CA04-16LA", "teacher", "england", "is not confirmed as having begun (last looked at"),
    ("CSA-MR", "teacher", "england", "is not confirmed as having begun"),
    ("TA00-38B", "teacher", "scotland", "for England or Wales, and does not say whether it binds in Scotland"),
    ("NOTIF", "doctor", "scotland", "does not say whether it binds in Scotland"),
    ("FGM-5B", "social_worker", "scotland", "does not say whether it binds in Scotland"),
    ("NI-CLA67", "teacher", "wales", "for Northern Ireland, and does not say whether it binds in Wales"),
]


@pytest.mark.parametrize(("code", "author", "nation", "why"), LEFT_OPEN)
def test_whether_a_law_binds_is_left_open_where_our_source_does(code: str, author: str, nation: str, why: str) -> None:
    answer = bases.is_duty(code, author, "public", nation, "", NOW)
    assert not answer.duty and not answer.known and not answer.qualified
    assert why in answer.why


def test_nothing_is_left_open_of_a_day_before_the_act() -> None:
    answer = bases.is_duty("CA04-16LA", "teacher", "public", "england", "social_care", DAY(2026, 4, 28))
    assert not answer.duty and answer.known
    assert not bases.is_duty("CA04-16LA", "teacher", "public", "england", "social_care", DAY(2026, 4, 29)).known


def test_what_was_not_said_leaves_a_duty_standing_and_is_named() -> None:
    answer = bases.is_duty("NOTIF", "", "", "", "", NOW)
    assert answer.duty
    assert answer.not_checked == ("author.kind", "organisation.nation", "recipients.kind")
    assert bases.is_duty("COURT", "", "", "", "", NOW).not_checked == ()


def test_only_a_duty_with_an_exception_is_qualified() -> None:
    versions = [each for codes in bases.all_bases().values() for each in codes]
    qualified = {each.code for each in versions if each.qualified}
    assert qualified == {"CA89-27", "CA89-47", "CA04-16LA", "CSA-MR", "SCOT-CS95"}
    assert all(each.effect == "must" for each in versions if each.qualified)
    assert bases.is_duty("CA89-27", "housing", "public", "england", "social_care", NOW).qualified
    assert not bases.is_duty("COURT", "", "", "", "", NOW).qualified


def test_what_needs_agreement_is_marked() -> None:
    needing = {each.code for codes in bases.all_bases().values() for each in codes if each.needs_agreement}
    assert needing == {"A6-A", "A9-A", "HA02-12", "CL-CONS-X", "CL-CONS-I"}


def test_what_stands_in_for_another_law_is_a_law() -> None:
    known = bases.all_bases()
    hints = {each.instead for codes in known.values() for each in codes if each.instead}
    assert hints == {"A6-E", "CA04-10", "CA04-11"}
    assert hints <= set(known)


PLANTED = """
layer = "power"
[pack]
id = "planted"
kind = "bases"
words = "Planted"
in_force = { from = 2000-01-01 }
source = { document = "An Act", paragraph = "all" }
checked = 2026-11-21
confidence = "seed"
[[statements]]
id = "X-1"
name = "One"
words = "One."
in_force = { from = 2000-01-01 }
source = { document = "An Act", paragraph = "section 1" }
checked = 2026-11-21
confidence = "seed"
effect = "must"
extent = "All of it."
organisations = ["public"]
duty_on = [{ authors = ["doctor"] }]
"""


def planted(old: str = "", new: str = "") -> Pack:
    assert old in PLANTED
    return parse_pack("bases/planted.toml", PLANTED.replace(old, new).encode())


def test_a_planted_law_is_read() -> None:
    assert bases.check("X-1", NOW, "england", "public", packs=(planted(),)) is None
    assert bases.check("A6-A", NOW, packs=(planted(),)) is not None


def test_the_version_of_the_day_counts() -> None:
    since = 'words = "One."\nin_force = { from = 2000-01-01'
    assert since in PLANTED
    first = PLANTED.replace(since, f"{since}, until = 2010-12-31")
    second = PLANTED[PLANTED.index("[[") :].replace('id = "X-1"', 'id = "X-1-new"\ncode = "X-1"')
    second = second.replace("2000-01-01", "2011-01-01").replace('effect = "must"', 'effect = "may"')
    packs = (parse_pack("bases/planted.toml", (first + second).encode()),)
    days = [DAY(1999, 12, 31), DAY(2000, 1, 1), DAY(2010, 12, 31), DAY(2011, 1, 1)]
    assert [bases.check("X-1", day, packs=packs) is None for day in days] == [False, True, True, True]
    assert [bases.is_duty("X-1", "", "", "", "", day, packs=packs).duty for day in days[1:]] == [
        True,
        True,
        False,
    ]


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ('effect = "must"', 'effect = "should"', "#X-1.effect"),
        ('effect = "must"', 'effect = "must"\nstatus = "maybe"', "#X-1.status"),
        ('effect = "must"', 'effect = "must"\nconsent = "given"', "#X-1.consent"),
        ('["public"]', '["council"]', "#X-1.organisations"),
        ('["doctor"]', '["surgeon"]', "#X-1.duty_on[1].authors"),
        ('effect = "must"', 'effect = "must"\nefect = "may"', "#X-1.efect"),
        ('layer = "power"', 'layer = "powers"', ".layer"),
        ('name = "One"\n', "", "#X-1.name"),
    ],
)
def test_a_law_that_is_not_whole_is_refused_by_field(old: str, new: str, field: str) -> None:
    pack = planted(old, new)
    with pytest.raises(PackRefused) as refused:
        bases.read_bases((pack,))
    assert [fault.field for fault in refused.value.faults] == [f"bases/planted{field}"]


def test_no_nation_and_no_kind_is_without_a_basis_for_safeguarding() -> None:
    for nation in NATIONS:
        for kind in ORGANISATION_KINDS:
            found = {each.layer for each in bases.available(NOW, nation, kind)}
            assert {"article6", "article9", "confidentiality"} <= found
