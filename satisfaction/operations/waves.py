from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import exists, insert, select, update

from accounts.models import Unit
from accounts.queries import today
from core import access, clock, jobs, trail
from core.db import expect_version, next_code, session
from core.errors import RuleViolation
from core.i18n import _
from satisfaction import tokens
from satisfaction.models import Invitation, QuestionnaireVersion, SurveyFigure, Wave
from satisfaction.operations.questionnaires import freeze
from satisfaction.permissions import SURVEY
from satisfaction.queries import imports
from satisfaction.queries import waves as queries
from satisfaction.rules.waves import (
    CHANNELS,
    INVITATIONS_MOST,
    MIN_CELL,
    MIN_CELL_LEAST,
    QUOTA_MOST,
    STEPS,
    TAKES_FILES,
    WaveState,
    step,
)
from satisfaction.sampling.queries import list_of_wave

ANALYSE_JOB = "satisfaction.analyse"
FIELDS = [
    "name_en", "name_zh", "purpose", "population", "channels", "first_day", "last_day", "anonymous", "min_cell", "quota",
]  # fmt: skip


def _permit(wave: Wave, actor: Any) -> None:
    access.require(actor, SURVEY, wave.unit.path, what=wave.code)


def _check(values: dict[str, Any]) -> None:
    if not values.get("name_en") and not values.get("name_zh"):
        raise RuleViolation(_("Give the wave a name in at least one language."), field="name_en")
    first, last = values.get("first_day"), values.get("last_day")
    if first is not None and last is not None and last < first:
        raise RuleViolation(_("The last day lies before the first."), field="last_day")
    if values.get("min_cell", MIN_CELL) < MIN_CELL_LEAST:
        raise RuleViolation(
            _("At least %(num)s: smaller groups could be recognised.", num=MIN_CELL_LEAST), field="min_cell"
        )
    quota = values.get("quota")
    if quota is not None and not 1 <= quota <= QUOTA_MOST:
        raise RuleViolation(_("Give a number of answers from 1, or leave it empty."), field="quota")
    if any(channel not in CHANNELS for channel in values.get("channels", ())):
        raise RuleViolation(_("Choose from the ways listed."), field="channels")


def plan_wave(
    version: QuestionnaireVersion,
    *,
    unit: Unit,
    name_en: str = "",
    name_zh: str = "",
    open_link: bool = True,
    actor: Any,
    **values: Any,
) -> Wave:
    access.require(actor, SURVEY, unit.path, what=unit.name)
    access.require(
        actor, SURVEY, version.questionnaire.unit.path, what=version.questionnaire.code
    ) if not version.frozen_at else None
    values = {"name_en": name_en, "name_zh": name_zh, **values}
    _check(values)
    made = Wave(
        code=next_code("WAV", year=clock.now().year),
        version=version,
        unit=unit,
        open_token=tokens.open_token() if open_link else None,
        **values,
    )
    session.add(made)
    session.flush()
    trail.record(
        made,
        "wave.planned",
        actor=actor,
        changes={
            "questionnaire": f"{version.questionnaire.code} {version.number}",
            "anonymous": made.anonymous,
        },
    )
    return made


def change_wave(wave: Wave, *, seen: int | None = None, actor: Any, open_link: bool, **values: Any) -> None:
    """What respondents were told stays: whether it is anonymous can't change once it was open."""
    _permit(wave, actor)
    expect_version(wave, seen, what=wave.code, fields=FIELDS)
    if wave.state == WaveState.analysed:
        raise RuleViolation(_("The wave is analysed; take the analysis back first."))
    _check({name: getattr(wave, name) for name in FIELDS} | values)
    if values.get("anonymous", wave.anonymous) != wave.anonymous and (
        wave.state != WaveState.draft or queries.count_invitations(wave.id)[0]
    ):
        raise RuleViolation(
            _("Links were given out with this promise: it can’t change any more."), field="anonymous"
        )
    if open_link != (wave.open_token is not None):
        values["open_token"] = tokens.open_token() if open_link else None
    changes = trail.changed(wave, values)
    if changes:
        changes.pop("open_token", None)
        session.flush()
        trail.record(wave, "wave.changed", actor=actor, changes={**changes, "open_link": open_link})


