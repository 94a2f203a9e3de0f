from collections.abc import Mapping
from typing import Any

from accounts.models import Unit
from core import access, clock, jobs, trail
from core.db import next_code, session
from core.errors import RuleViolation
from core.figures import Figure
from core.i18n import _
from improvement.models import Finding
from improvement.operations.findings import raise_finding
from improvement.permissions import RAISE
from improvement.rules.findings import Grade, Origin
from satisfaction.analyses.entered import run_entered
from satisfaction.analyses.inputs import Outcome, run
from satisfaction.methods import ENGINE_VERSION
from satisfaction.methods.refusal import Sentence
from satisfaction.models import Analysis, Wave
from satisfaction.permissions import ANALYSE, SEE
from satisfaction.queries import analyses as queries
from satisfaction.queries import waves as wave_queries
from satisfaction.rules.addresses import analysis_path
from satisfaction.rules.analyses import AT_ONCE, Method

RUN_JOB = "satisfaction.method"
PRINT_JOB = "satisfaction.report"


def start(wave: Wave, method: Method, asked: Mapping[str, Any], *, title: str = "", actor: Any) -> Analysis:
    """Run a method on a wave: at once where it is quick, else by the worker. What was run before stays as it is."""
    access.require(actor, ANALYSE, wave.unit.path, what=wave.code)
    made = _begun(method, asked, title, actor, wave_id=wave.id)
    if is_long(wave, asked):
        job = jobs.queue(
            RUN_JOB,
            _("Run %(code)s: %(method)s", code=made.code, method=method.label),
            {"analysis": made.id},
            actor=actor,
        )
        made.job_id = job.id
    else:
        settle(made, run(method, wave, asked, actor=actor), actor=actor)
    session.flush()
    return made


def compute_entered(unit: Unit, method: Method, asked: Mapping[str, Any], *, actor: Any) -> Outcome:
    """Run a method on figures that somebody entered for a unit; nothing is written. They are bounded, so it is done at once.

    Figures that do not suffice are refused, and nothing is kept: whoever entered them mends them.
    """
    access.require(actor, ANALYSE, unit.path)
    outcome = run_entered(method, asked)
    if outcome.refusal:
        raise RuleViolation(str(Sentence.from_dict(outcome.refusal)))
    return outcome


def keep_entered(
    unit: Unit, method: Method, asked: Mapping[str, Any], outcome: Outcome, *, title: str = "", actor: Any
) -> Analysis:
    """What came out, beside what was entered."""
    access.require(actor, ANALYSE, unit.path)
    made = _begun(method, asked, title, actor, unit_id=unit.id)
    settle(made, outcome, actor=actor)
    session.flush()
    return made


def _begun(method: Method, asked: Mapping[str, Any], title: str, actor: Any, **place: int) -> Analysis:
    made = Analysis(
        code=next_code("ANA", year=clock.now().year),
        method=str(method),
        title=title[:200],
        asked=dict(asked),
        engine_version=ENGINE_VERSION,
        made_by_id=actor.id,
        **place,
    )
    session.add(made)
    session.flush()
    return made


def print_report(analysis: Analysis, language: str, *, actor: Any) -> jobs.Job:
    """Have the report printed by the worker."""
    access.require(actor, SEE, analysis.unit.path, what=analysis.code)
    return jobs.queue(
        PRINT_JOB,
        _("Print %(code)s", code=analysis.code),
        {"analysis": analysis.id, "language": language},
        actor=actor,
    )


def is_long(wave: Wave, asked: Mapping[str, Any]) -> bool:
    return bool(asked.get("bootstrap")) or wave_queries.count_answered(wave.id) > AT_ONCE


def settle(analysis: Analysis, outcome: Outcome, *, actor: Any) -> None:
    """What came out is written once."""
    if analysis.state != "waiting":
        raise RuleViolation(_("%(code)s is finished: run it again as a new one.", code=analysis.code))
    same = None if outcome.refusal else queries.find_same(analysis, outcome.run_sha256)
    analysis.state = "refused" if outcome.refusal else "done"
    analysis.result = outcome.result
    analysis.refusal = outcome.refusal
    analysis.spec = outcome.spec
    analysis.options = outcome.options
    analysis.names = outcome.names
    analysis.answers = outcome.answers
    analysis.inputs_sha256 = outcome.inputs_sha256
    analysis.run_sha256 = outcome.run_sha256
    analysis.seed = outcome.seed
    analysis.same_as_id = same.id if same is not None else None
    session.flush()
    trail.record(
        analysis,
        f"analysis.{analysis.state}",
        actor=actor,
        changes={
            "method": analysis.method,
            "answers": outcome.answers,
            "inputs": outcome.inputs_sha256[:16],
            **({"same_as": same.code} if same is not None else {}),
        },
    )


def raise_from(
    analysis: Analysis,
    *,
    statement_en: str,
    statement_zh: str,
    detail: str,
    grade: Grade,
    figures: list[Figure],
    actor: Any,
) -> Finding:
    """A finding with the figures of the analysis, frozen as they stand."""
    access.require(actor, RAISE)
    if analysis.state != "done":
        raise RuleViolation(_("%(code)s has no result that a finding could rest on.", code=analysis.code))
    wave = analysis.wave
    made = raise_finding(
        origin=Origin.satisfaction,
        grade=grade,
        statement_en=statement_en,
        statement_zh=statement_zh,
        detail=detail,
        figures=figures,
        unit=analysis.unit,
        standard=wave.version.questionnaire.standard if wave is not None else None,
        origin_label=f"{analysis.code} {wave.code if wave is not None else ''}".strip(),
        origin_ref=f"analysis:{analysis.id}",
        actor=actor,
    )
    trail.record(analysis, "analysis.finding_raised", actor=actor, changes={"finding": made.code})
    return made


def address(rest: str) -> str:
    """The page a finding came from, of "analysis:ID"."""
    return analysis_path(int(rest)) if rest.isascii() and rest.isdigit() and len(rest) < 10 else ""
