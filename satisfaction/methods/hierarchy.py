"""An indicator system of several levels: weights down the tree, scores up, with the coverage of what was answered.

Weighted means with missing indicators left out and their siblings' weights brought to one again: OECD & JRC (2008),
Handbook on Constructing Composite Indicators.
"""

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from core.lazytext import _l
from satisfaction.methods import specs
from satisfaction.methods.answers import Answers, Refusal, Sentence
from satisfaction.methods.refusal import Wording

VARIANT = (
    _l("weighted means"),
    _l("siblings normalised to 1"),
    _l("an unanswered leaf drops and its siblings share its weight"),
    _l("a node with less than the coverage asked for shows no score"),
)
COVERAGE = 0.6
MOST_DEPTH = 20
MOST_NODES = 20_000


@dataclass
class Node:
    """weight: among its siblings, normalised; coverage: answered share of the weights below (0 to 1)."""

    name: str
    path: tuple[str, ...]
    given: float | None
    answer: float | None = None
    children: list["Node"] = field(default_factory=list)
    weight: float = 1.0
    global_weight: float = 1.0
    score: float | None = None
    coverage: float = 0.0

    def walk(self) -> Iterator["Node"]:
        """The node and all below it, parents first."""
        yield self
        for child in self.children:
            yield from child.walk()


def analyse(data: Answers | None, spec: dict[str, Any], options: dict[str, Any]) -> dict[str, Any]:  # noqa: ARG001 - the signature of every method
    """Scores of every node in the unit of the leaves' scores, coverage and global weights as shares.

    spec: tree{name: {weight, score or children}}, coverage (least share answered, 0.6). A leaf without a score is
    unanswered. Nodes are keyed by name, by their path when a name stands twice. Raises Refusal for weights that are
    negative, missing beside others, or zero for all siblings. Source: OECD & JRC (2008).
    """
    specs.only(spec, ("tree", "coverage"))
    least = specs.number(spec.get("coverage", COVERAGE), "coverage", low=0, high=1)
    given = specs.mapping(specs.need(spec, "tree"), "tree")
    if not given:
        raise Refusal(_l("“%(field)s” has no nodes."), field="tree")
    notes: list[Sentence] = []
    root = Node("total", (), None)
    if set(given) <= {"weight", "score", "children"}:
        root = _node("total", (), given, "tree")
    else:
        root.children = [
            _node(name, (name,), each, specs.inside("tree", name)) for name, each in given.items()
        ]
    count = sum(1 for _ in root.walk()) - 1
    if count > MOST_NODES:
        raise Refusal(
            _l("“%(field)s” has %(count)s nodes; at most %(most)s are taken."),
            field="tree",
            count=count,
            most=MOST_NODES,
        )
    _weigh(root, notes)
    _roll_up(root)
    nodes = [each for each in root.walk() if each is not root]
    leaves = [each for each in root.walk() if not each.children]
    twice = {name for name, times in Counter(each.name for each in nodes).items() if times > 1}
    if twice:
        notes.append(
            Sentence(_l("Some names stand more than once in the tree; they are shown with their path."))
        )
    keys = {id(each): "/".join(each.path) if each.name in twice else each.name for each in nodes}
    keys[id(root)] = "total"
    answered = sum(each.answer is not None for each in leaves)
    if not _enough(root, least):
        notes.append(
            Sentence(
                _l(
                    "Only %(share)s %% of the weight is answered, less than the %(least)s %% asked for: no total."
                ),
                share=round(100 * root.coverage, 1),
                least=round(100 * least, 1),
            )
        )
    return {
        "variant": Wording(*VARIANT),
        "total": root.score if _enough(root, least) else None,
        "coverage": root.coverage,
        "coverage_least": least,
        "nodes": {
            keys[id(each)]: {
                "level": len(each.path),
                "score": each.score if _enough(each, least) else None,
                "coverage": each.coverage,
                "weight": each.weight,
                "weight_given": each.given,
                "global_weight": each.global_weight,
            }
            for each in nodes
        },
        "global_weights": {keys[id(each)]: each.global_weight for each in leaves},
        "n_used": answered,
        "n_dropped": {
            "count": len(leaves) - answered,
            "reasons": {"unanswered_leaf": len(leaves) - answered} if answered < len(leaves) else {},
        },
        "notes": notes,
    }


def _node(name: str, path: tuple[str, ...], value: Any, where: str) -> Node:
    if len(path) > MOST_DEPTH:
        raise Refusal(_l("“%(field)s” lies deeper than %(most)s levels."), field=where, most=MOST_DEPTH)
    one = specs.mapping(value, where)
    specs.only(one, ("weight", "score", "children"), where)
    weight = one.get("weight")
    if weight is not None:
        weight = specs.number(weight, specs.inside(where, "weight"), low=0, high=1e12)
    made = Node(name, path, weight)
    children = specs.mapping(one.get("children"), specs.inside(where, "children"))
    if children and one.get("score") is not None:
        raise Refusal(_l("“%(field)s” has both a score and children; it can have one of them."), field=where)
    if "children" in one and not children:
        raise Refusal(_l("“%(field)s” has no nodes."), field=specs.inside(where, "children"))
    if one.get("score") is not None:
        made.answer = specs.number(one["score"], specs.inside(where, "score"), low=-1e12, high=1e12)
    made.children = [
        _node(each, (*path, each), below, specs.inside(specs.inside(where, "children"), each))
        for each, below in children.items()
    ]
    return made


def _weigh(node: Node, notes: list[Sentence]) -> None:
    """Bring siblings' weights to a sum of 1, and multiply down."""
    if not node.children:
        return
    where = "/".join(node.path) or "tree"
    lacking = [each for each in node.children if each.given is None]
    if len(lacking) == len(node.children):
        if len(node.children) > 1:
            notes.append(
                Sentence(_l("The parts of “%(node)s” have no weights: they count alike."), node=where)
            )
        weights = [1.0] * len(node.children)
    elif lacking:
        raise Refusal(
            _l("“%(field)s” has no weight, but others beside it have."), field="/".join(lacking[0].path)
        )
    else:
        weights = [each.given or 0.0 for each in node.children]
    total = math.fsum(weights)
    if total <= 0:
        raise Refusal(_l("All weights under “%(field)s” are zero."), field=where)
    if not lacking and abs(total - 1) > 1e-9:
        notes.append(
            Sentence(
                _l("The weights under “%(node)s” sum to %(total)s; they were brought to a sum of 1."),
                node=where,
                total=round(total, 6),
            )
        )
    for child, weight in zip(node.children, weights, strict=True):
        child.weight = weight / total
        child.global_weight = node.global_weight * child.weight
        _weigh(child, notes)


def _roll_up(node: Node) -> None:
    if not node.children:
        node.score = node.answer
        node.coverage = 0.0 if node.answer is None else 1.0
        return
    for child in node.children:
        _roll_up(child)
    node.coverage = min(1.0, math.fsum(each.weight * each.coverage for each in node.children))
    scored = [
        (each.weight, each.score) for each in node.children if each.score is not None and each.weight > 0
    ]
    if scored:
        total = math.fsum(weight for weight, _ in scored)
        node.score = math.fsum(weight / total * score for weight, score in scored)


def _enough(node: Node, least: float) -> bool:
    return node.coverage >= least - 1e-9
