"""Long work: a row in the database is the queue, the progress and the log.

A job is queued in the same transaction as what it belongs to, so it can't be lost between the two; the worker
claims one at a time. A worker that dies leaves its job `running` with an old heartbeat: the next worker marks it
`interrupted`, and who started it may repeat it. Handlers write their results in one transaction at the end.
"""

import json
import logging
import os
import secrets
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from flask import Flask
from sqlalchemy import Integer, String, Text, select, text, update
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.orm import Mapped, mapped_column

from core import clock
from core.db import Keyed, Model, db, mode, session
from core.errors import PlumblineError, RuleViolation
from core.i18n import _, _l, force_locale

log = logging.getLogger(__name__)

HEARTBEAT = timedelta(seconds=10)
DEAD_AFTER = timedelta(seconds=40)


class JobState(StrEnum):
    queued = "queued"
    running = "running"
    done = "done"
    failed = "failed"
    cancelled = "cancelled"
    interrupted = "interrupted"

    @property
    def label(self) -> Any:
        return {
            "queued": _l("Waiting"),
            "running": _l("Running"),
            "done": _l("Done"),
            "failed": _l("Failed"),
            "cancelled": _l("Stopped"),
            "interrupted": _l("Interrupted"),
        }[self.value]


class Job(Keyed, Model):
    __tablename__ = "job"

    kind: Mapped[str] = mapped_column(String(60), nullable=False)
    title: Mapped[str] = mapped_column(String(200), nullable=False)
    arguments: Mapped[str] = mapped_column(Text, nullable=False, default="{}")
    state: Mapped[str] = mapped_column(String(20), nullable=False, default=JobState.queued, index=True)
    step: Mapped[str] = mapped_column(String(200), nullable=False, default="")
    done: Mapped[int] = mapped_column(Integer, nullable=False, default=0)
    total: Mapped[int] = mapped_column(Integer, nullable=False, default=0)
    log: Mapped[str] = mapped_column(Text, nullable=False, default="")
    result: Mapped[str] = mapped_column(Text, nullable=False, default="{}")
    message: Mapped[str] = mapped_column(Text, nullable=False, default="")
    started_by_id: Mapped[int | None] = mapped_column(Integer, index=True)
    language: Mapped[str] = mapped_column(String(5), nullable=False, default="en")
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    started_at: Mapped[datetime | None] = mapped_column()
    heartbeat_at: Mapped[datetime | None] = mapped_column()
    finished_at: Mapped[datetime | None] = mapped_column()
    cancel_asked: Mapped[bool] = mapped_column(nullable=False, default=False)
    worker: Mapped[str] = mapped_column(String(60), nullable=False, default="")
    repeats_id: Mapped[int | None] = mapped_column(Integer)

    @property
    def results(self) -> dict[str, Any]:
        loaded: dict[str, Any] = json.loads(self.result)
        return loaded

    @property
    def is_open(self) -> bool:
        return self.state in {JobState.queued, JobState.running}

    @property
    def may_repeat(self) -> bool:
        return self.state in {JobState.failed, JobState.cancelled, JobState.interrupted}

    @property
    def share(self) -> float:
        """How far, 0..1, for the progress bar."""
        return min(1.0, self.done / self.total) if self.total else 0.0


class JobSlot(Model):
    """A turn of a recurring duty that some worker has taken, so that two workers don't do it twice."""

    __tablename__ = "job_slot"

    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    slot: Mapped[str] = mapped_column(String(30), primary_key=True)


class Cancelled(Exception):
    """The person stopped the job; the handler's transaction is rolled back."""


