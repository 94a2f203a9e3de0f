"""What a specification and the command's options ask of a path model."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from core.lazytext import _l
from satisfaction.methods import specs
from satisfaction.methods.answers import Refusal
from satisfaction.methods.pls.model import Model, read_model
from satisfaction.methods.weighting import MIN_CELL

MOST_RESAMPLES: Final = 50_000
MOST_ROW_NUMBERS: Final = 20_000_000

_KNOWN = (
    "constructs", "paths", "template", "add_paths", "drop_paths", "scheme", "standardise", "scale", "reverse", "missing",
    "missing_codes", "tol", "max_iter", "weight", "by", "groups", "min_cell", "bootstrap", "seed", "confidence", "resample_rows", "plsc",
    "htmt_threshold", "baseline_weights", "scores",
)  # fmt: skip


@dataclass(frozen=True)
class Settings:
    """scales: column → lowest and highest answer (empty: no index). reverse: columns asked the other way round.

    baseline: construct → column → weight of an earlier wave. resample_rows: row numbers from 0, or None. stream: number of
    a group, which draws independently of the others under the same seed.
    """

    model: Model
    scheme: str
    standardise: bool
    tol: float
    max_iter: int
    missing: str
    missing_codes: tuple[Any, ...]
    scales: dict[str, tuple[float, float]]
    reverse: frozenset[str]
    weight: str | None
    groups: str | None
    min_cell: int
    bootstrap: int
    seed: int
    confidence: float
    resample_rows: tuple[tuple[int, ...], ...] | None
    plsc: bool
    htmt_threshold: float
    baseline: dict[str, dict[str, float]]
    scores: bool
    stream: int = 0


def read_settings(spec: Mapping[str, Any], options: Mapping[str, Any]) -> Settings:
    """Raises Refusal naming the parameter; an option wins over the entry of the same name in the specification."""
    specs.only(spec, _KNOWN)
    model = read_model(spec)

    def asked(key: str, default: Any) -> Any:
        value = options.get(key)
        value = spec.get(key) if value is None else value
        return default if value is None else value

    if spec.get("by") is not None and spec.get("groups") is not None:
        raise Refusal(_l("“%(field)s” and “groups” name the same thing; give one of them."), field="by")
    groups = asked("groups", spec.get("by"))
    if isinstance(groups, list | tuple):
        columns = specs.texts(list(groups), "groups")
        if len(columns) > 1:
            raise Refusal(_l("“%(field)s” takes one column; combine them in the data first."), field="groups")
        groups = columns[0] if columns else None
    weight = spec.get("weight")
    scales = _scales(spec, model)
    reverse = frozenset(specs.texts(spec.get("reverse") or [], "reverse"))
    for column in sorted(reverse):
        if column not in model.items:
            raise Refusal(_l("“reverse” names “%(field)s”, which is a column of no construct."), field=column)
        if column not in scales:
            raise Refusal(
                _l("Column “%(field)s” can be turned round only when “scale” gives its ends."), field=column
            )
    plsc = specs.flag(asked("plsc", False), "plsc")
    return Settings(
        model=model,
        scheme=specs.choice(spec.get("scheme", "path"), "scheme", ("path", "factorial", "centroid")),
        standardise=specs.flag(spec.get("standardise", True), "standardise"),
        tol=specs.number(spec.get("tol", 1e-7), "tol", above=0, high=0.1),
        max_iter=specs.whole(spec.get("max_iter", 300), "max_iter", low=1, high=100_000),
        missing=specs.choice(spec.get("missing", "mean"), "missing", ("mean", "listwise")),
        missing_codes=tuple(specs.codes(spec.get("missing_codes") or [])),
        scales=scales,
        reverse=reverse,
        weight=None if weight is None else specs.text(weight, "weight"),
        groups=None if groups is None else specs.text(groups, "groups"),
        min_cell=specs.whole(spec.get("min_cell", MIN_CELL), "min_cell", low=1, high=1_000_000),
        bootstrap=_bootstrap(asked("bootstrap", 0)),
        seed=_seed(asked("seed", 1)),
        confidence=specs.number(spec.get("confidence", 0.95), "confidence", low=0.5, high=0.999),
        resample_rows=_resample_rows(spec.get("resample_rows")),
        plsc=plsc,
        htmt_threshold=specs.number(spec.get("htmt_threshold", 0.9), "htmt_threshold", above=0, high=2),
        baseline=_baseline(spec.get("baseline_weights"), model),
        scores=bool(asked("scores", False)),
    )


def _seed(value: Any) -> int:
    """A whole number below 2**63, taken as it is: as a float it would lose its last digits."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**63:
        return value
    return specs.whole(value, "seed", low=0, high=2**53)


