"""(f) an answer saved in audits of 120 and 1,200 questions, (g) the audit's page, (h) its report with 40 photos.

Run by hand: python -m bench.audits [--rounds 5]. Each round runs the bare reference and the product in rotating order on
this machine in the same minute; reported is the median of the rounds' ratios with lowest and highest, CPU of the
server's processes per request first. A round counts only with no bad answer and the content checked.
"""

import argparse
import io
import json
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from PIL import Image
from sqlalchemy import func, insert, select

from bench import seeding
from bench.load import Outcome, drive
from bench.servers import Server, product, reference
from bench.web import line

SIZES = (120, 1_200)
REPORT_ITEMS, REPORT_PHOTOS = 200, 40


def _app(folder: Path) -> Any:
    from app import create_app

    return create_app(
        {
            "DATA_DIR": str(folder),
            "SQLALCHEMY_DATABASE_URI": f"sqlite:///{folder / 'plumbline.db'}",
            "TESTING": True,
        }
    )


def audit_of(count: int, *, photos: int = 0) -> int:
    """An audit with so many questions in parts of twenty, the bench's person leading it, open for recording."""
    from accounts import queries as accounts
    from audits import photos as pictures
    from audits.models import Audit, Item, Member, Photo
    from audits.operations.audits import plan_audit
    from bench.servers import EMAIL
    from core import clock, files
    from core.db import session

    person = accounts.with_holdings(accounts.get_person_by_email(EMAIL))
    root = accounts.find_root()
    assert root is not None
    day = clock.now().date()
    audit: Audit = plan_audit(
        root,
        starts_on=day,
        ends_on=day,
        title_en=f"Audit of {count} questions",
        criteria="All of it",
        actor=person,
    )
    session.add(Member(audit_id=audit.id, person_id=person.id, role="lead", accepted_doubts=[]))
    rows = [
        {
            "audit_id": audit.id, "position": number + 1, "section": f"ISO 10002:2018 · {number // 20 + 1}", "source": "clause",
            "section_en": "Operation of complaint handling", "section_zh": "投诉处理的运行",
            "reference": f"ISO 10002:2018 · {number // 20 + 1}.{number % 20}", "nature": "requirement",
            "question_en": f"Question {number}: how are complainants told within 24 hours that the complaint arrived?",
            "question_zh": f"问题{number}：投诉受理后24小时内如何告知投诉人？",
        }
        for number in range(count)
    ]  # fmt: skip
    session.execute(insert(Item), rows)
    audit.state = "prepared"
    session.flush()
    if photos:
        found = list(session.scalars(select(Item).where(Item.audit_id == audit.id).order_by(Item.position)))
        for number, item in enumerate(found):
            item.result, item.answered_at = ("conform", "ofi", "conform", "minor")[number % 4], clock.now()
            item.answered_by_name, item.note = (
                person.name,
                "Eight cases drawn; seven told within a day, one after two days. " * 2,
            )
            if number < photos:
                out = io.BytesIO()
                Image.effect_noise((1600, 1200), 60).convert("RGB").save(out, "JPEG", quality=80)
                out.seek(0)
                received, width, height = pictures.receive(out, f"photo-{number}.jpg")
                stored = files.store(received, actor=person)
                session.add(Photo(item_id=item.id, file_id=stored.id, width=width, height=height))
    session.commit()
    return audit.id


def seed(folder: Path) -> dict[int, tuple[int, list[int]]]:
    """Audits of each size: number of the audit and of its questions."""
    from audits.models import Item
    from core.db import db, session

    seeding.organisation(folder, 1_000)
    app = _app(folder)
    found = {}
    with app.app_context():
        for size in SIZES:
            audit = audit_of(size)
            found[size] = (
                audit,
                list(session.scalars(select(Item.id).where(Item.audit_id == audit).order_by(Item.id))),
            )
        db.session.remove()
        db.engine.dispose()
    return found


