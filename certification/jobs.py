"""The building of a pack, outside of any request. Reading comes first and ends; then printing; writing is short and last."""

import json
from typing import Any

from flask import g
from sqlalchemy.exc import SQLAlchemyError

from accounts.models import Person
from certification import operations, reports
from certification.models import Pack
from core import jobs as core_jobs
from core.charts.serving import cache_dir
from core.db import get_record, mode, session
from core.errors import PlumblineError
from core.i18n import _, force_locale
from core.jobs import Cancelled, Job, Progress


@core_jobs.handler(operations.JOB)
def build_pack(job: Job, progress: Progress) -> dict[str, Any]:
    pack_id = int(_arguments(job)["pack"])
    build_now(pack_id, progress)
    return {"url": f"/certification/packs/{pack_id}"}


def build_now(pack_id: int, progress: Any) -> Pack:
    """Build, and note on the pack when that fails. A fault of the database leaves it open: it can be repeated."""
    try:
        return build(pack_id, progress)
    except Cancelled:
        session.rollback()
        _give_up(pack_id, _("Stopped by the person who started it."))
        raise
    except SQLAlchemyError:
        raise
    except Exception as error:
        session.rollback()
        _give_up(pack_id, str(error) if isinstance(error, PlumblineError) else _("A fault on our side."))
        raise


def _arguments(job: Job) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(job.arguments)
    return loaded


def build(pack_id: int, progress: Any) -> Pack:
    """Read, print, keep. `progress(done, total, step)` is told where it is; words are in the language of the job."""
    total = 5
    session.rollback()  # reading the queue took the lock that the progress needs
    progress(0, total, _("Reading the records"))
    with mode("read"):
        pack = get_record(Pack, pack_id)
        language = pack.language
        with force_locale(language):
            content = reports.read(pack)
        session.expunge_all()
        session.rollback()
    progress(1, total, _("Drawing the charts"))
    cache = cache_dir()
    g.organisation_zone = content.zone
    with force_locale(language):
        charts = reports.draw(content, cache, lambda: progress(1, total))
    progress(2, total, _("Setting the pages"))
    with force_locale(language):
        html = reports.typeset(content, charts)
    progress(3, total, _("Making the PDF file"))
    with force_locale(language):
        pdf = reports.to_pdf(content, html, cache)
    progress(4, total, _("Keeping the file"))
    return _keep(pack_id, pdf, content)


def _keep(pack_id: int, pdf: bytes, content: reports.Content) -> Pack:
    pack = get_record(Pack, pack_id)
    actor = session.get(Person, pack.built_by_id) if pack.built_by_id else None
    operations.finish(pack, pdf, reports.facts(content), actor=actor)
    session.commit()
    return pack


def _give_up(pack_id: int, reason: str) -> None:
    pack = session.get(Pack, pack_id)
    if pack is not None and pack.state == "building":
        actor = session.get(Person, pack.built_by_id) if pack.built_by_id else None
        operations.fail(pack, actor=actor, reason=reason)
        session.commit()
