from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy.exc import IntegrityError

from accounts.models import Unit
from accounts.queries import Place, get_place
from core import access, clock, trail
from core.db import expect_version, next_code, session
from core.errors import RuleViolation
from core.events import announce
from core.figures import Figure
from core.files import Received, store
from core.i18n import _
from core.records import insert_now, update_now
from improvement.events import FindingRaised
from improvement.models import Finding, Ticket
from improvement.permissions import RAISE, TRIAGE
from improvement.queries import findings as queries
from improvement.rules.findings import NOTABLE, OPEN, FindingState, Grade, Origin, step, triage_due
from improvement.rules.tickets import OPEN as OPEN_STAGES
from standards.models import Requirement, Standard

FIGURES_MOST = 50
DISMISSAL_DAYS = 90

#: what may be put right until the triage
CORRECTABLE = ("statement_en", "statement_zh", "detail")


def raise_finding(
    *,
    origin: Origin | str,
    grade: Grade | str,
    statement_en: str = "",
    statement_zh: str = "",
    detail: str = "",
    figures: Sequence[Figure] = (),
    unit: Unit | Place,
    standard: Standard | None = None,
    requirement: Requirement | None = None,
    requirement_code: str = "",
    clause_id: int | None = None,
    origin_label: str = "",
    origin_ref: str = "",
    key: str | None = None,
    actor: Any,
    due: date | None = None,
    file: Received | None = None,
) -> Finding:
    """Record a shortfall or remark; its figures are frozen as they stand.

    `key` names the shortfall so that it is recorded once: while a finding with this key is open its figures are
    brought up to date and `seen_again_at` is set, nothing is repeated; when it was merged, only `seen_again_at` of the
    finding it was merged into is set, whose figures may be another unit's. A dismissal holds for DISMISSAL_DAYS: what
    still falls short then comes back as a new finding, as does what was closed.

    `actor` may be None for what is found by measuring.
    """
    origin, grade = Origin(origin), Grade(grade)
    if not statement_en and not statement_zh:
        raise RuleViolation(_("Say in at least one language what was found."), field="statement_en")
    if len(figures) > FIGURES_MOST:
        raise RuleViolation(_("A finding holds at most %(num)s figures.", num=FIGURES_MOST))
    words = {"statement_en": statement_en, "statement_zh": statement_zh}
    if key is not None:
        known = queries.find_by_key(key)
        if known is not None and _lapsed(known):
            known.dedup_key = None
            session.flush()
            known = None
        if known is not None:
            return _seen_again(known, figures, words, actor=actor)
    if requirement is not None:
        requirement_code = requirement.code
        standard = standard or requirement.version.standard
    values: dict[str, Any] = {
        "code": next_code("FND", year=clock.now().year),
        "origin": str(origin),
        "origin_label": origin_label[:200],
        "origin_ref": origin_ref[:200],
        "grade": str(grade),
        "statement_en": statement_en,
        "statement_zh": statement_zh,
        "detail": detail,
        "figures": [figure.to_json() for figure in figures],
        "unit_id": unit.id,
        "standard_id": standard.id if standard else None,
        "requirement_code": requirement_code,
        "requirement_id": requirement.id if requirement else None,
        "clause_id": clause_id,
        "raised_by_id": getattr(actor, "id", None),
        "raised_by_name": getattr(actor, "name", "") or "",
        "raised_at": clock.now(),
        "due": due or triage_due(grade, clock.now().date()),
        "owner_id": standard.owner_id if standard else None,
        "dedup_key": key,
        "file_id": store(file, actor=actor).id if file else None,
    }
    if key is None:
        made = insert_now(Finding, values)
    else:
        try:
            with session.begin_nested():
                made = Finding(**values)
                session.add(made)
        except IntegrityError:
            known = queries.find_by_key(key)
            if known is None:
                raise
            return _seen_again(known, figures, words, actor=actor)  # another process was quicker
    trail.record(
        made,
        "finding.raised",
        actor=actor,
        changes={"origin": str(origin), "grade": str(grade), "unit": unit.name_en or unit.name_zh},
    )
    announce(FindingRaised(made))
    return made


