"""The path model: constructs with their columns, and the arrows between constructs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from core.lazytext import _l
from satisfaction.methods import specs
from satisfaction.methods.answers import Bools, Refusal
from satisfaction.methods.pls.templates import NAMES, TEMPLATES, role_of

MOST_CONSTRUCTS: Final = 60
MOST_ITEMS: Final = 300

Ints = NDArray[np.intp]


@dataclass(frozen=True)
class Model:
    """constructs: J names. blocks: their columns; p in all, numbered in this order. formative: mode B or not.

    factors: whether PLSc may treat the construct as a common factor. paths: (from, to) as construct numbers, in the
    order given. template: name of the template they come from, or None.
    """

    constructs: tuple[str, ...]
    blocks: tuple[tuple[str, ...], ...]
    formative: tuple[bool, ...]
    factors: tuple[bool, ...]
    paths: tuple[tuple[int, int], ...]
    template: str | None = None

    @cached_property
    def items(self) -> tuple[str, ...]:
        """Columns of all blocks, in the order of the constructs; p of them."""
        return tuple(item for block in self.blocks for item in block)

    @cached_property
    def starts(self) -> list[int]:
        """First column of each block."""
        return [int(each) for each in np.cumsum([0, *map(len, self.blocks[:-1])])]

    @cached_property
    def spans(self) -> list[slice]:
        """Columns of each construct among the p."""
        return [
            slice(start, start + len(block)) for start, block in zip(self.starts, self.blocks, strict=True)
        ]

    @cached_property
    def owner(self) -> Ints:
        """(p,): the construct of each column."""
        return np.repeat(np.arange(len(self.blocks)), [len(block) for block in self.blocks])

    @cached_property
    def endogenous(self) -> list[int]:
        """Constructs that an arrow points at, causes before effects."""
        return [construct for construct in self.order if any(end == construct for _, end in self.paths)]

    @cached_property
    def order(self) -> list[int]:
        """All constructs, causes before effects."""
        waiting, found = list(range(len(self.constructs))), list[int]()
        while waiting:
            free = [
                each
                for each in waiting
                if not any(end == each and start not in found for start, end in self.paths)
            ]
            if not free:
                raise _cycle(self.constructs, self.paths, waiting)
            found += free
            waiting = [each for each in waiting if each not in free]
        return found

    @cached_property
    def causes(self) -> Ints:
        """(k, m): direct causes of each endogenous construct, filled up with zeros; `present` tells which count."""
        listed = self._listed
        made = np.zeros((max(map(len, listed)), len(listed)), dtype=np.intp)
        for column, starts in enumerate(listed):
            made[: len(starts), column] = starts
        return made

    @cached_property
    def present(self) -> Bools:
        """(k, m): which entries of `causes` are real."""
        made = np.zeros(self.causes.shape, dtype=np.bool_)
        for column, starts in enumerate(self._listed):
            made[: len(starts), column] = True
        return made

    @cached_property
    def slots(self) -> tuple[Ints, Ints]:
        """For each path its row and column in `causes`."""
        places = [
            (self._listed[column].index(start), column)
            for start, end in self.paths
            for column in [self.endogenous.index(end)]
        ]
        return np.array([a for a, _ in places]), np.array([b for _, b in places])

    @cached_property
    def ends(self) -> tuple[Ints, Ints]:
        """For each path the constructs it comes from and leads to."""
        start, end = np.array(self.paths, dtype=np.intp).T
        return start, end

    @cached_property
    def _listed(self) -> list[list[int]]:
        return [[start for start, end in self.paths if end == each] for each in self.endogenous]

    def path_name(self, path: tuple[int, int]) -> str:
        """“A->B” of a path given by the places of its constructs."""
        return f"{self.constructs[path[0]]}->{self.constructs[path[1]]}"

    @cached_property
    def effects(self) -> list[tuple[int, int]]:
        """Pairs (from, to) with an effect along one or several arrows, in the order of the constructs."""
        reach: list[set[int]] = [set() for _ in self.constructs]
        for each in reversed(self.order):
            for start, end in self.paths:
                if start == each:
                    reach[each] |= {end} | reach[end]
        return [
            (start, end)
            for start in range(len(self.constructs))
            for end in range(len(self.constructs))
            if end in reach[start]
        ]


def read_model(spec: Mapping[str, Any]) -> Model:
    """The model of a specification. Raises Refusal naming the construct, column or path that is wrong."""
    given = specs.mapping(specs.need(spec, "constructs"), "constructs", MOST_CONSTRUCTS)
    if len(given) < 2:
        raise Refusal(_l("“%(field)s” must name at least two constructs."), field="constructs")
    names, blocks, formative, factors = [], [], [], []
    for name, content in given.items():
        where = specs.inside("constructs", name)
        if "->" in name or "|" in name or not name.strip():
            raise Refusal(
                _l("The construct name “%(field)s” may not be empty nor hold “->” or “|”."), field=name
            )
        entry = content if isinstance(content, Mapping) else {"items": content}
        specs.only(entry, ("items", "mode", "type", "scale", "label"), where)
        items = specs.texts(specs.need(entry, "items", where), specs.inside(where, "items"), MOST_ITEMS)
        if not items:
            raise Refusal(_l("Construct “%(field)s” has no columns; give it at least one."), field=name)
        mode = specs.choice(str(entry.get("mode", "A")).upper(), specs.inside(where, "mode"), ("A", "B"))
        kind = specs.choice(
            entry.get("type", "factor" if mode == "A" else "composite"),
            specs.inside(where, "type"),
            ("factor", "composite"),
        )
        if mode == "B" and kind == "factor":
            raise Refusal(
                _l("“%(field)s” cannot be “factor” in mode B; a mode B construct is a composite."),
                field=specs.inside(where, "type"),
            )
        names.append(name)
        blocks.append(tuple(items))
        formative.append(mode == "B")
        factors.append(kind == "factor" and len(items) > 1)
    _no_column_twice(names, blocks)
    paths, template = _paths(spec, names)
    model = Model(tuple(names), tuple(blocks), tuple(formative), tuple(factors), tuple(paths), template)
    linked = {each for path in paths for each in path}
    for number, name in enumerate(names):
        if number not in linked:
            raise Refusal(
                _l("Construct “%(field)s” stands alone: no path leads to it or away from it."), field=name
            )
    _ = model.order  # refuses a cycle
    return model


def _no_column_twice(names: Sequence[str], blocks: Sequence[Sequence[str]]) -> None:
    seen: dict[str, str] = {}
    for name, block in zip(names, blocks, strict=True):
        for item in block:
            if item in seen:
                raise Refusal(
                    _l(
                        "Column “%(field)s” stands in “%(first)s” and in “%(second)s”; a column belongs to one construct."
                    ),
                    field=item,
                    first=seen[item],
                    second=name,
                )
            seen[item] = name
    if len(seen) > MOST_ITEMS:
        raise Refusal(
            _l("“%(field)s” hold %(count)s columns together; at most %(most)s are taken."),
            field="constructs",
            count=len(seen),
            most=MOST_ITEMS,
        )


def _paths(spec: Mapping[str, Any], names: list[str]) -> tuple[list[tuple[int, int]], str | None]:
    if spec.get("template") is None:
        for key in ("add_paths", "drop_paths"):
            if spec.get(key) is not None:
                raise Refusal(
                    _l("“%(field)s” edits the paths of a template; without one write “paths”."), field=key
                )
        paths = _listed(specs.need(spec, "paths"), "paths", names)
        if not paths:
            raise Refusal(_l("“%(field)s” holds no path."), field="paths")
        return paths, None
    if spec.get("paths") is not None:
        raise Refusal(
            _l("“%(field)s” and “template” are both given; use one, or “add_paths” and “drop_paths”."),
            field="paths",
        )
    template = specs.choice(str(spec["template"]).casefold(), "template", tuple(TEMPLATES))
    paths = _of_template(template, names)
    dropped = _listed(spec.get("drop_paths"), "drop_paths", names)
    for path in dropped:
        if path not in paths:
            raise Refusal(
                _l("“%(field)s”: the template has no path from “%(start)s” to “%(end)s”."),
                field="drop_paths",
                start=names[path[0]],
                end=names[path[1]],
            )
    added = [path for path in _listed(spec.get("add_paths"), "add_paths", names) if path not in paths]
    paths = [path for path in paths if path not in dropped] + added
    if not paths:
        raise Refusal(_l("“%(field)s” holds no path."), field="paths")
    return paths, template


def _of_template(name: str, names: list[str]) -> list[tuple[int, int]]:
    template = TEMPLATES[name]
    found: dict[str, int] = {}
    for number, construct in enumerate(names):
        role = role_of(construct)
        if role not in template.roles:
            raise Refusal(
                _l("The template “%(template)s” has no construct “%(field)s”; it has: %(roles)s."),
                field=construct,
                template=name,
                roles=", ".join(template.roles),
            )
        if role in found:
            raise Refusal(
                _l("“%(field)s” and “%(other)s” both stand for “%(role)s” of the template."),
                field=construct,
                other=names[found[role]],
                role=role,
            )
        found[role] = number
    for role in template.roles:
        if role not in found:
            raise Refusal(
                _l(
                    "The template “%(template)s” needs a construct “%(field)s” (known as: %(names)s); without it write “paths”."
                ),
                field=role,
                template=name,
                names=", ".join(NAMES[role]),
            )
    return [(found[start], found[end]) for start, end in template.paths]


def _listed(value: Any, where: str, names: list[str]) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for number, entry in enumerate(specs.listed(value, where, MOST_CONSTRUCTS**2)):
        place = specs.inside(where, number)
        ends = [each.strip() for each in entry.split("->")] if isinstance(entry, str) else entry
        pair = specs.texts(ends, place, unique=False)
        if len(pair) != 2:
            raise Refusal(_l("“%(field)s” must be two constructs: from and to."), field=place)
        for name in pair:
            if name not in names:
                raise Refusal(
                    _l("“%(field)s” names “%(name)s”, which is none of the constructs: %(names)s."),
                    field=place,
                    name=name,
                    names=", ".join(names),
                )
        path = (names.index(pair[0]), names.index(pair[1]))
        if path[0] == path[1]:
            raise Refusal(_l("“%(field)s” leads from “%(name)s” to itself."), field=place, name=pair[0])
        if path in found:
            raise Refusal(
                _l("“%(field)s” repeats the path from “%(start)s” to “%(end)s”."),
                field=place,
                start=pair[0],
                end=pair[1],
            )
        found.append(path)
    return found


def _cycle(names: Sequence[str], paths: Sequence[tuple[int, int]], left: list[int]) -> Refusal:
    """Walk backwards among what is left until a construct comes again."""
    walk = [left[0]]
    while walk[-1] not in walk[:-1]:
        walk.append(next(start for start, end in paths if end == walk[-1] and start in left))
    circle = walk[walk.index(walk[-1]) :][::-1]
    return Refusal(
        _l("“%(field)s” run in a circle: %(circle)s. A path model needs a first cause; take one path out."),
        field="paths",
        circle=" → ".join(names[each] for each in circle),
    )