def _move(wave: Wave, verb: str, *, reason: str, seen: int | None, actor: Any) -> dict[str, Any]:
    """One step of the table of states; the row is locked, so two who step at once meet each other."""
    if actor is not None:
        _permit(wave, actor)
        expect_version(wave, seen, what=wave.code, fields=["state"])
    session.execute(select(Wave.id).where(Wave.id == wave.id).with_for_update(of=Wave))
    found = step(wave.state, verb)
    if found is None:
        raise RuleViolation(
            _(
                "%(code)s is in the state “%(state)s”: this is not possible now.",
                code=wave.code,
                state=WaveState(wave.state).label,
            )
        )
    if found.reason and not reason.strip():
        raise RuleViolation(_("Give the reason: it is what an auditor will ask for."), field="reason")
    before, wave.state = wave.state, str(found.to)
    return {"state": (before, wave.state)}


def open_wave(wave: Wave, *, seen: int | None = None, actor: Any) -> None:
    """From now on its links answer, on its days; the version is frozen."""
    if wave.last_day is not None and wave.last_day < today():
        raise RuleViolation(_("The last day is over: change it first."))
    if wave.open_token is None and not queries.count_invitations(wave.id)[0]:
        raise RuleViolation(_("The wave has no link yet: give it an open link or make personal ones."))
    changes = _move(wave, "open", reason="", seen=seen, actor=actor)
    freeze(wave.version, actor=actor)
    wave.opened_at = clock.now()
    session.flush()
    trail.record(wave, "wave.opened", actor=actor, changes=changes)


def close_wave(wave: Wave, *, seen: int | None = None, actor: Any) -> None:
    if wave.state == WaveState.draft and not queries.count_answered(wave.id):
        raise RuleViolation(_("The wave has no answers: open it or import a file first."))
    changes = _move(wave, "close", reason="", seen=seen, actor=actor)
    wave.closed_at = clock.now()
    session.flush()
    trail.record(wave, "wave.closed", actor=actor, changes=changes)
    queue_analysis(wave, actor=actor)


def reopen_wave(
    wave: Wave, *, last_day: date | None, reason: str, seen: int | None = None, actor: Any
) -> None:
    if last_day is not None and last_day < today():
        raise RuleViolation(_("Give a day that is still to come."), field="last_day")
    changes = _move(wave, "reopen", reason=reason, seen=seen, actor=actor)
    changes |= trail.changed(wave, {"last_day": last_day})
    freeze(wave.version, actor=actor)
    session.flush()
    trail.record(wave, "wave.reopened", actor=actor, reason=reason.strip(), changes=changes)


def analyse_wave(wave: Wave, *, seen: int | None = None, actor: Any) -> None:
    """The figures stand: no more answers, and the shortfalls are findings."""
    if not queries.count_answered(wave.id):
        raise RuleViolation(_("The wave has no answers."))
    changes = _move(wave, "analyse", reason="", seen=seen, actor=actor)
    wave.analysed_at = clock.now()
    session.flush()
    trail.record(wave, "wave.analysed", actor=actor, changes=changes)
    queue_analysis(wave, actor=actor)


def revise_wave(wave: Wave, *, reason: str, seen: int | None = None, actor: Any) -> None:
    changes = _move(wave, "revise", reason=reason, seen=seen, actor=actor)
    session.flush()
    trail.record(wave, "wave.revised", actor=actor, reason=reason.strip(), changes=changes)


VERBS = {"open": open_wave, "close": close_wave, "analyse": analyse_wave}
assert set(VERBS) | {"reopen", "revise"} == set(STEPS)


def close_overdue() -> int:
    """The daily duty: waves whose last day is over are closed and computed."""
    found = list(
        session.scalars(select(Wave).where(Wave.state == WaveState.open, Wave.last_day < today()).limit(500))
    )
    for wave in found:
        close_wave(wave, actor=None)
    return len(found)


def discard_wave(wave: Wave, *, seen: int | None = None, actor: Any) -> None:
    """A plan that nobody was asked by may go."""
    _permit(wave, actor)
    expect_version(wave, seen, what=wave.code, fields=["state"])
    if (
        wave.state != WaveState.draft
        or queries.count_invitations(wave.id)[0]
        or imports.list_imports(wave.id)
    ):
        raise RuleViolation(_("Links or files belong to this wave already: it stays."))
    plans = list_of_wave(wave.id)
    if plans:
        raise RuleViolation(
            _(
                "%(code)s draws a sample for this wave: take the wave out of that plan first.",
                code=plans[0].code,
            )
        )
    trail.record(wave, "wave.discarded", actor=actor)
    session.delete(wave)
    session.flush()


