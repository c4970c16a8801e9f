"""What holds for every combination of facts about consent, in every nation: each rule said again, in other words.

One answer: status 6 x capacity 5 x conflict of interest 3 x authority 4 x scope 4 x freely given 3, for each of
subject 8 x conclusion 4 x nation 3 = 414,720, each with every way of assuming what is not sure. Two answers,
answers in another sense, and each form: a smaller set of each, every pair. On every flowchart: what the answers come to
is what the line comes to. A broken rule prints its shortest counterexample in words.
"""

import datetime
import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

import pytest

from policies import competence, evaluate, packs_for
from policies.codes import CAPACITIES, CONSENT_FORMS, CONSENT_STATUS, NATIONS
from policies.consent import Agreement, agreement
from policies.flowchart import flowchart_of
from policies.judging import line_of
from policies.lines import OPENNESS, View
from policies.packs import Packs
from policies.readings import Readings
from policies.values import (
    Competence,
    Confidential,
    Consent,
    Consenter,
    Facts,
    Item,
    Organisation,
    PublicInterest,
    Question,
    Questions,
    Recipient,
    Risk,
    Scope,
    Subject,
)
from policies.views import views_for

DAY: Final = datetime.date(2026, 3, 2)
SUBJECTS: Final[Mapping[str, Subject]] = {
    "of an age that is not known": Subject(),
    "aged 8": Subject(age=8),
    "aged 13": Subject(age=13),
    "aged 16": Subject(age=16),
    "aged 17": Subject(age=17),
    "aged 30": Subject(age=30),
    "not born yet": Subject(unborn=True),
    "dead": Subject(age=13, living=False),
}
CONCLUSIONS: Final = ("", "competent", "not_competent", "unsure")
NATION_NAMES: Final = ("england", "scotland", "northern-ireland")
SCOPES: Final[Mapping[str, Scope]] = {
    "": Scope(),
    "another item": Scope(items=(2,)),
    "another recipient": Scope(recipients=(2,)),
    "another use": Scope(this_use="no"),
}
OUTSIDE: Final = ("another item", "another recipient", "another use")
REFUSED: Final = ("refused", "withdrawn")
HELD: Final = ("parental_responsibility", "attorney", "deputy")


@dataclass(frozen=True, slots=True)
class Said:
    """One answer by its facts, named as people name them."""

    status: str
    capacity: str = ""
    conflict: str = ""
    authority: str = ""
    scope: str = ""
    free: str = ""
    sense: str = "confidence"
    person: str = ""

    def consent(self) -> Consent:
        by = Consenter(
            capacity=self.capacity,
            person=self.person,
            authority=self.authority,
            conflict_of_interest=self.conflict,
        )
        return Consent(status=self.status, sense=self.sense, by=by, scope=SCOPES[self.scope], freely_given=self.free)

    def words(self) -> str:
        parts = [CONSENT_STATUS[self.status], CAPACITIES.get(self.capacity, "nobody says by whom")]
        parts += [f"of {self.person}"] if self.person else []
        parts += [f"another interest: {self.conflict}"] if self.conflict else []
        parts += [f"authority shown: {self.authority}"] if self.authority else []
        parts += [f"covers {self.scope}"] if self.scope else []
        parts += [f"free: {self.free}"] if self.free else []
        parts += [f"in the sense of {self.sense}"] if self.sense != "confidence" else []
        return ", ".join(parts)


@dataclass(frozen=True, slots=True)
class Setting:
    """Of whom it speaks, what was concluded, and where."""

    subject: str
    conclusion: str
    nation: str

    def words(self) -> str:
        concluded = f", found {self.conclusion}" if self.conclusion else ""
        return f"{NATIONS[self.nation]}: somebody {self.subject}{concluded}"


def settings(subjects: tuple[str, ...] = tuple(SUBJECTS), nations: tuple[str, ...] = NATION_NAMES) -> Iterator[Setting]:
    yield from itertools.starmap(Setting, itertools.product(subjects, CONCLUSIONS, nations))


