"""The catalogue of laws, row by row: layer, duty or power, for whom, where, how sure, and what a duty holds."""

from typing import NamedTuple

import pytest

from policies import bases
from policies.bases import Basis
from policies.codes import NATIONS, ORGANISATION_KINDS
from policies.deadlines import By

ANYBODY = tuple(ORGANISATION_KINDS)
FOR_PUBLIC = ("public", "contracted")
NOT_PUBLIC = ("contracted", "other")
AUTHORITY = ("public",)
EVERYWHERE = tuple(NATIONS)
E_AND_W = ("england", "wales")
EFFECT = {"M": "must", "P": "may", "-": "none"}


class Law(NamedTuple):
    """A row. effect: M, P, - or M/P (a duty for some, a power for others). begins: as the source gives it."""

    layer: str
    effect: str
    organisations: tuple[str, ...]
    nations: tuple[str, ...]
    begins: str
    confidence: str
    status: str = "usable"
    agreement: str = ""


def _data_protection(effect: str, confidence: str, who: tuple[str, ...] = ANYBODY, begins: str = "2018") -> Law:
    return Law("article6", effect, who, EVERYWHERE, begins, confidence)


def _condition(confidence: str) -> Law:
    return Law("article9", "P", ANYBODY, EVERYWHERE, "2018", confidence)


def _power(
    effect: str,
    who: tuple[str, ...],
    begins: str,
    confidence: str,
    nations: tuple[str, ...] = E_AND_W,
    status: str = "usable",
) -> Law:
    return Law("power", effect, who, nations, begins, confidence, status)


def _route(effect: str, confidence: str = "seed", agreement: str = "") -> Law:
    return Law("confidentiality", effect, ANYBODY, EVERYWHERE, "undated", confidence, "usable", agreement)


SCOTLAND, WALES, IRELAND = ("scotland",), ("wales",), ("northern-ireland",)
CATALOGUE = {
    "A6-A": _data_protection("P", "published")._replace(agreement="data_protection"),
    "A6-B": _data_protection("-", "unverified"),
    "A6-C": _data_protection("M", "published"),
    "A6-D": _data_protection("P", "published"),
    "A6-E": _data_protection("P", "published"),
    "A6-EA": _data_protection("P", "published", NOT_PUBLIC, "2026-02-05"),
    "A6-F": _data_protection("P", "published", NOT_PUBLIC),
    "A9-A": _condition("published")._replace(agreement="data_protection"),
    "A9-B": _condition("unverified"),
    "A9-C": _condition("published"),
    "A9-F": _condition("unverified"),
    "A9-G18": _condition("published"),
    "A9-G6": _condition("unverified"),
    "A9-G10": _condition("published"),
    "A9-G19": _condition("unverified"),
    "A9-H": _condition("unverified"),
    "A9-I": _condition("unverified"),
    "DPA-S2-2": Law("crime", "P", ANYBODY, EVERYWHERE, "2018", "published"),
    "DPA-P3": Law("crime", "-", AUTHORITY, EVERYWHERE, "2018", "published"),
    "CA89-17": _power("P", FOR_PUBLIC, "1989", "seed"),
    "CA89-27": _power("M", AUTHORITY, "1989", "seed"),
    "CA89-47": _power("M", AUTHORITY, "1989", "seed"),
    "CA89-EPO": _power("P", AUTHORITY, "1989", "seed"),
    "CA04-10": _power("P", FOR_PUBLIC, "2004", "seed"),
    "CA04-11": _power("P", FOR_PUBLIC, "2004", "seed"),
    "CA04-12": _power("P", ANYBODY, "2004", "published", status="spent"),
    "CA04-16EH": _power("M", ANYBODY, "undated", "unverified"),
    "CA04-16LA": _power("M", ANYBODY, "2026-04-29", "published", ("england",), "unconfirmed"),
    "EA02-175": _power("P", ANYBODY, "2002", "seed"),
    "CDA98-115": _power("P", ANYBODY, "1998", "published"),
    "HA02-12": _power("P", FOR_PUBLIC, "2002", "seed")._replace(agreement="confidence"),
    "LGA00": _power("P", AUTHORITY, "2000", "unverified", status="spent"),
    "FGM-5B": _power("M", ANYBODY, "2015", "published"),
    "CSA-MR": _power("M", ANYBODY, "2026", "published", ("england",), "unconfirmed"),
    "NOTIF": _power("M", ANYBODY, "1984", "seed"),
    "COURT": _power("M", ANYBODY, "undated", "seed", EVERYWHERE),
    "TA00-38B": _power("M", ANYBODY, "2000", "published"),
    "RTA-172": _power("M", ANYBODY, "1988", "published"),
    "CARE14": _power("M", ANYBODY, "2014", "published"),
    "MAPPA": _power("P", AUTHORITY, "2003", "unverified"),
    "PREVENT": _power("P", FOR_PUBLIC, "2015", "unverified"),
    "SVD": _power("P", AUTHORITY, "2022", "unverified"),
    "DVDS": _power("P", AUTHORITY, "2021", "unverified"),
    "INQ": _power("M", ANYBODY, "2005", "seed"),
    "SCOT-CS95": _power("M", AUTHORITY, "1995", "published", SCOTLAND),
    "SCOT-CYP14": _power("M", ANYBODY, "2014", "published", SCOTLAND, "not_commenced"),
    "SCOT-CH11": _power("M/P", ANYBODY, "2011", "unverified", SCOTLAND),
    "SCOT-ASP07": _power("M", AUTHORITY, "2007", "unverified", SCOTLAND),
    "WAL-SSW": _power("M", AUTHORITY, "2014", "unverified", WALES),
    "NI-CLA67": _power("M", ANYBODY, "1967", "unverified", IRELAND),
    "CL-NONE": _route("P"),
    "CL-CONS-X": _route("P", agreement="confidence"),
    "CL-CONS-I": _route("P", agreement="confidence"),
    "CL-STAT": _route("M"),
    "CL-PI": _route("P"),
    "CL-BI": _route("P", "published"),
    "CL-ANON": _route("P"),
}