class Progress:
    """What a handler reports while it works. Written by a connection of its own, so a rollback doesn't lose it.

    While a handler's own transaction holds the SQLite write lock nothing else can write; reports are then kept
    and written at the next chance, and the handler keeps its writing short and at the end.
    """

    def __init__(self, app: Flask, job_id: int) -> None:
        self._app, self._job_id = app, job_id
        self._last = 0.0
        self._lines: list[str] = []
        self._language = "en"

    def __call__(self, done: int, total: int, step: str | None = None) -> None:
        moment = time.monotonic()
        if moment - self._last < 0.4 and done < total and step is None:
            return
        self._last = moment
        values: dict[str, Any] = {"done": done, "total": total, "heartbeat_at": clock.now()}
        if step is not None:
            values["step"] = step[:200]
        self._write(values)

    def say(self, line: str) -> None:
        self._lines.append(f"{clock.now():%H:%M:%S} {line}")
        self._write({})

    def _write(self, values: dict[str, Any]) -> None:
        with self._app.app_context(), mode("write"), db.engine.connect() as connection:
            asked = connection.execute(select(Job.cancel_asked, Job.log).where(Job.id == self._job_id)).one()
            if self._lines:
                values["log"] = (asked.log + "\n".join(self._lines) + "\n")[-20_000:]
                self._lines = []
            if values:
                connection.execute(update(Job).where(Job.id == self._job_id).values(**values))
            connection.commit()
        if asked.cancel_asked:
            raise Cancelled


Handler = Callable[[Job, Progress], dict[str, Any] | None]


@dataclass(frozen=True)
class Duty:
    """Recurring work of a room: name, how often (a strftime form that changes when it is due), what to do."""

    name: str
    slot_form: str
    run: Callable[[], Any]


_handlers: dict[str, Handler] = {}
_duties: dict[str, Duty] = {}


def handler(kind: str) -> Callable[[Handler], Handler]:
    def register(function: Handler) -> Handler:
        _handlers[kind] = function
        return function

    return register


def duty(name: str, slot_form: str) -> Callable[[Callable[[], Any]], Callable[[], Any]]:
    """`%Y%m%d%H%M` each minute, `%Y%m%d%H` hourly, `%Y%m%d` daily."""

    def register(function: Callable[[], Any]) -> Callable[[], Any]:
        _duties[name] = Duty(name, slot_form, function)
        return function

    return register


def queue(kind: str, title: Any, arguments: dict[str, Any], *, actor: Any, repeats: Job | None = None) -> Job:
    if kind not in _handlers:
        raise KeyError(kind)
    made = Job(
        kind=kind,
        title=str(title)[:200],
        arguments=json.dumps(arguments),
        started_by_id=getattr(actor, "id", None),
        language=getattr(actor, "language", None) or "en",
        repeats_id=repeats.id if repeats else None,
    )
    session.add(made)
    session.flush()
    return made


def find(job_id: int | None) -> Job | None:
    return session.get(Job, job_id) if job_id is not None else None


def find_for(person: Any, job_id: int) -> Job | None:
    """A job is shown to who started it."""
    found = session.get(Job, job_id)
    return found if found is not None and found.started_by_id == person.id else None


def list_for(person: Any, limit: int = 50) -> list[Job]:
    return list(
        session.scalars(
            select(Job).where(Job.started_by_id == person.id).order_by(Job.id.desc()).limit(limit)
        )
    )


def ask_to_stop(job: Job) -> None:
    if not job.is_open:
        raise RuleViolation(_("This has ended already."))
    job.cancel_asked = True
    if job.state == JobState.queued:
        job.state, job.finished_at = JobState.cancelled, clock.now()


def repeat(job: Job, *, actor: Any) -> Job:
    if not job.may_repeat:
        raise RuleViolation(_("Only what failed, was stopped or was interrupted can be repeated."))
    return queue(job.kind, job.title, json.loads(job.arguments), actor=actor, repeats=job)


# --- the worker ----------------------------------------------------------------------------------------------


def bury_dead() -> int:
    """Jobs whose worker died are marked interrupted."""
    result = session.execute(
        update(Job)
        .where(Job.state == JobState.running, Job.heartbeat_at < clock.now() - DEAD_AFTER)
        .values(state=JobState.interrupted, finished_at=clock.now())
        .execution_options(synchronize_session=False)
    )
    session.commit()
    return int(getattr(result, "rowcount", 0) or 0)


