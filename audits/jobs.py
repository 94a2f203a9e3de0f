"""The printing of a report, outside of any request. Reading comes first and ends; writing is short and last."""

import io
import json
from typing import Any

from accounts.models import Person
from audits import printing
from audits.models import Audit, Report
from core import files, trail
from core import jobs as core_jobs
from core.charts.serving import cache_dir
from core.db import get_record, mode, session
from core.i18n import _, force_locale
from core.jobs import Job, Progress

KIND = "audits.print_report"
MOST_BYTES = 200_000_000


@core_jobs.handler(KIND)
def print_report(job: Job, progress: Progress) -> dict[str, Any]:
    asked = json.loads(job.arguments)
    made = build(int(asked["audit"]), str(asked["language"]), progress, actor_id=job.started_by_id)
    return {"url": f"/audits/{asked['audit']}/reports/{made}"}


def build(audit_id: int, language: str, progress: Any, *, actor_id: int | None) -> int:
    """Read, shrink the photos, set, print, keep. Gives the number of the printed report."""
    total = 4
    session.rollback()  # reading the queue took the lock that the progress needs
    progress(0, total, _("Reading the records"))
    with mode("read"), force_locale(language):
        content = printing.read(audit_id)
        session.rollback()
    progress(1, total, _("Making the photos smaller"))
    printing.shrink(content, lambda _done, _all: progress(1, total))
    progress(2, total, _("Setting the pages"))
    with force_locale(language):
        html = printing.typeset(content, language)
    progress(3, total, _("Making the PDF file"))
    with force_locale(language):
        made = printing.to_pdf(content, html, language, cache_dir())
    return _keep(audit_id, language, made, actor_id)


def _keep(audit_id: int, language: str, made: bytes, actor_id: int | None) -> int:
    audit = get_record(Audit, audit_id)
    actor = session.get(Person, actor_id) if actor_id else None
    received = files.receive(
        io.BytesIO(made), f"{audit.code}-{language}.pdf", limit=MOST_BYTES, accept={"application/pdf"}
    )
    stored = files.store(received, actor=actor)
    report = Report(
        audit_id=audit.id, language=language, state=audit.state, file_id=stored.id, made_by_id=actor_id
    )
    session.add(report)
    trail.record(audit, "audit.printed", actor=actor, changes={"language": language, "sha256": stored.sha256})
    session.commit()
    return report.id
