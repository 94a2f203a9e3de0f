"""Work of the worker: a file of customers into the register."""

import json
from typing import Any

from core.jobs import Job, Progress, duty, handler
from satisfaction.customers import importing
from satisfaction.customers.importing import IMPORT_JOB


@handler(IMPORT_JOB)
def import_customers(job: Job, progress: Progress) -> dict[str, Any]:
    """Killed at any moment, nothing of the file is in the register, and repeating the job does all of it."""
    import_id = int(json.loads(job.arguments)["import"])
    importing.bring_in(import_id, job.started_by_id, progress)
    return {"url": f"/customers/imports/{import_id}"}


@duty("customers.forget", "%Y%m%d")
def forget_files() -> int:
    return importing.forget_abandoned()
