from datetime import date
from typing import Any, NoReturn

from accounts.models import Person
from core import access, clock, trail
from core.db import expect_version, next_code, session
from core.errors import NotPermitted, RuleViolation
from core.files import Received, store
from core.i18n import _
from training.models import Competence, CompetenceProof
from training.permissions import ASSIGN, WRITE
from training.queries import assignments as queries
from training.rules import months_later
from training.rules.days import MONTHS_MOST

FIELDS = ["name_en", "name_zh", "detail_en", "detail_zh", "valid_months", "active"]


def _check(name_en: str, name_zh: str, valid_months: int) -> None:
    if not name_en and not name_zh:
        raise RuleViolation(_("Give a name in at least one language."), field="name_en")
    if not 0 <= valid_months <= MONTHS_MOST:
        raise RuleViolation(
            _("Give 0 to %(most)d months; 0 means for good.", most=MONTHS_MOST), field="valid_months"
        )


def add_competence(
    *,
    name_en: str = "",
    name_zh: str = "",
    detail_en: str = "",
    detail_zh: str = "",
    valid_months: int = 0,
    actor: Any,
) -> Competence:
    """Competences belong to the whole organisation."""
    access.require(actor, WRITE, what=_("name a competence"))
    _check(name_en, name_zh, valid_months)
    made = Competence(
        code=next_code("CPT"),
        name_en=name_en,
        name_zh=name_zh,
        detail_en=detail_en,
        detail_zh=detail_zh,
        valid_months=valid_months,
    )
    session.add(made)
    session.flush()
    trail.record(made, "competence.named", actor=actor, changes={"name": made.name})
    return made


def refuse(competence: Competence) -> NoReturn:
    raise NotPermitted(competence.name, who=["quality_manager"])


def change_competence(
    competence: Competence,
    *,
    name_en: str,
    name_zh: str,
    detail_en: str,
    detail_zh: str,
    valid_months: int,
    active: bool = True,
    seen: int | None,
    actor: Any,
) -> None:
    """It is the organisation's as a whole, so this is for who writes courses for all of it."""
    expect_version(competence, seen, what=competence.code, fields=FIELDS)
    if not access.may_everywhere(actor, WRITE):
        refuse(competence)
    _check(name_en, name_zh, valid_months)
    changes = trail.changed(
        competence,
        {
            "name_en": name_en,
            "name_zh": name_zh,
            "detail_en": detail_en,
            "detail_zh": detail_zh,
            "valid_months": valid_months,
            "active": active,
        },
    )
    if changes:
        trail.record(competence, "competence.changed", actor=actor, changes=changes)


def prove(
    competence: Competence,
    person: Person,
    *,
    from_date: date,
    until_date: date | None = None,
    note: str = "",
    file: Received | None = None,
    source: str = "document",
    actor: Any,
) -> CompetenceProof:
    """That a person has a competence, shown by a document. Without an end day the competence's own validity counts.

    Without an actor (an import on the command line) no permission is asked.
    """
    if actor is not None:
        access.require(actor, ASSIGN, person.unit.path, what=person.name)
        if actor.id == person.id:
            raise RuleViolation(_("Somebody else confirms your own competence."), field="person_id")
    if from_date > queries.today():
        raise RuleViolation(_("The day can't lie in the future."), field="from_date")
    until = until_date or months_later(from_date, competence.valid_months)
    if until is not None and until < from_date:
        raise RuleViolation(_("The last day lies before the first."), field="until_date")
    if not note.strip() and file is None:
        raise RuleViolation(_("Name the document that shows it, or attach it."), field="note")
    made = CompetenceProof(
        person=person,
        competence=competence,
        from_date=from_date,
        until_date=until,
        note=note.strip(),
        source=source,
        added_by_name=getattr(actor, "name", "") or "",
    )
    if file is not None:
        made.file = store(file, actor=actor)
    session.add(made)
    session.flush()
    trail.record(
        competence,
        "competence.proved",
        actor=actor,
        changes={
            "person": person.name,
            "until": until,
            **({"file": f"{file.name} ({file.sha256[:12]})"} if file else {}),
        },
    )
    return made


def withdraw_proof(proof: CompetenceProof, *, reason: str, actor: Any) -> None:
    """It does not count any more; it stays in sight with the reason."""
    access.require(actor, ASSIGN, proof.person.unit.path, what=proof.person.name)
    if proof.withdrawn_at is not None:
        raise RuleViolation(_("This was withdrawn already."))
    if not reason.strip():
        raise RuleViolation(_("Give the reason."), field="reason")
    proof.withdrawn_at, proof.withdrawn_reason = clock.now(), reason.strip()
    trail.record(
        proof.competence,
        "competence.withdrawn",
        actor=actor,
        reason=reason.strip(),
        changes={"person": (proof.person.name, None)},
    )