def view_of(setting: Setting, person: str = "subject") -> View:
    """A line in that setting, with no answers yet."""
    assessed = Competence(conclusion=setting.conclusion, doubt="seen") if setting.conclusion else None
    facts = Facts(
        subject=SUBJECTS[setting.subject], competence=assessed, organisation=Organisation(nation=setting.nation)
    )
    packs = packs_for(setting.nation, DAY)
    return View(
        facts=facts,
        questions=facts.questions,
        consents=(),
        item=Item(),
        recipient=Recipient(),
        item_number=1,
        recipient_number=1,
        person=person,
        first=person == "subject",
        duty=None,
        act_now=False,
        day=DAY.isoformat(),
        competence_pack=competence.pack_for(facts, packs),
        readings=Readings(packs),
    )


def outcomes(view: View, *consents: Consent) -> list[tuple[Mapping[str, str], str]]:
    """What the answers come to with everything that is not sure assumed each way: (what was assumed, state)."""
    view.consents = consents
    found: list[tuple[Mapping[str, str], str]] = []
    waiting: list[dict[str, str]] = [{}]
    while waiting:
        assumed = waiting.pop()
        came: Agreement = agreement(view, assumed)
        if came.open:
            assert came.open not in assumed, "a fact that was assumed is open again"
            waiting += [{**assumed, came.open: each} for each in ("yes", "no")]
        else:
            found.append((assumed, came.state))
    return found


def states(view: View, *consents: Consent) -> set[str]:
    return {state for _, state in outcomes(view, *consents)}


# -- the rules, said again: who may answer, by age and nation, without a look at the packs

GROWN_UP: Final = {"england": 18, "scotland": 16, "northern-ireland": 18}


def decides_alone(setting: Setting, assumed: Mapping[str, str], answered_by_self: bool) -> bool:
    """Whether the person's own answer is the one that counts (4.16-4.20; 16 and over are presumed able)."""
    age = SUBJECTS[setting.subject].age
    if setting.subject == "not born yet":
        return False
    if setting.nation == "scotland" and age is not None and age < 12:
        return setting.conclusion == "competent" and answered_by_self
    if setting.conclusion in ("competent", "not_competent"):
        return setting.conclusion == "competent"
    if setting.conclusion == "unsure":
        return assumed.get("competent") == "yes"
    if age is not None and age >= 16:
        return True
    if answered_by_self:
        return assumed.get("competent") == "yes" if age is not None and age < 12 else True
    return False


def may_hold(setting: Setting, capacity: str) -> bool:
    """Whether somebody in that capacity may answer for somebody of that age there."""
    age = SUBJECTS[setting.subject].age
    if age is None:
        return True
    if capacity == "parental_responsibility":
        return age < GROWN_UP[setting.nation]
    if setting.nation == "england":
        return age >= (18 if capacity == "attorney" else 16)
    return age >= (16 if setting.nation == "scotland" else 18)


def stands(setting: Setting, said: Said, assumed: Mapping[str, str]) -> bool:
    """Whether one answer alone is an agreement that stands for the subject and this line."""
    if said.status != "given" or said.sense != "confidence" or said.scope in OUTSIDE:
        return False
    if setting.subject == "dead":
        return False  # none of these answers bears a day
    if said.free == "no" or (said.free == "unsure" and assumed.get("consent") != "yes"):
        return False
    if setting.subject == "not born yet":
        return of_the_mother(said) and holds(said, assumed)
    own = said.capacity not in HELD
    if own:
        return decides_alone(setting, assumed, True)
    alone = decides_alone(setting, assumed, False) and not enough_in_doubt(setting, said)
    return may_hold(setting, said.capacity) and not alone and holds(said, assumed)


def of_the_mother(said: Said) -> bool:
    """Whether it can be her answer for her child who is not born yet."""
    return said.capacity not in ("attorney", "deputy") and said.person in ("", "parent")


def enough_in_doubt(setting: Setting, said: Said) -> bool:
    """Whether an agreement with nothing doubtful in it is enough where it is not sure that a child understands (4.19);
    of those whom the law takes to be able, a doubt takes nothing."""
    age = SUBJECTS[setting.subject].age
    minor = age is None or age < 16
    return setting.conclusion == "unsure" and minor and holds(said, {}) and said.free != "unsure"


