"""A flowchart read from its pack and walked: from the risk asked first to the record, one edge at each node.

The edges, their order, their words and their paragraphs are data (data/flowcharts/); this code knows no question.
Where a test meets an open fact, the walk goes both ways; policies.judging makes one judgement of all the ways.
"""

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from policies.citation import Citation, read_citation
from policies.codes import ADVICE, CONDITIONS, ROUTES
from policies.consent import Agreement
from policies.errors import Fault, PackRefused
from policies.line_predicates import PREDICATES, Test, Walk, read_test
from policies.lines import SHARES, View
from policies.near import nearest
from policies.pack_files import Pack, Statement

END: Final = "record"
ACT_NOW: Final = "act_now."
SENSE: Final = "sense."
_EDGE_KEYS: Final = frozenset({"from", "when", "to", "label", "advice", "route", "conditions", "concerns", "takes_out"})


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence with its source: a node's question, a concern, or what to do now.

    printed: the number of a question as the guidance prints it, 0 where it has none.
    """

    id: str
    words: str
    citation: Citation
    printed: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Edge:
    """One arrow. label: its words in a drawing, in short. advice, route: what it makes of the line, empty for nothing.

    conditions, concerns: what it puts beside. takes_out: this item or recipient is left out, the rest goes on.
    """

    id: str
    from_: str
    to: str
    test: Test
    when: object
    words: str
    citation: Citation
    label: str = ""
    advice: str = ""
    route: str = ""
    conditions: tuple[str, ...] = ()
    concerns: tuple[str, ...] = ()
    takes_out: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Flowchart:
    """A checked flowchart. nodes: questions by id. edges: by the node they leave, in the order they are tried."""

    begins: str
    nodes: Mapping[str, Said]
    edges: Mapping[str, tuple[Edge, ...]]
    concerns: Mapping[str, Said]
    act_now: Mapping[str, Said]

    def without(self, edge_id: str) -> "Flowchart":
        """The same flowchart with one edge gone, unchecked: for tests that show that every edge matters."""
        kept = {node: tuple(e for e in edges if e.id != edge_id) for node, edges in self.edges.items()}
        return Flowchart(self.begins, self.nodes, kept, self.concerns, self.act_now)


@dataclass(frozen=True, slots=True)
class Way:
    """One way through: the edges taken in order, and the open facts assumed on it, in the order they were met.

    concerns: codes, from the edges and from the answers to a request for agreement.
    """

    edges: tuple[Edge, ...]
    assumed: tuple[tuple[str, str], ...]
    advice: str
    route: str
    agreed: str
    concerns: tuple[str, ...]


def walk(chart: Flowchart, view: View) -> tuple[Way, ...]:
    """Every way through for this line and person: one, or two for each open fact that is met."""
    ways: list[Way] = []
    _walk(chart, view, chart.begins, Walk({}), [], ways)
    return tuple(ways)


def _walk(chart: Flowchart, view: View, node: str, so_far: Walk, taken: list[Edge], ways: list[Way]) -> None:
    """On from a node to the end, or to the next open fact and from there both ways; each way is put to `ways`."""
    while node != END:
        for edge in chart.edges[node]:
            found = edge.test(view, so_far)
            if found is True:
                break
            if found:
                for assumed in ("yes", "no"):
                    fork = Walk({**so_far.assumed, found: assumed}, so_far.advice, so_far.route)
                    _walk(chart, view, node, fork, taken[:], ways)
                return
        else:
            raise PackRefused.one(f"flowcharts.{node}", "an edge that holds always", "none that holds")
        taken.append(edge)
        if edge.advice:
            so_far.advice, so_far.route = edge.advice, edge.route
        node = edge.to
    agreed: Agreement | None = None
    concerns: dict[str, None] = {}
    for edge in taken:
        if edge.concerns:
            concerns.update(dict.fromkeys(edge.concerns))
        if edge.from_ == "consent":
            agreed = so_far.agreement(view)
    concerns.update(dict.fromkeys(agreed.concerns if agreed else ()))
    ways.append(
        Way(
            edges=tuple(taken),
            assumed=tuple(so_far.assumed.items()),
            advice=so_far.advice,
            route=so_far.route,
            agreed=agreed.state if agreed else "",
            concerns=tuple(concerns),
        )
    )


@functools.lru_cache(maxsize=32)
def _compiled(digest: str, concerns_digest: str, pack: Pack, concerns: Pack) -> Flowchart:
    return read_flowchart(pack, concerns)


def flowchart_of(pack: Pack, concerns: Pack) -> Flowchart:
    """The flowchart of a pack with the concerns of another, read once for each pair of digests.

    Raises PackRefused (see read_flowchart).
    """
    return _compiled(pack.digest, concerns.digest, pack, concerns)


def read_concerns(pack: Pack) -> tuple[dict[str, Said], dict[str, Said]]:
    """The concerns of a pack, and what it says to do at once (its `act_now.` ids), by code."""
    concerns: dict[str, Said] = {}
    at_once: dict[str, Said] = {}
    for each in pack.statements:
        if each.id.startswith(SENSE):
            continue  # what the senses of consent are good for is said by policies.senses
        code = each.id.removeprefix(ACT_NOW)
        (concerns if code == each.id else at_once)[code] = Said(code, each.words, each.citation)
    return concerns, at_once


def read_flowchart(pack: Pack, concerns_pack: Pack) -> Flowchart:
    """A flowchart from the statements of a pack, checked; concerns_pack: the sentences said beside its advice.

    Raises PackRefused with every fault: an unknown test, advice, route, condition or concern; a share without a
    route; an edge to nowhere; a node that cannot be reached or left, or a walk that cannot end or ends without
    advice; a sentence without citation (statements without one were refused when the pack was read).
    """
    faults: list[Fault] = []
    nodes = _sentences(pack, "nodes", faults)
    concerns, act_now = read_concerns(concerns_pack)
    edges: dict[str, list[Edge]] = {node: [] for node in nodes if node != END}
    for statement in pack.statements:
        edge = _edge(pack, statement, nodes, concerns, faults)
        edges.setdefault(edge.from_, []).append(edge)
    chart = Flowchart(
        begins=str(pack.data.get("begins", "")),
        nodes=nodes,
        edges={node: tuple(each) for node, each in edges.items()},
        concerns=concerns,
        act_now=act_now,
    )
    if not faults:
        faults.extend(_shape_faults(pack.id, chart))
    if faults:
        raise PackRefused(faults)
    return chart


def _sentences(pack: Pack, key: str, faults: list[Fault]) -> dict[str, Said]:
    found = {}
    for place, table in enumerate(pack.data.get(key, []), start=1):
        where = f"{pack.id}.{key}#{table.get('id', place)}"
        citation = read_citation(table, where, faults)
        said, words = table.get("id"), table.get("words")
        printed = table.get("printed", 0)
        if not isinstance(said, str) or not isinstance(words, str) or not words.strip():
            faults.append(Fault(where, "an id and words", "one of them missing"))
        elif type(printed) is not int or said in found:
            faults.append(Fault(where, "an id used once, and a whole number as printed", "something else"))
        elif citation is not None:
            found[said] = Said(said, words, citation, printed)
    return found


def _edge(
    pack: Pack, said: Statement, nodes: Mapping[str, Said], concerns: Mapping[str, Said], faults: list[Fault]
) -> Edge:
    where, extra = f"{pack.id}#{said.id}", said.extra
    for key in sorted(set(extra) - _EDGE_KEYS):
        faults.append(Fault(f"{where}.{key}", "a field of an edge", key, nearest(key, _EDGE_KEYS)))
    test = read_test(extra.get("when"), PREDICATES)
    if isinstance(test, str):
        faults.append(Fault(f"{where}.when", "tests that are known", test, nearest(test.split()[-1], PREDICATES)))
        test = PREDICATES["always"]
    known: tuple[tuple[str, Mapping[str, Any]], ...] = (("from", nodes), ("to", nodes))
    known += tuple(each for each in (("advice", ADVICE), ("route", ROUTES)) if each[0] in extra)
    for key, codes in known:
        if extra.get(key) not in codes:
            faults.append(Fault(f"{where}.{key}", f"one of {', '.join(codes)}", str(extra.get(key, "nothing"))))
    lists: tuple[tuple[str, Mapping[str, Any]], ...] = (("conditions", CONDITIONS), ("concerns", concerns))
    for key, among in lists:
        faults.extend(
            Fault(f"{where}.{key}", f"one of {', '.join(among)}", str(each), nearest(str(each), among))
            for each in extra.get(key, [])
            if each not in among
        )
    if (extra.get("advice") in SHARES) != bool(extra.get("route")):
        got = f"advice {extra.get('advice', 'none')} with route {extra.get('route', 'none')}"
        faults.append(Fault(f"{where}.route", "a route with every share, and only with a share", got))
    return Edge(
        id=said.id,
        from_=str(extra.get("from")),
        to=str(extra.get("to")),
        test=test,
        when=extra.get("when"),
        words=said.words,
        citation=said.citation,
        label=str(extra.get("label", "")),
        advice=str(extra.get("advice", "")),
        route=str(extra.get("route", "")),
        conditions=tuple(extra.get("conditions", ())),
        concerns=tuple(extra.get("concerns", ())),
        takes_out=extra.get("takes_out") is True,
    )


def _shape_faults(pack_id: str, chart: Flowchart) -> list[Fault]:
    """What is wrong with the drawing as a whole: every path must end at the record, with advice on it."""
    faults: list[Fault] = []
    if chart.begins not in chart.nodes:
        return [Fault(f"{pack_id}.begins", f"one of {', '.join(chart.nodes)}", chart.begins or "nothing")]
    for node, edges in chart.edges.items():
        if not edges or edges[-1].when != "always":
            faults.append(Fault(f"{pack_id}.{node}", "a last edge that holds always", "none"))
        for edge in edges[:-1]:
            if edge.when == "always":
                faults.append(Fault(f"{pack_id}#{edge.id}", "always on the last edge only", "edges behind it"))
    seen: set[tuple[str, bool]] = set()
    _follow(pack_id, chart, (chart.begins,), False, seen, faults)
    for node in chart.nodes:
        if not {(node, True), (node, False)} & seen:
            faults.append(Fault(f"{pack_id}.{node}", "a node that some edge leads to", "one that none reaches"))
    return list(dict.fromkeys(faults))


def _follow(
    pack_id: str,
    chart: Flowchart,
    path: tuple[str, ...],
    advised: bool,
    seen: set[tuple[str, bool]],
    faults: list[Fault],
) -> None:
    node = path[-1]
    if (node, advised) in seen:
        return
    seen.add((node, advised))
    if node == END:
        if not advised:
            faults.append(Fault(f"{pack_id}.{node}", "advice on every way to the end", f"none by {' → '.join(path)}"))
        return
    for edge in chart.edges[node]:
        if edge.to in path:
            faults.append(Fault(f"{pack_id}#{edge.id}.to", "a node not passed before", edge.to))
        else:
            _follow(pack_id, chart, (*path, edge.to), advised or bool(edge.advice), seen, faults)
