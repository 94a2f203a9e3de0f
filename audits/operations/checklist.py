"""Checklists: generated from the scope, changed by hand while nothing is answered."""

from collections.abc import Callable, Iterator
from typing import Any

from audits.models import Audit, Item
from audits.operations.steps import permit
from audits.queries import audits as queries
from audits.queries import checklist as queries_of_items
from audits.queries import sources
from audits.queries.audits import AuditScope
from audits.rules.results import Nature, Source, nature_of
from core import trail
from core.db import expect_version, session
from core.errors import RuleViolation
from core.i18n import _, _l, force_locale
from standards.models import Clause
from standards.rules.sentences import plain

ITEMS_MOST = 2000
EARLIER = "earlier"
QUESTION_FIELDS = ["question_en", "question_zh"]


def generate(
    audit: Audit, *, clauses: bool = True, requirements: bool = True, earlier: bool = True, actor: Any
) -> int:
    """Questions from the scope. What the checklist asks already is left alone, so it can be done again after the
    scope grew. Gives how many were added."""
    permit(audit, "write_checklist", actor)
    scope = queries.scope_of(audit.id)
    known = sources.known_sources(audit.id)
    position = sources.last_position(audit.id)
    made = 0
    makers: list[Callable[[Audit, AuditScope], Iterator[dict[str, Any]]]] = []
    if earlier:
        makers.append(_from_findings)
    if clauses:
        makers.append(_from_clauses)
    if requirements:
        makers.append(_from_requirements)
    for maker in makers:
        for values in maker(audit, scope):
            record = (
                values["source"],
                values.get("clause_id") or values.get("requirement_id") or values.get("earlier_id") or 0,
                values["question_en"] or values["question_zh"],
            )
            if record in known:
                continue
            known.add(record)
            made += 1
            if position + made > ITEMS_MOST:
                raise RuleViolation(
                    _("A checklist holds at most %(num)s questions; narrow the scope.", num=ITEMS_MOST)
                )
            session.add(Item(audit_id=audit.id, position=position + made, **values))
    if made:
        trail.record(audit, "audit.generated", actor=actor, changes={"items": made})
    session.flush()
    return made


def _both(source: Any, **values: tuple[str, str]) -> tuple[str, str]:
    """A sentence of ours in both languages; each value is given in both."""
    said = []
    for place, code in enumerate(("en", "zh")):
        with force_locale(code):
            said.append(str(source) % {name: pair[place] or pair[1 - place] for name, pair in values.items()})
    return said[0], said[1]


def _from_clauses(audit: Audit, scope: AuditScope) -> Iterator[dict[str, Any]]:
    chosen = [clause for clause in scope.clauses if clause.assessable]
    ids = [clause.id for clause in chosen]
    adopted = sources.guidance_adopted(audit.unit, ids)
    left_out = sources.not_applicable(audit.unit, ids)
    titles = {
        (clause.framework_id, clause.number): clause
        for clause in sources.clauses_of_frameworks(sorted({item.framework_id for item in chosen}))
        if clause.level == 1
    }
    for clause in chosen:
        if clause.id in left_out:
            continue
        framework = clause.framework
        top = clause.number.split(".")[0]
        head = titles.get((clause.framework_id, top))
        name = framework.designation or framework.code
        values = {
            "source": str(Source.clause),
            "clause_id": clause.id,
            "section": f"{name} · {top}",
            "section_en": (head.title_en or head.title_zh) if head else "",
            "section_zh": (head.title_zh or head.title_en) if head else "",
            "reference": f"{name} · {clause.number}",
            "nature": str(nature_of(guidance=framework.is_guidance, adopted=clause.id in adopted)),
            "look_at": [{"en": line.get("en", ""), "zh": line.get("zh", "")} for line in clause.evidence][:8],
        }
        for line in clause.questions or _plain_question(clause):
            yield {**values, "question_en": line.get("en", ""), "question_zh": line.get("zh", "")}


def _plain_question(clause: Clause) -> list[dict[str, str]]:
    en, zh = _both(_l("How is this done: %(title)s?"), title=(clause.title_en, clause.title_zh))
    return [{"en": en, "zh": zh}]


def _from_requirements(_audit: Audit, scope: AuditScope) -> Iterator[dict[str, Any]]:
    for standard, requirement in sources.requirements_in_force([item.id for item in scope.standards]):
        en, zh = _both(
            _l("Is this promise kept? %(promise)s"),
            promise=(plain(requirement.statement_en), plain(requirement.statement_zh)),
        )
        looks = [text for text in (requirement.verification, requirement.evidence_expected) if text]
        yield {
            "source": str(Source.requirement),
            "standard_id": standard.id,
            "requirement_id": requirement.id,
            "requirement_code": requirement.code,
            "section": standard.code,
            "section_en": standard.title_en or standard.title_zh,
            "section_zh": standard.title_zh or standard.title_en,
            "reference": f"{standard.code} {requirement.code}",
            "nature": str(Nature.requirement),
            "question_en": en,
            "question_zh": zh,
            "look_at": [{"en": text, "zh": text} for text in looks],
        }