def holds(said: Said, assumed: Mapping[str, str]) -> bool:
    """Whether somebody who answers for another has the authority, and no other interest."""
    if said.conflict == "yes" or (said.conflict == "unsure" and assumed.get("conflict") != "no"):
        return False
    if said.capacity not in HELD:
        return True
    return said.authority != "no" and (said.authority != "unsure" or assumed.get("consent") == "yes")


# -- how a broken rule is told


Broken = list[tuple[Setting, tuple[Said, ...], str]]


def report(rule: str, broken: Broken) -> None:
    """Fails with the shortest counterexample in words, and how many there are."""
    if broken:
        setting, said, came = min(broken, key=lambda each: len(each[0].words() + "".join(s.words() for s in each[1])))
        answers = "; ".join(each.words() for each in said)
        raise AssertionError(
            f"{rule}; broken {len(broken)} times, the shortest: {setting.words()}; {answers}. It came to: {came}"
        )


def one_answer() -> list[Said]:
    unsure = ("", "yes", "unsure")
    return list(
        itertools.starmap(
            Said,
            itertools.product(
                CONSENT_STATUS, ("", *CAPACITIES), unsure, ("", "yes", "no", "unsure"), SCOPES, ("", "no", "unsure")
            ),
        )
    )


@pytest.mark.parametrize("nation", NATION_NAMES)
def test_an_answer_counts_as_agreement_exactly_where_it_stands(nation: str) -> None:
    """No answer without standing gives the route consent, and none that has it is lost."""
    answers = [(said, said.consent()) for said in one_answer()]
    here = list(settings(nations=(nation,)))
    more: Broken = []
    less: Broken = []
    for setting in here:
        view = view_of(setting)
        for said, consent in answers:
            for assumed, state in outcomes(view, consent):
                if (state == "good") != stands(setting, said, assumed):
                    (more if state == "good" else less).append((setting, (said,), f"{state} {dict(assumed)}"))
    assert len(answers) * len(here) * len(NATION_NAMES) == 414_720
    report("An answer without standing releases no confidence", more)
    report("An answer with standing releases what it covers", less)


def few() -> list[Said]:
    """Answers that differ in what two answers may differ in."""
    return [
        Said(status, capacity, conflict, authority, scope)
        for status in CONSENT_STATUS
        for capacity in ("self", "parental_responsibility", "attorney")
        for conflict, authority, scope in [
            ("", "", ""),
            ("yes", "", ""),
            ("", "no", ""),
            ("", "", "another item"),
        ]
    ]


SOME: Final = ("of an age that is not known", "aged 8", "aged 13", "aged 17", "aged 30", "not born yet", "dead")


def test_a_second_answer_that_refuses_never_makes_an_agreement() -> None:
    """A refusal, or silence, never turns into a share by itself, nor lends anything to somebody else's agreement."""
    broken: Broken = []
    answers = [(said, said.consent()) for said in few()]
    for setting in settings(SOME):
        view = view_of(setting)
        alone = {said: states(view, consent) for said, consent in answers}
        for said, consent in answers:
            for other, second in answers:
                if other.status == "given" or said.status != "given" or "good" in alone[said]:
                    continue
                if "good" in (came := states(view, consent, second)):
                    broken.append((setting, (said, other), ", ".join(sorted(came))))
    report("A refusal or silence beside an answer without standing makes no agreement", broken)


def test_of_two_answers_one_must_stand_alone() -> None:
    broken: Broken = []
    answers = [(said, said.consent()) for said in few() if said.status in ("given", *REFUSED)]
    for setting in settings(SOME):
        view = view_of(setting)
        alone = {said: states(view, consent) for said, consent in answers}
        for (said, consent), (other, second) in itertools.combinations(answers, 2):
            came = states(view, consent, second)
            if "good" in came and "good" not in alone[said] | alone[other]:
                broken.append((setting, (said, other), ", ".join(sorted(came))))
            if came != states(view, second, consent):
                broken.append((setting, (said, other), "another outcome in the other order"))
    report("Two answers release a confidence only where one of them does alone, in whichever order", broken)


