from datetime import date, datetime, time
from typing import Any

from sqlalchemy import delete

from accounts.models import Person
from accounts.operations import check_password
from accounts.queries import people_with
from core import access, clock, jobs, mail, signing, trail
from core.access import Permission
from core.db import expect_version, session
from core.errors import RuleViolation
from core.events import announce
from core.i18n import _, _l, format_date
from core.tasks import answer_by
from standards.events import VersionEffective
from standards.models import Mapping, Requirement, Standard, Version
from standards.operations.requirements import copy_requirements
from standards.permissions import APPROVE, WRITE
from standards.queries import standards as queries
from standards.rules.versions import GUARD_TEXTS, Guard, VersionState, transition

TEXTS = ("purpose_en", "purpose_zh", "change_summary_en", "change_summary_zh")
WHO: dict[str, Permission] = {"write": WRITE, "approve": APPROVE}


APPROVE_TASK = _l("a version waits for your approval")
BACK_TASK = _l("your version came back with comments")
TOLD_MOST = 20


def _label(version: Version) -> str:
    return f"{version.standard.code} v{version.number}"


def _step(version: Version, verb: str, actor: Any) -> VersionState | None:
    """The state after the verb; refused when the table has no such row or the person may not."""
    row = transition(version.state, verb)
    if row is None:
        raise RuleViolation(
            _(
                "Version %(number)s is %(state)s; this is not possible any more.",
                number=version.number,
                state=VersionState(version.state).label,
            )
        )
    needed = WHO.get(row.who)
    if needed is not None:
        access.require(actor, needed, version.standard.unit.path, what=version.standard.title)
    return row.to


def draft_version(standard: Standard, *, actor: Any, reason: str = "") -> Version:
    """A new draft from the version in force (or the last one), with its requirements and clause mappings.

    `reason` says where it comes from, for example the code of a ticket.
    """
    access.require(actor, WRITE, standard.unit.path, what=standard.title)
    if standard.withdrawn_at is not None:
        raise RuleViolation(_("This standard was withdrawn."))
    if (open_one := queries.find_open_version(standard.id)) is not None:
        raise RuleViolation(
            _("Version %(number)s is on its way already; there is one at a time.", number=open_one.number)
        )
    latest = queries.find_latest_version(standard.id)
    source = queries.find_effective_version(standard.id) or latest
    made = Version(
        standard=standard,
        number=(latest.number if latest else 0) + 1,
        state=VersionState.draft,
        author_id=actor.id,
        purpose_en=source.purpose_en if source else "",
        purpose_zh=source.purpose_zh if source else "",
    )
    session.add(made)
    session.flush()
    if source is not None:
        copy_requirements(source, made)
    trail.record(
        made,
        "version.drafted",
        actor=actor,
        changes={"number": made.number, **({"from_version": source.number} if source else {})},
        reason=reason,
        code=_label(made),
    )
    return made


def change_version(version: Version, *, seen: int | None = None, actor: Any, **values: Any) -> None:
    """Texts of a draft: purpose, summary of the change, date of the next review."""
    access.require(actor, WRITE, version.standard.unit.path, what=version.standard.title)
    if version.state != VersionState.draft:
        raise RuleViolation(_("Only a draft can be edited. Draft a new version to change what is promised."))
    if unknown := set(values) - {*TEXTS, "review_date"}:
        raise TypeError(f"a version has no {', '.join(sorted(unknown))}")
    expect_version(version, seen, what=_label(version), fields=[*TEXTS, "review_date"])
    changes = trail.changed(version, values)
    if changes:
        trail.record(version, "version.changed", actor=actor, changes=changes, code=_label(version))


