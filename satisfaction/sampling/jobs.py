"""Work of the worker: mails of a sample, a bounded batch a transaction."""

import json
from typing import Any

from core.db import mode, session
from core.i18n import _
from core.jobs import Job, Progress, handler
from satisfaction.sampling import queries
from satisfaction.sampling.operations import mailing
from satisfaction.sampling.operations.mailing import MAIL_JOB


@handler(MAIL_JOB)
def write_mails(job: Job, progress: Progress) -> dict[str, Any]:
    """Each batch is committed with its recipients. Killed in between, repeating goes on with who is left."""
    mailing_id = int(json.loads(job.arguments)["mailing"])
    with mode("read"):
        found = queries.get_mailing(mailing_id)
        plan_id = found.plan_id
        total = queries.count_waiting(plan_id, found.number)
        session.rollback()
    done = 0
    progress(0, total, str(_("Writing mails")))
    while written := mailing.write_batch(mailing_id):
        session.commit()
        done += written
        progress(done, max(total, done), str(_("Writing mails")))
    session.commit()
    return {"url": f"/sampling/{plan_id}", "mails": done}
