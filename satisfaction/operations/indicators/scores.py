"""Scores of waves: computed and kept, brought up to date when a wave's figures are, raised as findings."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from core import access, clock, jobs, trail
from core.db import session
from core.errors import RuleViolation
from core.figures import Figure, verdict
from core.i18n import _
from improvement.models import Finding
from improvement.operations.findings import raise_finding
from improvement.permissions import RAISE
from improvement.rules.findings import Grade, Origin
from satisfaction.indicators.models import IndicatorRollup, IndicatorSystem, IndicatorVersion
from satisfaction.models import Wave
from satisfaction.permissions import ANALYSE, SEE
from satisfaction.queries import indicator_scores as queries
from satisfaction.queries import waves as wave_queries
from satisfaction.queries.indicators import get_tree
from satisfaction.rules.addresses import rollup_node_path
from satisfaction.rules.analyses import AT_ONCE
from satisfaction.rules.indicators import VersionState

SCORES_JOB = "satisfaction.indicators"
PRINT_JOB = "satisfaction.scores_report"
MIN_N = 30  # respondents under which a target is not judged


@dataclass(frozen=True, slots=True)
class Scores:
    """What the read transaction of a job found; no object of the session is in it."""

    version_id: int
    wave_id: int
    answers: int
    result: dict[str, Any]
    inputs_hash: str


def order_document(rollup: IndicatorRollup, language: str, *, actor: Any) -> jobs.Job:
    """Have the scores printed by the worker."""
    code = rollup.version.system.code
    access.require(actor, SEE, rollup.wave.unit.path, what=code)
    return jobs.queue(
        PRINT_JOB, _("Print %(code)s", code=f"{code}, {rollup.wave.code}"), {"rollup": rollup.id, "language": language}, actor=actor
    )  # fmt: skip


def compute(version: IndicatorVersion, wave: Wave) -> Scores:
    """Raises RuleViolation when the wave has too few answers for any figure."""
    from satisfaction import results
    from satisfaction.indicators.rolling import roll_up

    sheet, found = results.of_wave(wave)
    if sheet.size < wave.min_cell:
        raise RuleViolation(
            _("%(code)s has %(count)s answers; figures appear from %(least)s on.",
                code=wave.code, count=sheet.size, least=wave.min_cell)
        )  # fmt: skip
    result = roll_up(
        get_tree(version.id), sheet, least=version.coverage, grouping=version.grouping, shares=version.shares,
        min_cell=wave.min_cell,
    )  # fmt: skip
    return Scores(version.id, wave.id, sheet.size, result, found.inputs_hash)


def keep(scores: Scores) -> IndicatorRollup:
    """In place of what was computed before of the same version and wave."""
    made = queries.find_rollup(scores.version_id, scores.wave_id)
    if made is None:
        made = IndicatorRollup(version_id=scores.version_id, wave_id=scores.wave_id)
        session.add(made)
    made.answers, made.result, made.inputs_hash = scores.answers, scores.result, scores.inputs_hash
    made.engine_version, made.computed_at = scores.result["engine_version"], clock.now()
    session.flush()
    return made


def score(
    system: IndicatorSystem, versions: Sequence[IndicatorVersion], waves: Sequence[Wave], *, actor: Any
) -> list[IndicatorRollup] | None:
    """Scores of the waves by the versions: at once, or by the worker (then None) when the answers are many."""
    if system.withdrawn_at is not None:
        raise RuleViolation(_("%(code)s is withdrawn: it stays as it was.", code=system.code))
    if not waves or not versions:
        raise RuleViolation(_("Choose a wave that has answers."), field="wave_id")
    if any(version.state == VersionState.draft for version in versions):
        raise RuleViolation(_("A draft has no scores: put it into force first."))
    for wave in waves:
        access.require(actor, ANALYSE, wave.unit.path, what=wave.code)
    if sum(wave_queries.count_answered(wave.id) for wave in waves) > AT_ONCE:
        jobs.queue(
            SCORES_JOB, _("Score %(code)s on %(waves)s", code=system.code, waves=", ".join(wave.code for wave in waves)[:120]),
            {"versions": [version.id for version in versions], "waves": [wave.id for wave in waves]}, actor=actor,
        )  # fmt: skip
        return None
    made = [keep(compute(version, wave)) for wave in waves for version in versions]
    recorded(system, versions, waves, actor=actor)
    return made


def enough(waves: Sequence[Wave]) -> list[Wave]:
    """Those with answers enough for any figure."""
    return [wave for wave in waves if wave_queries.count_answered(wave.id) >= wave.min_cell]


def recorded(
    system: IndicatorSystem, versions: Sequence[IndicatorVersion], waves: Sequence[Wave], *, actor: Any
) -> None:
    trail.record(
        system, "indicator_system.scored", actor=actor,
        changes={"waves": ", ".join(wave.code for wave in waves), "version": ", ".join(str(each.number) for each in versions)},
    )  # fmt: skip


def compute_due(wave_id: int) -> list[Scores]:
    """Of every version that is kept up to date on the questionnaire; too few answers give none."""
    wave = wave_queries.get_wave(wave_id)
    made = []
    for version in queries.list_due(wave.version.questionnaire_id):
        try:
            made.append(compute(version, wave))
        except RuleViolation:
            continue
    return made


def read_job(arguments: str) -> tuple[list[int], list[int]]:
    """Versions and waves, as `score` queued them."""
    asked = json.loads(arguments)
    return [int(each) for each in asked["versions"]], [int(each) for each in asked["waves"]]


# --- findings ------------------------------------------------------------------------------------------------


def figure_of(rollup: IndicatorRollup, key: str) -> Figure:
    """The score of a node with its interval and verdict."""
    node = rollup.result["nodes"][key]
    judged = None
    if node["target"] is not None and node["score"] is not None and node["low"] is not None:
        judged = verdict(node["low"], node["high"], node["target"], node["n"], MIN_N)
    return Figure(
        value=node["score"], n=node["n"], low=node["low"], high=node["high"], unit="index", target=node["target"],
        method="t, linearised" if node["low"] is not None else "", verdict=judged, as_of=rollup.computed_at,
    )  # fmt: skip


def falls_short(figure: Figure) -> bool:
    """The whole interval lies below the target; or the value does and no interval is known."""
    if figure.value is None or figure.target is None:
        return False
    return figure.verdict == "short" if figure.low is not None else figure.value < figure.target


def raise_shortfall(
    rollup: IndicatorRollup,
    key: str,
    *,
    statement_en: str,
    statement_zh: str,
    detail: str,
    grade: Grade,
    actor: Any,
) -> Finding:
    """A finding with the score frozen as it stands; the same shortfall is recorded once."""
    access.require(actor, RAISE)
    figure = figure_of(rollup, key)
    if not falls_short(figure):
        raise RuleViolation(_("This score does not fall short of its target."))
    node, wave, system = rollup.result["nodes"][key], rollup.wave, rollup.version.system
    made = raise_finding(
        origin=Origin.satisfaction,
        grade=grade,
        statement_en=statement_en,
        statement_zh=statement_zh,
        detail=detail,
        figures=[_frozen(rollup, key, figure)],
        unit=wave.unit,
        standard=wave.version.questionnaire.standard,
        origin_label=f"{system.code} {node['code']} {wave.code}",
        origin_ref=f"indicator:{rollup.id}:{key}",
        key=f"indicator:{system.id}:{node['level']}:{node['code']}:{wave.unit_id}",
        actor=actor,
    )
    trail.record(
        system, "indicator_system.finding_raised", actor=actor,
        changes={"finding": made.code, "node": node["code"], "wave": wave.code},
    )  # fmt: skip
    return made


def _frozen(rollup: IndicatorRollup, key: str, figure: Figure) -> Figure:
    node, wave, version = rollup.result["nodes"][key], rollup.wave, rollup.version
    names = [node[f"name_{code}"] or node["name_zh" if code == "en" else "name_en"] for code in ("en", "zh")]
    return Figure(
        value=figure.value, n=figure.n, low=figure.low, high=figure.high, method=figure.method, as_of=figure.as_of,
        unit=figure.unit, target=figure.target, verdict=figure.verdict,
        working={
            "label_en": f"{names[0]} · {wave.name_en or wave.name_zh}",
            "label_zh": f"{names[1]} · {wave.name_zh or wave.name_en}",
            "wave": wave.code, "version": version.number, "coverage": node["coverage"],
            "engine_version": rollup.engine_version, "inputs_hash": rollup.inputs_hash,
            "href": rollup_node_path(rollup.id, int(key)),
        },
    )  # fmt: skip


def address(rest: str) -> str:
    """The page a finding came from, of "ROLLUP_ID:NODE_ID"."""
    one, _colon, other = rest.partition(":")
    whole = all(each.isascii() and each.isdigit() and len(each) < 10 for each in (one, other))
    return rollup_node_path(int(one), int(other)) if whole else ""