def submit(version: Version, *, actor: Any) -> None:
    state = _step(version, "submit", actor)
    rows = queries.list_requirements(version.id)
    if not rows:
        raise RuleViolation(GUARD_TEXTS[Guard.has_requirements])
    unfinished = [row.code for row in rows if row.kind == "timing" and not row.limit]
    if unfinished:
        raise RuleViolation(
            _("%(codes)s has no limit yet; without one it can't be measured.", codes=", ".join(unfinished))
        )
    version.state = str(state)
    version.submitted_at = clock.now()
    trail.record(version, "version.submitted", actor=actor, code=_label(version))
    session.flush()
    writers = queries.writers_of(version)
    for person in people_with(APPROVE, version.standard.unit.path, limit=TOLD_MOST):
        if person.id not in writers:
            _tell(person, version, APPROVE_TASK, actor=actor, due=answer_by(version.submitted_at))


def send_back(version: Version, *, actor: Any, comment: str) -> None:
    """Back to draft with comments; a signature given before stays in the history but stands for nothing any more."""
    state = _step(version, "send_back", actor)
    if not comment.strip():
        raise RuleViolation(_("Say what should change."), field="comment")
    _reopen(version, state)
    version.review_comment = comment.strip()
    trail.record(version, "version.sent_back", actor=actor, reason=comment.strip(), code=_label(version))
    session.flush()
    _tell(session.get(Person, version.author_id), version, BACK_TASK, actor=actor)


def _tell(person: Person | None, version: Version, task: Any, *, actor: Any, due: date | None = None) -> None:
    mail.tell(
        person,
        task,
        code=_label(version),
        title=lambda: version.standard.title,
        path=f"/standards/versions/{version.id}",
        kind="standard_task",
        actor=actor,
        due=due,
    )


def take_back(version: Version, *, actor: Any) -> None:
    """The writers take it back before anybody approved it."""
    _reopen(version, _step(version, "take_back", actor))
    trail.record(version, "version.taken_back", actor=actor, code=_label(version))
    session.flush()


def _reopen(version: Version, state: VersionState | None) -> None:
    version.state = str(state)
    version.approver_id = version.approved_at = version.effective_from = None


def content_of(version: Version) -> dict[str, Any]:
    """What a signature stands for: the whole text of the version."""
    return {
        "standard": version.standard.code,
        "version": version.number,
        **{name: getattr(version, name) for name in TEXTS},
        "review_date": version.review_date,
        "requirements": [
            {
                name: getattr(row, name)
                for name in (
                    "code",
                    "position",
                    "kind",
                    "statement_en",
                    "statement_zh",
                    "dimension",
                    "kano",
                    "verification",
                    "evidence_expected",
                    "target",
                    "from_milestone",
                    "to_milestone",
                    "limit",
                    "population",
                    "pauses",
                    "calendar_id",
                    "rule",
                )
            }
            for row in queries.list_requirements(version.id)
        ],
    }


def approve(
    version: Version,
    *,
    actor: Any,
    password: str,
    effective_on: date | None = None,
    recorded_later: bool = False,
    seen: int | None = None,
) -> signing.Signature:
    """Sign and set the day from which it is in force; without a day, or for today, it comes into force at once.

    `seen` is the row version that stood on the signer's page: what was rewritten since then is not signed unread.

    A day in the past rewrites what cases since then are judged by. It is taken only with `recorded_later`: the
    version was in force since then and is written down here afterwards.
    """
    state = _step(version, "approve", actor)
    if seen is not None and seen != version.row_version:
        raise RuleViolation(
            _("The version was changed since you opened this page. Nothing was signed; read it again first.")
        )
    if actor.id in queries.writers_of(version):
        raise RuleViolation(GUARD_TEXTS[Guard.not_author])
    now = clock.now()
    start = _start(version, effective_on, now, recorded_later=recorded_later)
    signature = signing.sign(
        version,
        content_of(version),
        meaning="approval",
        actor=actor,
        password=password,
        check=check_password,
        statement=_(
            "Approves version %(number)s of %(code)s.", number=version.number, code=version.standard.code
        ),
    )
    version.state = str(state)
    version.approver_id = actor.id
    version.approved_at = now
    version.effective_from = start
    version.review_comment = ""
    session.flush()
    trail.record(
        version, "version.approved", actor=actor, changes={"effective_from": start}, code=_label(version)
    )
    if start <= now:
        make_effective(version, actor=actor)
    return signature