def queue_analysis(wave: Wave, *, actor: Any, findings: bool = True) -> jobs.Job:
    """Without `findings` the figures are computed again and nothing is raised."""
    job = jobs.queue(
        ANALYSE_JOB,
        _("Compute %(code)s", code=wave.code),
        {"wave": wave.id} if findings else {"wave": wave.id, "findings": False},
        actor=actor,
    )
    wave.job_id = job.id
    session.flush()
    return job


OUTDATED_MOST = 100


def queue_outdated(engine_version: str) -> int:
    """The daily duty: waves with figures that another version of the engine computed. Their findings stay as they are."""
    found = list(
        session.scalars(
            select(Wave)
            .where(
                exists().where(
                    SurveyFigure.wave_id == Wave.id, SurveyFigure.engine_version != engine_version
                ),
                ~exists().where(
                    jobs.Job.id == Wave.job_id,
                    jobs.Job.state.in_((jobs.JobState.queued, jobs.JobState.running)),
                ),
            )
            .order_by(Wave.id)
            .limit(OUTDATED_MOST)
        )
    )
    for wave in found:
        queue_analysis(wave, actor=None, findings=False)
    return len(found)


# --- links ---------------------------------------------------------------------------------------------------


def invite(wave: Wave, people: Sequence[tuple[str, str]], *, actor: Any) -> list[tuple[str, str, str]]:
    """Personal links for (reference, group) each; gives (reference, group, token), which nobody can ask for again.

    In an anonymous wave the group is refused: with the day it could tell who answered what.
    """
    _permit(wave, actor)
    if wave.state not in {WaveState.draft, WaveState.open}:
        raise RuleViolation(_("The wave is closed: new links would lead nowhere."))
    if not people:
        raise RuleViolation(_("Give at least one address or number."), field="list")
    known, _used = queries.count_invitations(wave.id)
    if known + len(people) > INVITATIONS_MOST:
        raise RuleViolation(_("A wave has at most %(num)s personal links.", num=f"{INVITATIONS_MOST:,}"))
    taken = set(
        session.scalars(
            select(Invitation.reference).where(Invitation.wave_id == wave.id, Invitation.reference != "")
        )
    )
    made: list[tuple[str, str, str]] = []
    for reference, grouping in people:
        if reference and reference in taken:
            raise RuleViolation(
                _("“%(reference)s” has a link in this wave already.", reference=reference[:80]), field="list"
            )
        taken.add(reference)
        made.append((reference, "" if wave.anonymous else grouping[:120], tokens.personal_token()))
    session.execute(
        insert(Invitation),
        [
            {
                "wave_id": wave.id,
                "token_hash": tokens.hashed(token),
                "reference": reference[:200],
                "grouping": grouping,
                "used": False,
            }
            for reference, grouping, token in made
        ],
    )
    trail.record(wave, "wave.invited", actor=actor, changes={"links": len(made)})
    return made


def withdraw_links(wave: Wave, *, reason: str, actor: Any) -> int:
    """Personal links not used yet lead nowhere from now on (the list went to the wrong hands)."""
    _permit(wave, actor)
    if not reason.strip():
        raise RuleViolation(_("Give the reason: it is what an auditor will ask for."), field="reason")
    unused = list(
        session.scalars(
            select(Invitation.id).where(Invitation.wave_id == wave.id, Invitation.used.is_(False))
        )
    )
    for start in range(0, len(unused), 500):
        session.execute(
            update(Invitation)
            .where(Invitation.id.in_(unused[start : start + 500]))
            .values(token_hash="withdrawn-" + Invitation.id.cast(Invitation.reference.type), used=True)
            .execution_options(synchronize_session=False)
        )
    trail.record(
        wave, "wave.links_withdrawn", actor=actor, reason=reason.strip(), changes={"links": len(unused)}
    )
    return len(unused)


def takes_files(wave: Wave) -> bool:
    return wave.state in TAKES_FILES
