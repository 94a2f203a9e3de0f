"""What auditors record on site: answers, photos, findings. Written so that several may work at once.

An answer touches its item and nothing else: no total is kept that every answer would have to rewrite, so saving costs
the same in a checklist of 120 questions and in one of 1,200.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Integer, bindparam, select
from sqlalchemy.orm import joinedload

from accounts.models import Unit
from audits.models import Audit, Item, Member, Photo
from audits.operations.checklist import label
from audits.permissions import AUDIT
from audits.queries import checklist
from audits.rules.results import GRADE_OF, NEEDS_NOTE, Result, fits
from audits.rules.states import ANSWERING, State
from core import access, clock, files, trail
from core.db import expect_version, session
from core.errors import NotFound, NotPermitted, RuleViolation
from core.files import Received
from core.i18n import _
from core.records import update_now
from improvement.models import Finding
from improvement.operations import findings as finding_operations
from improvement.rules.findings import FindingState, Origin
from standards.models import Requirement, Standard

PHOTOS_MOST = 8
ANSWER_FIELDS = ["result", "note"]


@dataclass(frozen=True)
class Desk:
    """An item as an auditor has it before them: the record, its audit, and what they are in the team."""

    item: Item
    audit: Audit
    role: str


_DESK = (
    select(Item, Audit, Member.role)
    .join(Audit, Audit.id == Item.audit_id)
    .outerjoin(
        Member,
        (Member.audit_id == Audit.id) & (Member.person_id == bindparam("me", type_=Integer)),
    )
    .where(
        Item.id == bindparam("item", type_=Integer),
        Item.audit_id == bindparam("audit", type_=Integer),
    )
    .execution_options(populate_existing=True)
)


def desk(audit_id: int, item_id: int, person: Any) -> Desk:
    """The door to an answer, in one statement."""
    row = session.execute(_DESK, {"item": item_id, "audit": audit_id, "me": person.id}).first()
    if row is None:
        raise NotFound
    return Desk(row[0], row[1], (row[2] or "") if access.may(person, AUDIT) else "")


def check_open(at: Desk) -> None:
    """Recording is open to auditors of the team while the audit is prepared."""
    if at.role not in ANSWERING:
        raise NotPermitted(at.audit.code)
    if at.audit.state != State.prepared:
        raise RuleViolation(
            _(
                "%(code)s is in the state “%(state)s”: answers are recorded while it is prepared.",
                code=at.audit.code,
                state=State(at.audit.state).label,
            )
        )


def answer(at: Desk, *, result: str, note: str, seen: int | None, actor: Any) -> bool:
    """Keep what was seen. Gives False when nothing had to be changed, so that sending twice is no clash."""
    item = at.item
    check_open(at)
    if result and (result not in set(Result) or not fits(result, item.nature)):
        raise RuleViolation(_("Choose one of the grades."), field="result")
    if item.result == result and item.note == note:
        return False
    expect_version(item, seen, what=label(at.audit, item), fields=ANSWER_FIELDS)
    if item.finding_id is not None and result != item.result:
        _follow_grade(item, result, actor=actor)
    changes = update_now(
        item,
        {
            "result": result,
            "note": note,
            "answered_at": clock.now() if result else None,
            "answered_by_id": actor.id,
            "answered_by_name": actor.name,
        },
    )
    said = {name: changes[name] for name in ANSWER_FIELDS if name in changes}
    trail.record(item, "item.answered", actor=actor, code=label(at.audit, item), changes=said)
    return True


def _follow_grade(item: Item, result: str, *, actor: Any) -> None:
    """The finding that was raised here takes the grade of the new answer, while nobody has triaged it."""
    finding = session.get(Finding, item.finding_id)
    if finding is None or finding.state in {FindingState.dismissed, FindingState.merged}:
        return
    grade = GRADE_OF.get(Result(result)) if result else None
    if grade is None:
        raise RuleViolation(
            _(
                "%(code)s was recorded here and needs a grade. A quality manager dismisses it with a reason; then the answer can be changed.",
                code=finding.code,
            ),
            field="result",
        )
    if finding.grade != grade:
        if finding.state != FindingState.new:
            raise RuleViolation(
                _(
                    "%(code)s was triaged already: its grade is changed there, not here.",
                    code=finding.code,
                ),
                field="result",
            )
        finding_operations.grade_by_origin(finding, grade, actor=actor)


# --- photos --------------------------------------------------------------------------------------------------


def add_photo(at: Desk, received: Received, *, width: int, height: int, actor: Any) -> Photo:
    check_open(at)
    known = checklist.photos_of(at.item.id)
    if len(known) >= PHOTOS_MOST:
        raise RuleViolation(_("An item holds at most %(num)s photos.", num=PHOTOS_MOST))
    twin = next((photo for photo in known if photo.file.sha256 == received.sha256), None)
    if twin is not None:  # the same picture sent twice
        return twin
    stored = files.store(received, actor=actor)
    made = Photo(item_id=at.item.id, file_id=stored.id, width=width, height=height, added_by_id=actor.id)
    session.add(made)
    session.flush()
    trail.record(
        at.item,
        "item.photo_added",
        actor=actor,
        code=label(at.audit, at.item),
        changes={"photo": stored.name, "sha256": stored.sha256},
    )
    return made


def remove_photo(at: Desk, photo_id: int, *, actor: Any) -> None:
    """The picture goes, its hash stays in the trail."""
    check_open(at)
    photo = session.scalar(
        select(Photo).where(Photo.id == photo_id, Photo.item_id == at.item.id).options(joinedload(Photo.file))
    )
    if photo is None:
        raise NotFound
    trail.record(
        at.item,
        "item.photo_removed",
        actor=actor,
        code=label(at.audit, at.item),
        changes={"photo": (photo.file.name, None), "sha256": (photo.file.sha256, None)},
    )
    session.delete(photo)
    session.flush()


# --- findings ------------------------------------------------------------------------------------------------


def raise_here(
    at: Desk, *, statement_en: str = "", statement_zh: str = "", unit: Unit | None = None, actor: Any
) -> Finding:
    """Record what falls short as a finding. The answer decides its grade; standard, clause and unit go with it."""
    item = at.item
    check_open(at)
    if not item.result or Result(item.result) not in GRADE_OF:
        raise RuleViolation(_("Give the item a grade first; the finding takes it over."))
    if item.finding_id is not None:
        raise RuleViolation(_("The finding of this item is recorded already."))
    if Result(item.result) in NEEDS_NOTE and not item.note:
        raise RuleViolation(_("Note what you saw first: it is the evidence of the finding."))
    photos = checklist.photos_of(item.id)
    requirement = session.get(Requirement, item.requirement_id) if item.requirement_id else None
    made = finding_operations.raise_finding(
        origin=Origin.audit,
        grade=GRADE_OF[Result(item.result)],
        statement_en=statement_en,
        statement_zh=statement_zh,
        detail="\n\n".join(part for part in (item.reference, item.question, item.note) if part),
        unit=unit or item.unit or at.audit.unit,
        standard=session.get(Standard, item.standard_id) if item.standard_id else None,
        requirement=requirement,
        requirement_code=item.requirement_code,
        clause_id=item.clause_id,
        origin_label=f"{at.audit.code} · {item.reference}" if item.reference else at.audit.code,
        origin_ref=f"audit:{at.audit.id}:{item.id}",
        key=f"audit:{at.audit.id}:{item.id}",
        file=_received(photos[0]) if photos else None,
        actor=actor,
    )
    item.finding_id = made.id
    trail.record(
        item,
        "item.raised",
        actor=actor,
        code=label(at.audit, item),
        changes={"finding": made.code, "grade": made.grade},
    )
    session.flush()
    return made


def _received(photo: Photo) -> Received:
    """The first photo goes with the finding: the same bytes, another row."""
    stored = photo.file
    return Received(files.path_of(stored.sha256), stored.sha256, stored.size, stored.media_type, stored.name)