def _claim(worker: str) -> Job | None:
    candidate = select(Job.id).where(Job.state == JobState.queued).order_by(Job.id).limit(1)
    if session.get_bind().dialect.name == "postgresql":
        candidate = candidate.with_for_update(skip_locked=True)
    job_id = session.scalar(candidate)
    if job_id is None:
        session.rollback()
        return None
    claimed = session.execute(
        update(Job)
        .where(Job.id == job_id, Job.state == JobState.queued)
        .values(state=JobState.running, started_at=clock.now(), heartbeat_at=clock.now(), worker=worker)
        .execution_options(synchronize_session=False)
    )
    session.commit()
    return session.get(Job, job_id) if getattr(claimed, "rowcount", 0) else None


def run_one(app: Flask, worker: str = "worker") -> bool:
    """Claim and run one job. Gives False when none waits."""
    with app.app_context():
        with mode("read"):
            waiting = session.scalar(select(Job.id).where(Job.state == JobState.queued).limit(1))
            session.rollback()
        if waiting is None:
            return False
        job = _claim(worker)
        if job is None:
            return False
        job_id, kind, language = job.id, job.kind, job.language
        session.expunge(job)
        session.rollback()  # the handler begins without a transaction, or progress could not be written
        stop = threading.Event()
        beat = threading.Thread(target=_heartbeat, args=(app, job_id, stop), daemon=True)
        beat.start()
        try:
            outcome = _attempt(app, job, kind, language)
        finally:
            stop.set()
        session.execute(
            update(Job)
            .where(Job.id == job_id)
            .values(finished_at=clock.now(), **outcome)
            .execution_options(synchronize_session=False)
        )
        session.commit()
    return True


def _attempt(app: Flask, job: Job, kind: str, language: str) -> dict[str, Any]:
    try:
        with force_locale(language):
            found = _handlers[kind](job, Progress(app, job.id)) or {}
            session.commit()
    except Cancelled:
        session.rollback()
        return {"state": JobState.cancelled}
    except PlumblineError as error:
        session.rollback()
        return {"state": JobState.failed, "message": str(error)}
    except Exception:
        session.rollback()
        number = secrets.token_hex(4)
        log.exception("job %s (%s) failed, error %s", job.id, kind, number)
        with force_locale(language):
            return {
                "state": JobState.failed,
                "message": _("Something went wrong on our side (error %(number)s).", number=number),
            }
    return {"state": JobState.done, "result": json.dumps(found)}


def _heartbeat(app: Flask, job_id: int, stop: threading.Event) -> None:
    while not stop.wait(HEARTBEAT.total_seconds()):
        with app.app_context(), suppress(SQLAlchemyError), db.engine.begin() as connection:
            connection.execute(update(Job).where(Job.id == job_id).values(heartbeat_at=clock.now()))


def run_duties() -> int:
    """Take and run each recurring duty whose turn has come. Gives how many ran."""
    ran = 0
    for item in _duties.values():
        slot = clock.now().strftime(item.slot_form)
        if session.get(JobSlot, (item.name, slot)) is not None:
            continue
        session.add(JobSlot(name=item.name, slot=slot))
        try:
            session.commit()
        except IntegrityError:
            session.rollback()
            continue
        try:
            item.run()
            session.commit()
        except Exception:
            session.rollback()
            log.exception("duty %s failed", item.name)
        ran += 1
        session.execute(
            text("DELETE FROM job_slot WHERE name = :name AND slot < :slot"),
            {"name": item.name, "slot": slot},
        )
        session.commit()
    return ran


def work(app: Flask, *, once: bool = False) -> None:
    """The worker's loop: jobs first, then mail, then duties; idle it looks twice a second.

    While mails go out one round follows the other, with a job in between if one waits."""
    from core import mail

    name = f"{os.uname().nodename[:40]}:{os.getpid()}"
    next_duties = 0.0
    while True:
        busy = False
        try:
            busy = run_one(app, name)
            if time.monotonic() >= next_duties:
                with app.app_context():
                    bury_dead()
                    more = mail.deliver_due() > 0 and bool(mail.due(1))
                    run_duties()
                next_duties = time.monotonic() + (0 if more else 15)
                busy = busy or more
        except SQLAlchemyError:
            log.exception("the worker could not reach the database; it tries again")
            time.sleep(2)
        if once and not busy:
            return
        if not busy:
            time.sleep(0.5)
