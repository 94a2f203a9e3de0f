"""Work of the worker: a file of customers into the register."""

import json
from typing import Any

from accounts.queries import get_person, with_holdings
from core.db import mode, session
from core.errors import RuleViolation
from core.i18n import _
from core.jobs import Job, Progress, handler
from satisfaction.customers import importing, queries
from satisfaction.customers.importing import IMPORT_JOB, Reading


@handler(IMPORT_JOB)
def import_customers(job: Job, progress: Progress) -> dict[str, Any]:
    """Compared in a read transaction, written as a whole in a short one; compared again there when the register changed
    meanwhile. Killed at any moment, nothing of the file is in the register, and repeating the job does all of it.
    """
    import_id = int(json.loads(job.arguments)["import"])
    url = f"/customers/imports/{import_id}"
    progress(0, 3, str(_("Comparing the file with the register")))
    with mode("read"):
        batch = queries.get_import(import_id)
        state = batch.state
        actor = with_holdings(get_person(job.started_by_id)) if job.started_by_id else None
        seen = queries.stamp()
        found = importing.look(batch, Reading.of(batch.mapping), actor=actor) if state == "mapped" else None
        session.rollback()
    if found is None:
        if state == "accepted":
            return {"url": url}
        raise RuleViolation(_("The import was changed or discarded meanwhile."))
    progress(2, 3, str(_("Writing the register")))
    batch = queries.get_import(import_id)
    actor = with_holdings(get_person(job.started_by_id)) if job.started_by_id else None
    if queries.stamp() != seen:
        found = importing.look(batch, Reading.of(batch.mapping), actor=actor)
    importing.accept(import_id, found, actor=actor)
    return {"url": url}