def only(code: str) -> Basis:
    """The one version of a law. More than one would want a table of its own."""
    (law,) = bases.all_bases()[code]
    return law


def test_the_table_has_every_law_and_no_other() -> None:
    assert set(CATALOGUE) == set(bases.all_bases())


@pytest.mark.parametrize("code", CATALOGUE)
def test_each_law_is_as_the_table_says(code: str) -> None:
    law, said = only(code), CATALOGUE[code]
    starts = {"day": law.period.start.isoformat(), "year": str(law.period.start.year), "undated": "undated"}
    assert law.layer == said.layer
    assert law.effect == EFFECT[said.effect[0]]
    assert law.power_for_others == (said.effect == "M/P")
    assert law.organisations == said.organisations
    assert law.nations == said.nations
    assert starts[law.period.start_is] == said.begins
    assert law.period.end is None
    assert law.citation.confidence == said.confidence
    assert law.status == said.status
    assert law.agreement == said.agreement


# duty -> to whom it is owed (empty: whoever the order names), whether it has an exception, the time that it sets.
DUTIES: dict[str, tuple[tuple[str, ...], bool, By | None]] = {
    "CA89-27": (("social_care",), True, None),
    "CA89-47": (("social_care",), True, None),
    "CA04-16EH": (("social_care", "police", "health"), False, None),
    "CA04-16LA": (("social_care", "police", "health", "education", "early_help", "probation"), True, None),
    "FGM-5B": (("police",), False, By("months", 1)),
    "CSA-MR": (("police", "social_care"), True, None),
    "NOTIF": (("public_health", "health"), False, None),
    "COURT": ((), False, None),
    "TA00-38B": (("police",), False, None),
    "RTA-172": (("police",), False, None),
    "CARE14": (("social_care", "other"), False, None),
    "INQ": (("other", "regulator"), False, None),
    "SCOT-CS95": (("social_care",), True, None),
    "SCOT-CYP14": ((), False, None),
    "SCOT-CH11": (("other", "court"), False, None),
    "SCOT-ASP07": (("social_care",), False, None),
    "WAL-SSW": (("social_care",), False, None),
    "NI-CLA67": (("police",), False, None),
}


def test_every_duty_says_to_whom_how_much_by_when_and_when_not() -> None:
    duties = {code: only(code) for code in CATALOGUE if only(code).layer == "power" and only(code).effect == "must"}
    assert {code: (law.recipients, law.qualified, law.by) for code, law in duties.items()} == DUTIES
    assert all(law.extent for law in duties.values())
    others = [only(code) for code in CATALOGUE if code not in duties]
    assert [law.code for law in others if law.extent or law.by or law.exception] == []


def test_what_stands_for_a_route_or_beside_a_duty_is_marked() -> None:
    assert {code for code in CATALOGUE if only(code).needs_duty} == {"A6-C", "CL-STAT"}
    routes = {code: only(code).routes for code in CATALOGUE if only(code).routes}
    assert routes == {
        "CL-NONE": ("not_confidential", "within_understanding"),
        "CL-CONS-X": ("consent",),
        "CL-CONS-I": ("consent",),
        "CL-STAT": ("duty",),
        "CL-PI": ("public_interest",),
        "CL-ANON": ("anonymised",),
    }


def test_what_is_our_own_reading_inside_a_verified_law_says_so() -> None:
    marked = {code: only(code).unverified for code in CATALOGUE if only(code).unverified}
    assert marked == {
        "CA89-47": ("exception",),
        "CSA-MR": ("exception",),
        "SCOT-CS95": ("exception",),
        "COURT": ("nations",),
        "FGM-5B": ("by",),
        "NOTIF": ("source",),
        "A9-G18": ("policy_document",),
    }
    assert {code: only(code).verified_nations for code in CATALOGUE if only(code).verified_nations} == {
        "COURT": ("england",)
    }
    assert all(only(code).exception for code, parts in marked.items() if "exception" in parts)
    assert {code for code in CATALOGUE if "not confirmed" in only(code).note} == {"CA04-16LA", "CSA-MR"}


def test_help_for_a_council_binds_those_listed_and_no_others() -> None:
    """What to do if you're worried, appendix 2, 10-11: councils, housing, education authorities and health."""
    health = {"doctor", "health_professional"}
    council = {"social_worker", "social_care_worker", "housing", "youth_worker"}
    for code in ("CA89-27", "CA89-47"):
        ((authors, nations),) = only(code).duty_on
        assert (authors, nations) == (health | council | {"other"}, set(NATIONS))


def test_every_law_that_can_be_relied_on_says_what_must_be_so() -> None:
    """But for some that are not verified: what is not known is not said."""
    silent = {code for code in CATALOGUE if not only(code).must_be_true and only(code).status == "usable"}
    assert silent == {"A6-B", "A9-B", "A9-F", "A9-G6", "A9-G19", "A9-I"}
    assert {only(code).citation.confidence for code in silent} == {"unverified"}