def _start(version: Version, day: date | None, now: datetime, *, recorded_later: bool) -> datetime:
    zone = queries.zone_of(version.standard.unit)
    today = now.astimezone(zone).date()
    if day is None or (day == today and not recorded_later):
        return now
    start = datetime.combine(day, time.min, zone)
    if day < today and not recorded_later:
        raise RuleViolation(
            _("The day is past. Choose today or later, or say that it has been in force since then already."),
            field="effective_on",
        )
    former = queries.find_effective_version(version.standard_id)
    if former is not None and former.effective_from is not None and start <= former.effective_from:
        raise RuleViolation(
            _(
                "Version %(number)s is in force since %(day)s; the next one starts later than that.",
                number=former.number,
                day=format_date(former.effective_from),
            ),
            field="effective_on",
        )
    ended = queries.find_version_in_force_after(version.standard_id, start)
    if ended is not None:
        raise RuleViolation(
            _(
                "Version %(number)s was in force until %(day)s; the next one starts later than that.",
                number=ended.number,
                day=format_date(ended.effective_until),
            ),
            field="effective_on",
        )
    return start


def make_effective(version: Version, *, actor: Any = None) -> None:
    """Bring an approved version into force from its instant, and supersede the former one in the same step."""
    state = _step(version, "make_effective", actor)
    now = clock.now()
    if version.effective_from is None or version.effective_from > now:
        raise RuleViolation(GUARD_TEXTS[Guard.due])
    former = queries.find_effective_version(version.standard_id)
    if former is not None:
        former.state = VersionState.superseded
        former.effective_until = version.effective_from
        session.flush()  # before the new one: the database allows one effective version only
        trail.record(
            former,
            "version.superseded",
            actor=actor,
            changes={"by_version": version.number, "effective_until": former.effective_until},
            code=_label(former),
        )
    version.state = str(state)
    session.flush()
    trail.record(
        version,
        "version.effective",
        actor=actor,
        changes={"effective_from": version.effective_from},
        code=_label(version),
    )
    announce(VersionEffective(version.id, version.standard_id))


@jobs.duty("standards.effective", "%Y%m%d%H%M")
def make_due_versions_effective() -> int:
    """Each minute: approved versions whose day has come."""
    due = queries.list_due_versions(clock.now())
    for version in due:
        make_effective(version)
    return len(due)


def withdraw(version: Version, *, actor: Any, reason: str) -> None:
    """Take a version out of force from now on, or an approved one before its day; nothing is deleted."""
    state = _step(version, "withdraw", actor)
    if not reason.strip():
        raise RuleViolation(_("Say why."), field="reason")
    if version.state == VersionState.effective:
        version.effective_until = clock.now()
    else:
        version.effective_from = None
    version.state = str(state)
    trail.record(version, "version.withdrawn", actor=actor, reason=reason.strip(), code=_label(version))
    session.flush()


def delete_draft(version: Version, *, actor: Any) -> bool:
    """Delete a draft that nobody was ever asked to review. Gives True when the standard went with it."""
    _step(version, "delete", actor)
    if version.submitted_at is not None:
        raise RuleViolation(GUARD_TEXTS[Guard.never_submitted])
    standard = version.standard
    trail.record(
        version,
        "version.deleted",
        actor=actor,
        changes={"number": (version.number, None)},
        code=_label(version),
    )
    requirements = [row.id for row in queries.list_requirements(version.id)]
    session.execute(delete(Mapping).where(Mapping.requirement_id.in_(requirements)))
    session.execute(delete(Requirement).where(Requirement.version_id == version.id))
    session.expire_all()
    session.delete(version)
    session.flush()
    if queries.find_latest_version(standard.id) is not None:
        return False
    trail.record(standard, "standard.deleted", actor=actor, changes={"title": (standard.title, None)})
    session.delete(standard)
    session.flush()
    return True