class Saver:
    """Makes requests that save an answer; every question is answered again and again with the version that it has."""

    def __init__(self, server: Server, audit: int, items: list[int]) -> None:
        self.server, self.audit, self.items = server, audit, items
        self.sent = 0

    def __call__(self, _number: int) -> bytes:
        turn, place = divmod(self.sent, len(self.items))
        self.sent += 1
        form = {
            "csrf_token": self.server.token, "result": ("conform", "minor")[turn % 2], "row_version": str(turn + 1),
            "note": f"Eight cases drawn, answer {self.sent}",
        }  # fmt: skip
        body = urlencode(form).encode()
        head = (
            f"POST /audits/{self.audit}/items/{self.items[place]} HTTP/1.1\r\nHost: localhost\r\nAccept: application/json\r\n"
            f"Cookie: {self.server.cookie}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body


def save_round(ref: Server, server: Server, savers: dict[int, Saver], order: int) -> dict[str, Outcome]:
    def run(name: str) -> Outcome:
        if name == "ref":
            raw = ref.request("/nc", form={})
            return drive(
                ref.port, lambda _n: raw, count=200, connections=1, good=lambda s, _b: s == 201, pid=ref.pid
            )
        return drive(
            server.port, savers[int(name)], count=240, connections=1, pid=server.pid,
            good=lambda status, body: status == 200 and json.loads(body)["version"] > 1,
        )  # fmt: skip

    names = ["ref", *(str(size) for size in SIZES)]
    names = names[order % 3 :] + names[: order % 3]
    found = {name: run(name) for name in names}
    for name, outcome in found.items():
        assert outcome.bad == 0, f"{name}: {outcome.bad} bad answers"
    return found


def _open(server: Server, path: str, shown: int) -> Outcome:
    raw = server.request(path)
    return drive(
        server.port, lambda _number: raw, count=80, connections=1, pid=server.pid,
        good=lambda status, body: status == 200 and body.count(b"data-item=") == shown,
    )  # fmt: skip


def page_round(server: Server, audits: dict[int, int]) -> dict[int, Outcome]:
    found = {}
    for size, audit in audits.items():
        found[size] = _open(server, f"/audits/{audit}", 20 if size > 200 else size)
        assert found[size].bad == 0, f"{size}: {found[size].bad} bad answers"
    return found


def report(folder: Path) -> tuple[float, float, int]:
    """Seconds and CPU seconds of making one report, and its bytes."""
    from audits import jobs
    from audits.models import Photo
    from core.db import db, session

    app = _app(folder)
    with app.app_context():
        audit = audit_of(REPORT_ITEMS, photos=REPORT_PHOTOS)
        assert session.scalar(select(func.count()).select_from(Photo)) == REPORT_PHOTOS
        started, cpu = time.perf_counter(), time.process_time()
        made = jobs.build(audit, "en", lambda *_: None, actor_id=None)
        took = time.perf_counter() - started, time.process_time() - cpu
        from audits.models import Report

        printed = session.get(Report, made)
        assert printed is not None
        size = printed.file.size
        db.session.remove()
        db.engine.dispose()
    return (*took, size)


def main(rounds: int) -> None:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        found = seed(folder)
        with reference(10_000, sync="full", workers=2) as ref, product(folder) as server:
            server.sign_in()
            savers = {size: Saver(server, *found[size]) for size in SIZES}
            drive(
                server.port, savers[120], count=20, connections=1, good=lambda s, _b: s == 200, pid=server.pid
            )
            saves = [save_round(ref, server, savers, number) for number in range(rounds)]
            page_round(server, {size: found[size][0] for size in SIZES})
            pages = [
                page_round(server, {size: found[size][0] for size in SIZES}) for _number in range(rounds)
            ]
        seconds, cpu, size = report(folder)
    print(f"rounds: {rounds}; server: granian, 2 processes for each; SQLite, synchronous=FULL")
    print(
        line(
            "(f) an answer with its trail entry, audit of 120: CPU against the bare create",
            [r["120"].cpu_ms / r["ref"].cpu_ms for r in saves],
        )
    )
    print(line("    the same, milliseconds", [r["120"].cpu_ms for r in saves], " ms"))
    print(line("    1,200 questions against 120, CPU", [r["1200"].cpu_ms / r["120"].cpu_ms for r in saves]))
    print(
        f"    p50/p99 at 1: {statistics.median(r['120'].percentile(0.5) for r in saves):.1f}/{statistics.median(r['120'].percentile(0.99) for r in saves):.1f} ms"
    )
    print(line("(g) page of 120 questions, CPU", [r[120].cpu_ms for r in pages], " ms"))
    print(line("    page of 1,200 questions (by part), CPU", [r[1200].cpu_ms for r in pages], " ms"))
    print(f"    page of 120: {pages[0][120].size:,} bytes")
    print(
        f"(h) report of {REPORT_ITEMS} questions with {REPORT_PHOTOS} photos: {seconds:.1f} s, {cpu:.1f} s CPU, {size / 1e6:.1f} MB"
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5)
    main(parser.parse_args().rounds)