def raise_by_person(*, unit: Unit | Place, actor: Any, **values: Any) -> Finding:
    """The form that everybody inside has: a finding about any record."""
    access.require(actor, RAISE)
    return raise_finding(origin=Origin.person, unit=unit, actor=actor, **values)


def correct(
    finding: Finding, *, unit: Unit | Place, seen: int | None = None, actor: Any, **words: str
) -> None:
    """Put the words of a finding right before it is triaged; what was measured says what was measured."""
    expect_version(finding, seen, what=finding.code, fields=[*CORRECTABLE, "unit_id"])
    if not may_correct(finding):
        raise RuleViolation(
            _("%(code)s is triaged or was found by measuring: its words stay as they are.", code=finding.code)
        )
    if not words.get("statement_en") and not words.get("statement_zh"):
        raise RuleViolation(_("Say in at least one language what was found."), field="statement_en")
    changes = update_now(finding, {**{name: words.get(name, "") for name in CORRECTABLE}, "unit_id": unit.id})
    if "unit_id" in changes:
        changes["unit"] = (get_place(changes.pop("unit_id")[0]).name_en, unit.name_en)
    if changes:
        trail.record(finding, "finding.corrected", actor=actor, changes=changes)


def may_correct(finding: Finding) -> bool:
    return finding.state == FindingState.new and finding.origin == Origin.person


def _lapsed(finding: Finding) -> bool:
    """A dismissal is a judgement about its time; it does not silence a shortfall for good."""
    horizon = clock.now() - timedelta(days=DISMISSAL_DAYS)
    return finding.state == FindingState.dismissed and finding.updated_at < horizon


def _seen_again(finding: Finding, figures: Sequence[Figure], words: dict[str, str], *, actor: Any) -> Finding:
    """The figures as they stand now, and the sentence that was made of them."""
    merged = finding.merged_into_id is not None
    for _hop in range(20):  # a finding merged into one that was merged later
        if finding.merged_into_id is None:
            break
        finding = queries.get_finding(finding.merged_into_id)
    if finding.state not in OPEN:
        return finding
    stored = [figure.to_json() for figure in figures]
    same = [_value(item) for item in stored] == [_value(item) for item in finding.figures]
    finding.seen_again_at = clock.now()
    if figures and not same and not merged:
        changes: dict[str, Any] = {
            "figures": ([_value(item) for item in finding.figures], [_value(item) for item in stored])
        }
        changes |= {
            name: (before, said) for name, said in words.items() if (before := getattr(finding, name)) != said
        }
        finding.figures = stored
        for name, said in words.items():
            setattr(finding, name, said)
        trail.record(finding, "finding.seen_again", actor=actor, changes=changes)
    return finding


def _value(stored: dict[str, Any]) -> list[Any]:
    return [stored.get("value"), stored.get("n")]


def _permit(finding: Finding, verb: str, actor: Any) -> None:
    access.require(actor, TRIAGE, finding.unit.path, what=finding.code)
    if step(finding.state, verb) is None:
        raise RuleViolation(
            _(
                "%(code)s is in the state “%(state)s”: this is not possible any more.",
                code=finding.code,
                state=FindingState(finding.state).label,
            )
        )


def _move(finding: Finding, verb: str) -> tuple[str, str]:
    found = step(finding.state, verb)
    if found is None:
        raise RuleViolation(_("%(code)s can't take this step now.", code=finding.code))
    before, finding.state = finding.state, str(found.to)
    return before, finding.state


def accept(finding: Finding, ticket: Ticket, *, seen: int | None = None, actor: Any) -> None:
    """Take a finding into an open ticket (operations.tickets.open_ticket makes a new one)."""
    expect_version(finding, seen, what=finding.code, fields=["state"])
    _permit(finding, "accept", actor)
    if ticket.stage not in OPEN_STAGES:
        raise RuleViolation(_("%(code)s is closed: choose an open ticket.", code=ticket.code), field="ticket")
    changes = {"state": _move(finding, "accept"), "ticket": ticket.code}
    finding.ticket = ticket
    finding.owner_id = ticket.owner_id
    trail.record(finding, "finding.accepted", actor=actor, changes=changes)
    trail.record(ticket, "ticket.finding_added", actor=actor, changes={"finding": finding.code})


