"""The report on paper: read, set, printed. Called by the job; whoever signs reads the same on the page."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from flask import g, render_template
from markupsafe import Markup

from accounts import queries as accounts
from audits import photos
from audits.models import Audit, Item, Member, Photo
from audits.operations.steps import signed_content
from audits.queries import audits as queries
from audits.queries import checklist
from audits.queries.audits import AuditScope
from audits.queries.checklist import FollowUp, Section, Tally
from audits.rules.results import LABELS, ORDER, TONE, Result, label_of
from audits.rules.states import SETTLED_LABELS, Kind, State, TeamRole
from audits.words import days_between, section_title
from core import clock, files, signing
from core.charts.theme import LIGHT
from core.db import session
from core.documents import pdf
from core.i18n import _, _l, format_date, format_datetime
from core.tables import escaped
from improvement.rules.findings import GRADE_LABELS, Grade

PHOTOS_MOST = 400
MEANINGS = {"report": _l("Report"), "acceptance": _l("Acceptance by the unit")}


@dataclass
class Content:
    """Everything that is printed, loaded; the photos are read when their turn comes."""

    audit: Audit
    organisation: str
    zone: str
    members: list[Member]
    scope: AuditScope
    tally: Tally
    items: list[Item]
    follow_ups: list[FollowUp]
    signatures: list[tuple[str, str, str]]
    photos: dict[int, list[Photo]]
    at: datetime
    sections: dict[str, list[Item]] = field(default_factory=dict)
    pictures: dict[int, str] = field(default_factory=dict)

    @property
    def lead(self) -> str:
        found = queries.lead_of(self.members)
        return found.person.name if found else ""


def read(audit_id: int) -> Content:
    audit = queries.get_audit(audit_id)
    organisation = accounts.organisation()
    zone = organisation.time_zone if organisation else "UTC"
    g.organisation_zone = zone
    pictures = checklist.photos_by_item(audit_id, limit=PHOTOS_MOST)
    content = Content(
        audit=audit,
        organisation=organisation.name if organisation else "",
        zone=zone,
        members=queries.members_of(audit_id),
        scope=queries.scope_of(audit_id),
        tally=checklist.tally_of(audit_id),
        items=checklist.list_items(audit_id),
        follow_ups=checklist.follow_ups(audit_id),
        signatures=_signatures(audit),
        photos=pictures,
        at=clock.now(),
    )
    for item in content.items:
        content.sections.setdefault(item.section, []).append(item)
    session.expunge_all()
    return content


def _signatures(audit: Audit) -> list[tuple[str, str, str]]:
    """Name, meaning, and moment with whether the content is still the one that was signed."""
    found = signing.signatures_of(audit)
    content = signed_content(audit) if found else {}
    return [
        (
            item.signer_name,
            str(MEANINGS.get(item.meaning, item.meaning)),
            f"{format_datetime(item.at)} · "
            + (_("unchanged since") if signing.is_valid(item, content) else _("changed since")),
        )
        for item in found
    ]


def shrink(content: Content, each: Callable[[int, int], None]) -> None:
    """The photos, as small as the page shows them, each with its address for the print."""
    every = [photo for found in content.photos.values() for photo in found]
    for number, photo in enumerate(every):
        path = files.path_of(photo.file.sha256)
        if path.is_file():
            content.pictures[photo.id] = pdf.data_uri(photos.for_print(path.read_bytes()), "image/jpeg")
        each(number + 1, len(every))


def typeset(content: Content, language: str) -> str:
    return render_template(
        "audits/print/report.html",
        c=content,
        audit=content.audit,
        title=_("Audit report"),
        subtitle=content.audit.title,
        organisation=content.organisation,
        html_lang="zh-CN" if language == "zh" else "en",
        note=f"{content.audit.code} · {State(content.audit.state).label}",
        facts=_facts(content),
        made=_made(content),
        contents=_contents(content),
        bar=bar,
        rows=rows,
        mark=mark,
        section_title=section_title,
        numbers=numbers,
        used=[result for result in ORDER if content.tally.counts.get(result.value)],
        labels=LABELS,
        settled_labels=SETTLED_LABELS,
        team_role=lambda role: TeamRole(role).label,
        kind=Kind(content.audit.kind).label,
        grade_label=lambda grade: GRADE_LABELS[Grade(grade)],
        grade_tone={"major": "bad", "minor": "edge", "ofi": "info", "strength": "good", "signal": "few"},
    )


def _facts(content: Content) -> list[tuple[str, str]]:
    audit = content.audit
    days = days_between(audit.starts_on, audit.ends_on)
    against = [item.designation or item.code for item in content.scope.frameworks]
    against += [item.code for item in content.scope.standards]
    facts = [
        (_("Number"), audit.code),
        (_("Kind"), str(Kind(audit.kind).label)),
        (_("Unit"), audit.unit.name),
        (_("Dates"), days),
        (_("Lead auditor"), content.lead or "—"),
        (_("Audited against"), ", ".join(against) or audit.criteria or "—"),
        (_("State"), str(State(audit.state).label)),
        (_("Date"), format_date(content.at, "text")),
    ]
    return [(word, text) for word, text in facts if text]


def _made(content: Content) -> str:
    if content.audit.reported_at is None:
        return _("Draft: the lead auditor has not signed this report yet.")
    return _("An audit looks at samples. What is not named here may still fall short.")


def _contents(content: Content) -> list[tuple[str, str, int]]:
    found = [
        ("summary", _("Summary"), 1),
        ("scope", _("Scope and criteria"), 1),
        ("team", _("Audit team"), 1),
        ("findings", _("Findings"), 1),
        ("checklist", _("Checklist"), 1),
    ]
    for number, section in enumerate(content.tally.sections):
        name, title = section_title(section)
        found.append((f"s{number}", f"{name}  {title}".strip(), 2))
    if content.signatures:
        found.append(("signatures", _("Signatures"), 1))
    return found


def numbers(section: Section | None, tally: Tally) -> dict[str, int]:
    return dict(tally.counts if section is None else section.counts or {})


def bar(counts: dict[str, int], total: int) -> Markup:
    """One line of the chart: how the questions were answered, gravest first, in shares of the section."""
    x, parts = 0.0, ['<rect x="0" y="0" width="200" height="10" fill="#edf1f0"/>']
    for result in ORDER:
        number = counts.get(result.value, 0)
        if not number or not total:
            continue
        width = 200 * number / total
        pale = (
            ' fill-opacity="0.4"'
            if result.value in {"na", "not_sampled", "ofi", "partly", "strength"}
            else ""
        )
        parts.append(
            f'<rect x="{x:.2f}" y="0" width="{max(0.5, width - 0.8):.2f}" height="10" fill="{LIGHT[TONE[result]]}"{pale}/>'
        )
        x += width
    return Markup(f'<svg viewBox="0 0 200 10" width="200" height="10">{"".join(parts)}</svg>')  # noqa: S704 - numbers and constants


#: characters of the type that is printed in anyway; a drawing beside each of hundreds of answers takes as long as the rest of its line
_MARKS = {
    "conform": "✓",
    "strength": "☆",
    "ofi": "↑",
    "partly": "↑",
    "minor": "△",
    "not_met": "△",
    "major": "◆",
    "na": "–",
    "not_sampled": "◌",
}


def mark(result: str, nature: str) -> Markup:
    """Mark and word of an answer."""
    if not result:
        return Markup('<span class="state few">{}</span>').format(_("Not answered"))
    return Markup('<span class="state {}">{} {}</span>').format(
        TONE[Result(result)], _MARKS[result], label_of(Result(result), nature)
    )


def rows(content: Content, items: Sequence[Item]) -> Markup:
    """The lines of a section's table; photos stand below their line. Plain string work: a report has hundreds."""
    finding_code = {item.item_id: item.finding_code for item in content.follow_ups}
    made = []
    for item in items:
        reference = escaped(item.reference.rpartition("· ")[2])  # the part names the framework
        who = escaped(item.answered_by_name)
        code = finding_code.get(item.id, "")
        made.append(
            f'<tr><td class="num">{item.position}</td><td class="ref">{reference}</td><td>{escaped(item.question)}</td>'
            f"<td>{mark(item.result, item.nature)}{f'<br><b class=code>{code}</b>' if code else ''}</td>"
            f"<td>{_lines(item.note)}{f'<div class=code>{who}</div>' if who and item.note else ''}</td></tr>"
        )
        pictures = [
            (number, content.pictures[photo.id])
            for number, photo in enumerate(content.photos.get(item.id, []), 1)
            if photo.id in content.pictures
        ]
        if pictures:
            shown = "".join(
                f'<figure><img src="{address}" alt="{escaped(_("Photo %(number)s of item %(item)s", number=number, item=item.position))}">'
                f"<p class=foot>{item.position}.{number}</p></figure>"
                for number, address in pictures
            )
            made.append(f'<tr class="pics"><td colspan="5"><div class="pics">{shown}</div></td></tr>')
    return Markup("".join(made))  # noqa: S704 - every part from outside is escaped


def _lines(text: str) -> str:
    return "<br>".join(escaped(line) for line in text.splitlines())


def to_pdf(content: Content, html: str, language: str, cache: Path) -> bytes:
    audit = content.audit
    return pdf.render_pdf(
        html,
        title=f"{audit.code} {audit.title}",
        language=language,
        cache_dir=cache,
        author=content.organisation,
        subject=_("Audit report"),
        created=content.at,
    )