def _bootstrap(value: Any) -> int:
    count = specs.whole(value, "bootstrap", low=0, high=MOST_RESAMPLES)
    if count == 1:
        raise Refusal(
            _l("“%(field)s” asks for one resample, from which nothing can be said; 5,000 is usual."),
            field="bootstrap",
        )
    return count


def _scales(spec: Mapping[str, Any], model: Model) -> dict[str, tuple[float, float]]:
    """`scale` for all columns, or by construct or column; a construct's own `scale` wins over the general one."""
    given = spec.get("scale")
    found: dict[str, tuple[float, float]] = {}
    if isinstance(given, Mapping):
        for key, ends in specs.mapping(given, "scale").items():
            pair = specs.pair(ends, specs.inside("scale", key))
            if key in model.constructs:
                for item in model.blocks[model.constructs.index(key)]:
                    found.setdefault(item, pair)
            elif key in model.items:
                found[key] = pair
            else:
                raise Refusal(
                    _l("“scale” names “%(field)s”, which is no construct and no column."), field=key
                )
    elif given is not None:
        found = dict.fromkeys(model.items, specs.pair(given, "scale"))
    contents = specs.mapping(spec["constructs"], "constructs")
    for name, block in zip(model.constructs, model.blocks, strict=True):
        content = contents[name]
        own = content.get("scale") if isinstance(content, Mapping) else None
        if own is not None:
            pair = specs.pair(own, specs.inside(specs.inside("constructs", name), "scale"))
            found.update(dict.fromkeys(block, pair))
    return found


def _resample_rows(value: Any) -> tuple[tuple[int, ...], ...] | None:
    if value is None:
        return None
    lists = specs.listed(value, "resample_rows", MOST_RESAMPLES)
    if not lists:
        raise Refusal(_l("“%(field)s” holds no resample."), field="resample_rows")
    made, total = [], 0
    for number, entry in enumerate(lists):
        where = specs.inside("resample_rows", number)
        rows = specs.listed(entry, where, MOST_ROW_NUMBERS)
        total += len(rows)
        if total > MOST_ROW_NUMBERS:
            raise Refusal(
                _l("“%(field)s” hold more than %(most)s row numbers together."),
                field="resample_rows",
                most=MOST_ROW_NUMBERS,
            )
        if len(rows) < 2:
            raise Refusal(_l("“%(field)s” must hold at least two row numbers."), field=where)
        for each in rows:
            if isinstance(each, bool) or not isinstance(each, int) or each < 0:
                raise Refusal(
                    _l("“%(field)s” holds “%(value)s”; row numbers are whole and count from 0."),
                    field=where,
                    value=str(each),
                )
        made.append(tuple(rows))
    return tuple(made)


def _baseline(value: Any, model: Model) -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = {}
    for name, weights in specs.mapping(value, "baseline_weights").items():
        where = specs.inside("baseline_weights", name)
        if name not in model.constructs:
            raise Refusal(_l("“%(field)s”: there is no such construct in the model."), field=where)
        block = model.blocks[model.constructs.index(name)]
        given = specs.mapping(weights, where)
        if set(given) != set(block):
            raise Refusal(
                _l("“%(field)s” must weigh exactly the columns of the construct: %(columns)s."),
                field=where,
                columns=", ".join(block),
            )
        found[name] = {item: specs.number(given[item], specs.inside(where, item), low=0) for item in block}
        if not sum(found[name].values()) > 0:
            raise Refusal(_l("“%(field)s” are all zero."), field=where)
    return found