def test_an_answer_in_another_sense_changes_nothing() -> None:
    broken: Broken = []
    first = [None, *[(said, said.consent()) for said in few() if said.status in ("given", "refused", "no_reply")]]
    others = [
        replace(said, sense=sense)
        for said in few()
        if not said.conflict and not said.authority
        for sense in ("data_protection", "openness")
    ]
    beside = [(said, said.consent()) for said in others]
    for setting in settings(("aged 8", "aged 17", "dead")):
        view = view_of(setting)
        for one in first:
            mine = [one[1]] if one else []
            without = outcomes(view, *mine)
            for said, consent in beside:
                if outcomes(view, *mine, consent) != without or outcomes(view, consent, *mine) != without:
                    broken.append((setting, (*([one[0]] if one else []), said), "another outcome"))
    report("An answer in another sense changes nothing in the walk", broken)


def test_how_it_was_given_changes_nothing_but_what_has_to_be_explained() -> None:
    """In writing, said aloud, or shown by what they did: each is agreement where it stands (4.14)."""
    broken: Broken = []
    for setting in settings(SOME):
        view = view_of(setting)
        for said in few():
            if said.status not in ("given", "withdrawn"):
                continue
            plain = said.consent()
            without = outcomes(view, plain)
            for form, explained in itertools.product(CONSENT_FORMS, ("", "yes", "no")):
                if outcomes(view, replace(plain, form=form, explained_at_outset=explained)) != without:
                    broken.append((setting, (said,), f"another outcome, given {form}"))
    report("How an agreement was given does not decide whether it stands", broken)


def test_one_persons_answer_never_releases_anothers_confidence() -> None:
    """A parent answers for a child as a parent; nobody else answers for anybody but themselves (4.16)."""
    broken: Broken = []
    people = ("subject", "parent", "carer", "sibling", "other_person")
    for setting in settings(("aged 8", "aged 13", "aged 30")):
        for owed in people:
            view = view_of(setting, owed)
            for capacity, person in itertools.product(("self", *HELD), people):
                said = Said("given", capacity, person=person)
                for assumed, state in outcomes(view, said.consent()):
                    theirs = person == owed or (owed == "subject" and capacity in HELD)
                    if state == "good" and not theirs:
                        broken.append((setting, (said,), f"released to {owed} {dict(assumed)}"))
                    if person == owed != "subject" and state != "good":
                        broken.append((setting, (said,), f"{owed}: {state}"))
    report("One person's answer never releases another's confidence", broken)


# -- what the answers come to is what the line comes to, on every flowchart

CHARTS: Final = {"england-2006": "england", "uk-2008": "england", "girfec-vsp": "scotland"}
CHART_DAYS: Final = {"uk-2008": datetime.date(2010, 3, 2)}


def line_facts(
    setting: Setting,
    interest: str,
    danger: str,
    consents: tuple[Consent, ...],
    circumstances: tuple[str, ...] = (),
) -> Facts:
    yes = Question(answer="yes")
    weighed = PublicInterest(interest, circumstances=circumstances)
    questions = Questions(purpose=yes, identifies=yes, confidential=Confidential("yes"), public_interest=weighed)
    assessed = Competence(conclusion=setting.conclusion, doubt="seen") if setting.conclusion else None
    return Facts(
        subject=SUBJECTS[setting.subject],
        competence=assessed,
        questions=questions,
        consents=consents,
        risk=Risk(significant_harm=danger),
        information=(Item(), Item()),
        organisation=Organisation(nation=setting.nation),
    )