def dismiss(finding: Finding, *, reason: str, seen: int | None = None, actor: Any) -> None:
    expect_version(finding, seen, what=finding.code, fields=["state"])
    _permit(finding, "dismiss", actor)
    if not reason.strip():
        raise RuleViolation(_("Give the reason: it is what an auditor will ask for."), field="reason")
    finding.dismissed_reason = reason.strip()
    changes = {"state": _move(finding, "dismiss")}
    trail.record(finding, "finding.dismissed", actor=actor, reason=reason, changes=changes)


def reopen(finding: Finding, *, reason: str, seen: int | None = None, actor: Any) -> None:
    expect_version(finding, seen, what=finding.code, fields=["state"])
    _permit(finding, "reopen", actor)
    if not reason.strip():
        raise RuleViolation(_("Give the reason."), field="reason")
    changes = {"state": _move(finding, "reopen")}
    finding.due = triage_due(Grade(finding.grade), clock.now().date())
    trail.record(finding, "finding.reopened", actor=actor, reason=reason, changes=changes)


def merge(finding: Finding, into: Finding, *, seen: int | None = None, actor: Any) -> None:
    """The same matter twice: this one points to the other, which stays."""
    expect_version(finding, seen, what=finding.code, fields=["state"])
    _permit(finding, "merge", actor)
    if into.id == finding.id or into.state not in OPEN:
        raise RuleViolation(_("Choose another finding that is open."), field="into")
    access.require(actor, TRIAGE, into.unit.path, what=into.code)
    changes = {"state": _move(finding, "merge"), "into": into.code}
    finding.merged_into_id = into.id
    trail.record(finding, "finding.merged", actor=actor, changes=changes)
    trail.record(into, "finding.took_in", actor=actor, changes={"finding": finding.code})


def note(finding: Finding, *, seen: int | None = None, actor: Any) -> None:
    """A strength, idea or signal that is worth keeping but needs no ticket."""
    expect_version(finding, seen, what=finding.code, fields=["state"])
    _permit(finding, "note", actor)
    if finding.grade not in NOTABLE:
        raise RuleViolation(_("A nonconformity needs a ticket, or a reason why it is none."))
    changes = {"state": _move(finding, "note")}
    finding.dedup_key = None
    trail.record(finding, "finding.noted", actor=actor, changes=changes)


def regrade(finding: Finding, grade: Grade | str, *, seen: int | None = None, actor: Any) -> None:
    expect_version(finding, seen, what=finding.code, fields=["grade"])
    _permit(finding, "accept", actor)
    changes = trail.changed(finding, {"grade": str(Grade(grade))})
    if changes:
        trail.record(finding, "finding.regraded", actor=actor, changes=changes)


def grade_by_origin(finding: Finding, grade: Grade | str, *, actor: Any) -> None:
    """Its origin (an answer of an audit) says better what it is, as long as nobody has triaged it."""
    if finding.state != FindingState.new:
        raise RuleViolation(
            _(
                "%(code)s is in the state “%(state)s”: this is not possible any more.",
                code=finding.code,
                state=FindingState(finding.state).label,
            )
        )
    changes = trail.changed(finding, {"grade": str(Grade(grade))})
    if changes:
        changes |= trail.changed(finding, {"due": triage_due(Grade(grade), clock.now().date())})
        trail.record(finding, "finding.regraded", actor=actor, changes=changes)


def follow_ticket(ticket: Ticket, verb: str, *, actor: Any) -> None:
    """The findings of a ticket go where it goes: verify, close, return, doubt."""
    for finding in queries.list_of_ticket(ticket.id):
        if step(finding.state, verb) is None:
            continue
        changes: dict[str, Any] = {"state": _move(finding, verb), "ticket": ticket.code}
        if verb == "close":
            finding.dedup_key = None
        if verb == "return":
            finding.ticket = None
            finding.due = triage_due(Grade(finding.grade), clock.now().date())
        trail.record(finding, f"finding.{_FOLLOWED[verb]}", actor=actor, changes=changes)


_FOLLOWED = {"verify": "verified", "close": "closed", "return": "returned", "doubt": "doubted"}
