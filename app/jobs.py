"""Jobs and duties of the ground that no room owns."""

import json
from typing import Any

from core import files, trail, web
from core.db import mode, session
from core.i18n import _, _n, format_number
from core.jobs import Job, Progress, duty, handler


@handler("trail.verify")
def verify_trail(job: Job, progress: Progress) -> dict[str, Any]:
    known = json.loads(job.arguments).get("head")
    progress(0, 0, _("Reading every entry"))
    with mode("read"):  # progress is written by another connection meanwhile
        total = trail.head()[0]
        count, faults = trail.verify(
            expected_head=(int(known[0]), str(known[1])) if known else None,
            progress=lambda done: progress(done, max(done, total)),
        )
        seq, digest = trail.head()
        session.rollback()
    for fault in faults:
        progress.say(fault.sentence)
    if faults:
        lines = [_n("%(num)d fault found", "%(num)d faults found", len(faults))]
        lines += [fault.sentence for fault in faults[:20]]
    else:
        lines = [
            _("All %(number)s entries are whole and in order.", number=format_number(count)),
            _("Head to note down: %(head)s", head=f"{seq}:{digest}"),
        ]
    return {"entries": count, "faults": len(faults), "lines": lines, "tone": "bad" if faults else "good"}


@duty("core.forget_old_receipts", "%Y%m%d")
def forget_old_receipts() -> None:
    web.forget_old_receipts()


@duty("core.sweep_files", "%Y%m%d")
def sweep_files() -> None:
    files.sweep()