def _from_findings(audit: Audit, scope: AuditScope) -> Iterator[dict[str, Any]]:
    for finding in sources.earlier_findings(scope):
        if finding.origin_ref.startswith(f"audit:{audit.id}:"):
            continue
        en, zh = _both(
            _l("Is the remedy of %(code)s in place, and does it hold? %(statement)s"),
            code=(finding.code, finding.code),
            statement=(finding.statement_en, finding.statement_zh),
        )
        yield {
            "source": str(Source.finding),
            "earlier_id": finding.id,
            "clause_id": finding.clause_id,
            "standard_id": finding.standard_id,
            "requirement_code": finding.requirement_code,
            "unit_id": finding.unit_id,
            "section": EARLIER,
            "reference": finding.code,
            "nature": str(Nature.requirement),
            "question_en": en,
            "question_zh": zh,
            "look_at": [{"en": finding.ticket.code, "zh": finding.ticket.code}] if finding.ticket else [],
        }


def add_item(
    audit: Audit,
    *,
    question_en: str = "",
    question_zh: str = "",
    nature: Nature | str = Nature.requirement,
    look_at: list[dict[str, str]] | None = None,
    reference: str = "",
    clause: Clause | None = None,
    actor: Any,
) -> Item:
    """A question of one's own, at the end; with a clause it stands for that clause."""
    permit(audit, "write_checklist", actor)
    _asks(question_en, question_zh)
    position = sources.last_position(audit.id) + 1
    if position > ITEMS_MOST:
        raise RuleViolation(
            _("A checklist holds at most %(num)s questions; narrow the scope.", num=ITEMS_MOST)
        )
    if clause is not None:
        adopted = sources.guidance_adopted(audit.unit, [clause.id])
        nature = nature_of(guidance=clause.framework.is_guidance, adopted=clause.id in adopted)
        reference = f"{clause.framework.designation or clause.framework.code} · {clause.number}"
    made = Item(
        audit_id=audit.id,
        position=position,
        source=str(Source.own),
        clause_id=clause.id if clause else None,
        reference=reference,
        nature=str(Nature(nature)),
        question_en=question_en,
        question_zh=question_zh,
        look_at=look_at or [],
    )
    session.add(made)
    session.flush()
    trail.record(
        made,
        "item.added",
        actor=actor,
        code=label(audit, made),
        changes={"question_en": question_en, "question_zh": question_zh},
    )
    return made


def change_item(
    audit: Audit,
    item: Item,
    *,
    question_en: str,
    question_zh: str,
    look_at: list[dict[str, str]],
    seen: int | None = None,
    actor: Any,
) -> None:
    expect_version(item, seen, what=label(audit, item), fields=QUESTION_FIELDS)
    permit(audit, "write_checklist", actor)
    _asks(question_en, question_zh)
    _unanswered(item)
    changes = trail.changed(
        item, {"question_en": question_en, "question_zh": question_zh, "look_at": look_at}
    )
    changes.pop("look_at", None)
    trail.record(item, "item.changed", actor=actor, code=label(audit, item), changes=changes)


def move_item(audit: Audit, item: Item, *, up: bool, actor: Any) -> bool:
    """Change places with the question before or after it in its section. Gives False at the end of the section."""
    permit(audit, "write_checklist", actor)
    other = queries_of_items.find_neighbour(item, up=up)
    if other is None:
        return False
    before = item.position
    item.position, other.position = other.position, item.position
    trail.record(
        item,
        "item.moved",
        actor=actor,
        code=label(audit, item),
        changes={"position": (before, item.position)},
    )
    session.flush()
    return True


def remove_item(audit: Audit, item: Item, *, actor: Any) -> None:
    permit(audit, "write_checklist", actor)
    _unanswered(item)
    trail.record(
        audit,
        "item.removed",
        actor=actor,
        changes={"question_en": (item.question_en, None), "question_zh": (item.question_zh, None)},
    )
    session.delete(item)
    session.flush()


def _unanswered(item: Item) -> None:
    if item.result or item.finding_id:
        raise RuleViolation(_("This question has its answer already; it stays as it was asked."))


def _asks(question_en: str, question_zh: str) -> None:
    if not question_en and not question_zh:
        raise RuleViolation(_("Write the question in at least one language."), field="question_en")


def label(audit: Audit, item: Item) -> str:
    return f"{audit.code} · {item.position}"