def test_on_every_flowchart_the_route_is_consent_only_where_an_agreement_stands() -> None:
    wrong_route: Broken = []
    by_refusal: Broken = []
    spilled: Broken = []
    shares = ("may_share", "should_share", "must_share")
    answers = [said for said in few() if said.scope == "" or said.status == "given"]
    for chart, nation in CHARTS.items():
        day = CHART_DAYS.get(chart, DAY)
        packs = packs_for(nation, day)
        assert packs.flowchart.id == chart
        for subject, conclusion in itertools.product(("aged 8", "aged 17"), ("", "not_competent")):
            setting = Setting(subject, conclusion, nation)
            for said, interest, danger in itertools.product(answers, ("yes", "no", ""), ("yes", "no")):
                consent = said.consent()
                found = evaluate(line_facts(setting, interest, danger, (consent,)), packs, day)
                first, second = found.lines
                came = (
                    f"{first.advice} {first.route}, and {second.advice} {second.route}; {interest=} {danger=} {chart}"
                )
                stood = [stands(setting, said, {}), stands(setting, replace(said, scope=mirrored(said.scope)), {})]
                routes = [first.route == "consent", second.route == "consent"]
                if any(route and not stood for route, stood in zip(routes, stood, strict=True)):
                    wrong_route.append((setting, (said,), came))
                if said.status in REFUSED and interest != "yes" and {first.advice, second.advice} & set(shares):
                    by_refusal.append((setting, (said,), came))
                if said.scope == "another item" and first.route == "consent":
                    spilled.append((setting, (said,), came))
    report("The route is consent only where an agreement stands for that line", wrong_route)
    report("A refusal alone, without a reason that is strong enough, never leads to sharing", by_refusal)
    report("An agreement never counts outside what it covers", spilled)


@pytest.mark.parametrize("chart", CHARTS)
def test_an_agreement_more_never_stands_in_the_way_where_harm_is_feared(chart: str) -> None:
    """A second parent's yes never makes protection harder (3.12, 4.21): what was shared is shared still, and where
    nothing was, nothing closer is said. All shares count alike, since an agreement that stands is reason enough."""
    closer: Broken = []
    first = [None, *(said for said in few() if said.scope == "")]
    more = [said for said in few() if said.status == "given" and said.scope == ""]
    more += [
        Said("given", "parental_responsibility", free="unsure"),
        Said("given", "parental_responsibility", "unsure"),
    ]
    compared = 0
    day = CHART_DAYS.get(chart, DAY)
    packs = packs_for(CHARTS[chart], day)
    for subject, conclusion in itertools.product(("aged 8", "aged 13"), ("", "not_competent")):
        setting = Setting(subject, conclusion, CHARTS[chart])
        for interest, (danger, circumstances) in itertools.product(("yes", "no", ""), FEARED[chart]):
            for said in first:
                before = (said.consent(),) if said else ()
                was = openness(line_facts(setting, interest, danger, before, circumstances), packs, day)
                for added in more:
                    both = (*before, added.consent())
                    came = openness(line_facts(setting, interest, danger, both, circumstances), packs, day)
                    compared += 1
                    if came < was:
                        told = (*([said] if said else []), added)
                        closer.append((setting, told, f"{interest=} {danger=} {circumstances=} {chart}"))
    report("One agreement more never makes less of it where harm is feared", closer)
    assert compared > 3_000


FEARED: Final = {
    "england-2006": (("yes", ()), ("no", ("prevent_harm",))),
    "uk-2008": (("yes", ()), ("no", ("prevent_harm",))),
    "girfec-vsp": (("yes", ()), ("no", ("prevent_harm",)), ("no", ("crime",))),
}


def openness(facts: Facts, packs: Packs, day: datetime.date) -> int:
    """How open the advice on the one line is, every kind of sharing alike."""
    (views,) = views_for(replace(facts, information=(Item(),)), packs, day)
    return min(OPENNESS[line_of(CHART_OF[packs.flowchart.id], views, told=False).advice], OPENNESS["may_share"])


CHART_OF: Final = {
    chart: flowchart_of(packs.flowchart, packs.concerns)
    for chart, nation in CHARTS.items()
    for packs in [packs_for(nation, CHART_DAYS.get(chart, DAY))]
}


def mirrored(scope: str) -> str:
    """The scope as the second item sees it."""
    return "" if scope == "another item" else scope


def test_the_counterexample_is_told_in_words() -> None:
    setting = Setting("aged 8", "unsure", "scotland")
    long = Said("refused", "attorney", "yes", "no", "another item", "no")
    try:
        report("A rule", [(setting, (long,), "good"), (setting, (Said("given"),), "good")])
    except AssertionError as told:
        words = str(told)
    assert words == (
        "A rule; broken 2 times, the shortest: Scotland: somebody aged 8, found unsure; agreed, nobody says by whom. "
        "It came to: good"
    )
