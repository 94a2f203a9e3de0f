"""Reminders of meetings; the printing of a pack or of minutes, outside of any request: reading comes first and ends,
writing is short and last."""

import io
import json
from typing import Any

from accounts.models import Person
from core import files, trail
from core import jobs as core_jobs
from core.charts.serving import cache_dir
from core.db import get_record, mode, session
from core.i18n import _, force_locale
from core.jobs import Job, Progress
from reviews import printing
from reviews.models import Review, ReviewPrint
from reviews.operations import steps

KIND = "reviews.print"
MOST_BYTES = 100_000_000


@core_jobs.duty("reviews.remind", "%Y%m%d%H")
def remind() -> None:
    steps.remind()


@core_jobs.handler(KIND)
def print_pack(job: Job, progress: Progress) -> dict[str, Any]:
    asked = json.loads(job.arguments)
    made = build(int(asked["review"]), str(asked["language"]), progress, actor_id=job.started_by_id)
    return {"url": f"/reviews/{asked['review']}/prints/{made}"}


def build(review_id: int, language: str, progress: Any, *, actor_id: int | None) -> int:
    """Read, draw, set, print, keep. Gives the number of the printed document."""
    total = 4
    session.rollback()  # reading the queue took the lock that the progress needs
    progress(0, total, _("Reading the records"))
    with mode("read"), force_locale(language):
        content = printing.read(review_id)
        session.rollback()
    progress(1, total, _("Drawing the charts"))
    with force_locale(language):
        charts = printing.draw(content, language, cache_dir(), lambda: progress(1, total))
    progress(2, total, _("Setting the pages"))
    with force_locale(language):
        html = printing.typeset(content, charts, language)
    progress(3, total, _("Making the PDF file"))
    with force_locale(language):
        made = printing.to_pdf(content, html, language, cache_dir())
    return _keep(review_id, language, made, actor_id)


def _keep(review_id: int, language: str, made: bytes, actor_id: int | None) -> int:
    review = get_record(Review, review_id)
    actor = session.get(Person, actor_id) if actor_id else None
    name = "minutes" if review.is_frozen else "pack"
    received = files.receive(
        io.BytesIO(made),
        f"{review.code}-{name}-{language}.pdf",
        limit=MOST_BYTES,
        accept={"application/pdf"},
    )
    stored = files.store(received, actor=actor)
    kept = ReviewPrint(
        review_id=review.id, language=language, state=review.state, file_id=stored.id, made_by_id=actor_id
    )
    session.add(kept)
    trail.record(
        review, "review.printed", actor=actor, changes={"language": language, "sha256": stored.sha256}
    )
    session.commit()
    return kept.id
