"""What an analysis asks of the engine: columns of the wave's answers and the specification, from what the form said.

The engine is imported where it is used: the pages of a wave must not load NumPy when the application starts.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from core.lazytext import _l
from satisfaction.analyses.inputs import comparing, overall, paths, ratings
from satisfaction.analyses.inputs.grouping import grouped
from satisfaction.analyses.inputs.keeping import keep_back
from satisfaction.analyses.inputs.prepared import Builder, Prepared
from satisfaction.methods import ENGINE_VERSION
from satisfaction.methods.refusal import Refusal
from satisfaction.models import Wave
from satisfaction.rules.analyses import GROUPED, Method

__all__ = ["Outcome", "Prepared", "computed", "run"]


@dataclass(slots=True)
class Outcome:
    """`result` as it is kept; what is withheld on pages is not in it. `refusal` instead of it when the data do not suffice."""

    result: dict[str, Any]
    refusal: dict[str, Any]
    spec: dict[str, Any]
    options: dict[str, Any]
    names: dict[str, Any]
    answers: int
    inputs_sha256: str
    run_sha256: str
    seed: int | None


def run(method: Method, wave: Wave, asked: Mapping[str, Any], *, actor: Any) -> Outcome:
    """Run a method on the wave as it stands now. Bad data are told as a refusal, never as an error."""
    from satisfaction import results

    sheet, _found = results.of_wave(wave)

    def prepare() -> Prepared:
        if sheet.size < wave.min_cell:
            raise Refusal(
                _l("The wave has %(count)s answers; figures appear from %(least)s on (%(field)s)."),
                field=wave.code,
                count=sheet.size,
                least=wave.min_cell,
            )
        made = _BUILDERS[method](sheet, wave, asked, actor)
        made.answers = sheet.size
        return grouped(made, sheet, asked, wave.min_cell) if method in GROUPED else made

    return computed(method, prepare, answers=sheet.size, least=wave.min_cell)


def computed(
    method: Method, prepare: Callable[[], Prepared], *, answers: int = 0, least: int | None = None
) -> Outcome:
    """What comes out, or why nothing can; of people, figures resting on fewer than `least` are not kept."""
    from satisfaction.methods.answers import Answers
    from satisfaction.methods.door import run as run_method

    prepared = Prepared(None, {}, answers=answers)
    digest = ""
    result: dict[str, Any] = {}
    refusal: dict[str, Any] = {}
    try:
        prepared = prepare()
        data = Answers.of(prepared.columns) if prepared.columns is not None else None
        digest = data.sha256 if data is not None else _digest(prepared.spec)
        result = run_method(
            method, data, prepared.spec, prepared.options, spec_sha256=_digest(prepared.spec), spoken=True
        )
        if least is not None:
            keep_back(method, result, prepared, least)
    except Refusal as told:
        result, refusal = {}, told.sentence.as_dict()
    seed = result.get("seed")
    return Outcome(
        result,
        refusal,
        prepared.spec,
        prepared.options,
        prepared.names,
        prepared.answers,
        digest,
        _digest([method, digest, prepared.spec, prepared.options, ENGINE_VERSION]),
        seed if isinstance(seed, int) else None,
    )


def _digest(value: Any) -> str:
    return hashlib.sha256(
        json.dumps(value, sort_keys=True, ensure_ascii=False, default=str).encode()
    ).hexdigest()


_BUILDERS: dict[Method, Builder] = {
    Method.score: ratings.score,
    Method.reliability: ratings.reliability,
    Method.servqual: ratings.servqual,
    Method.kano: ratings.kano,
    Method.ipa: ratings.ipa,
    Method.pls: paths.pls,
    Method.effect: comparing.effect,
    Method.chart: comparing.chart,
    Method.transition: comparing.transition,
    Method.fuzzy: overall.fuzzy,
    Method.estimate: overall.estimate,
}
