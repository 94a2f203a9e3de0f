"""The list before building: what an auditor would stumble over, while it can still be mended."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from certification.reports.content import Content
from certification.reports.rooms import why_empty
from certification.rules.clauses import Both, Readiness
from certification.rules.packs import Caution, CautionKind, Item


def cautions_of(content: Content, now: datetime) -> list[Caution]:
    """Cautions in order of weight; a kind without items is left out."""
    found = {kind: tuple(items) for kind, items in _kinds(content, now)}
    return [Caution(kind, found[kind]) for kind in CautionKind if found.get(kind)]


def _kinds(content: Content, now: datetime) -> Iterator[tuple[CautionKind, list[Item]]]:
    clauses, standards = content.clauses, content.standards
    yield (
        CautionKind.open_major,
        [
            Item(item.remark.code, item.remark.statement, ("finding", item.remark.id))
            for item in content.findings
            if item.remark.is_open_major
        ],
    )
    yield (
        CautionKind.gaps,
        [
            Item(clause.number, clause.title, ("clause", clause.id))
            for clause in clauses
            if clause.readiness is Readiness.gap
        ],
    )
    yield (
        CautionKind.unjustified,
        [
            Item(clause.number, clause.title, ("clause", clause.id))
            for clause in clauses
            if clause.unjustified
        ],
    )
    ids = {standard.code: standard.id for standard in standards}
    yield (
        CautionKind.short,
        [
            Item(f"{item.standard_code} {item.code}", item.statement, ("standard", ids[item.standard_code]))
            for item in content.promises
            if item.whole.verdict == "short"
        ],
    )
    yield (
        CautionKind.unsigned,
        [
            Item(standard.code, standard.title, ("standard", standard.id))
            for standard in standards
            if not standard.signatures
        ],
    )
    today = now.astimezone(ZoneInfo(content.zone)).date()
    yield (
        CautionKind.review_late,
        [
            Item(standard.code, standard.title, ("standard", standard.id))
            for standard in standards
            if standard.review_date is not None and standard.review_date < today
        ],
    )
    measured = {(item.standard_code, item.code) for item in content.promises}
    yield (
        CautionKind.not_measured,
        [
            Item(f"{standard.code} {requirement.code}", requirement.statement, ("standard", standard.id))
            for standard in standards
            for requirement in standard.requirements
            if requirement.kind == "timing" and (standard.code, requirement.code) not in measured
        ],
    )
    yield (
        CautionKind.empty_parts,
        [
            Item(str(part.label), Both(why, why), ("part", 0))
            for part in content.absences
            if (why := why_empty(content, part))
        ],
    )
    horizon = now - timedelta(days=content.fresh_days)
    yield (
        CautionKind.old_figures,
        [
            Item(f"{item.standard_code} {item.code}", item.statement, ("standard", ids[item.standard_code]))
            for item in content.promises
            if item.whole.as_of is not None and item.whole.as_of < horizon
        ],
    )
    yield CautionKind.untranslated, list(_untranslated(content))
    yield (
        CautionKind.check_copy,
        [Item(clause.number, clause.title, ("clause", clause.id)) for clause in clauses if clause.check],
    )


def _untranslated(content: Content) -> Iterator[Item]:
    """Texts that the pack would print in the other language, marked."""

    def missing(text: Both) -> bool:
        return text.is_missing(content.language)

    if missing(content.organisation):
        yield Item("", content.organisation, ("organisation", 0))
    for unit in content.units:
        if missing(unit):
            yield Item("", unit, ("unit", 0))
    for clause in content.clauses:
        if missing(clause.title):
            yield Item(clause.number, clause.title, ("clause", clause.id))
        for answer in clause.answers:
            if missing(answer.rationale):
                yield Item(f"{clause.number} · {answer.name}", answer.rationale, ("clause", clause.id))
    for standard in content.standards:
        for text in (standard.title, standard.service, standard.purpose, standard.changes):
            if missing(text):
                yield Item(standard.code, text, ("standard", standard.id))
        for requirement in standard.requirements:
            if missing(requirement.statement):
                yield Item(
                    f"{standard.code} {requirement.code}", requirement.statement, ("standard", standard.id)
                )
    for finding in content.findings:
        if missing(finding.remark.statement):
            yield Item(finding.remark.code, finding.remark.statement, ("finding", finding.remark.id))
