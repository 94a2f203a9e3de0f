"""Surveys: the respondent's cycle (page and 20 answers stored, FULL sync), and the import of 100,000 responses.

Run by hand: python -m bench.survey [--rounds 5] [--count 1500]. Each round asks the product, as `plumbline serve` starts
it with two processes, for the form page and sends 20 answers, over 8 keep-alive connections, each with a personal link
of its own. A round counts only when every answer was acknowledged with
a redirect and every acknowledged one is in the database afterwards. The import is timed in the worker's own process.
"""

import argparse
import io
import random
import socket
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench import seeding
from bench.load import Outcome, cpu_of, read_answer
from bench.servers import Server, csrf, product

ITEMS = 20
AIM_CYCLES, AIM_IMPORT = 150.0, 10.0


def _app(folder: Path) -> Any:
    from app import create_app

    return create_app(
        {
            "DATA_DIR": str(folder),
            "SQLALCHEMY_DATABASE_URI": f"sqlite:///{folder / 'plumbline.db'}",
            "TESTING": True,
        }
    )


def survey(folder: Path, links: int) -> tuple[list[str], int]:
    """A wave of 20 questions, open, with so many personal links."""
    from accounts import queries as accounts
    from bench.servers import EMAIL
    from core.db import db, session
    from satisfaction.operations import questionnaires, waves
    from satisfaction.queries import questionnaires as queries
    from satisfaction.rules.items import read_bulk

    with _app(folder).app_context():
        person = accounts.find_person_by_email(EMAIL)
        root = accounts.find_root()
        assert person is not None
        assert root is not None
        actor = accounts.with_holdings(person)
        made = questionnaires.write_questionnaire(unit=root, owner=person, title_en="Counter", actor=actor)
        version = queries.get_newest_version(made.id)
        lines = [
            f"Q{n} | scale | How was part {n} of our service? | 第{n}部分服务如何？"
            for n in range(1, ITEMS + 1)
        ]
        questionnaires.add_bulk(version, read_bulk("\n".join(lines)), actor=actor)
        wave = waves.plan_wave(version, unit=root, name_en="Bench", actor=actor)
        tokens: list[str] = []
        while len(tokens) < links:
            size = min(5000, links - len(tokens))
            tokens += [token for _r, _g, token in waves.invite(wave, [("", "")] * size, actor=actor)]
        waves.open_wave(wave, actor=actor)
        session.commit()
        wave_id = wave.id
        db.session.remove()
        db.engine.dispose()
    return tokens, wave_id


def stored(folder: Path, wave_id: int) -> int:
    import sqlite3

    with sqlite3.connect(folder / "plumbline.db") as connection:
        found: int = connection.execute(
            "SELECT count(*) FROM response WHERE wave_id = ? AND length(codes) >= ?", (wave_id, 2 * ITEMS)
        ).fetchone()[0]
    return found


def cycle_round(server: Server, tokens: Iterator[str], count: int, connections: int) -> Outcome:
    """`count` respondents, each the page and then the answers over the same connection; latencies are of whole cycles."""
    links = [next(tokens) for _ in range(count)]
    session_cookie, token = session_of(server, links[0])
    chance = random.Random(count)
    marks = [[str(chance.randint(1, 5)) for _ in range(ITEMS)] for _ in range(200)]
    outcome = Outcome()
    lock = threading.Lock()
    numbers = iter(range(count))

    def respond() -> None:
        stream = socket.create_connection(("127.0.0.1", server.port), timeout=30)
        stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        rest = b""
        own: list[float] = []
        bad = 0
        while True:
            with lock:
                number = next(numbers, None)
            if number is None:
                break
            path = f"/s/{links[number]}"
            form = {"csrf_token": token, "r": f"bench-{number:08d}-{links[number][1:9]}"}
            form |= {f"Q{n}": mark for n, mark in enumerate(marks[number % 200], 1)}
            begun = time.perf_counter()
            stream.sendall(server.request(path, cookie=session_cookie))
            status, _headers, body, rest = read_answer(stream, rest)
            good = status == 200 and b'name="Q20"' in body
            stream.sendall(server.request(path, form=form, cookie=session_cookie))
            status, headers, _body, rest = read_answer(stream, rest)
            own.append(time.perf_counter() - begun)
            good = good and status == 302 and headers.get(b"location", b"").endswith(b"/thanks")
            bad += not good
        stream.close()
        with lock:
            outcome.latencies.extend(own)
            outcome.bad += bad

    before, begun = cpu_of(server.pid), time.perf_counter()
    threads = [threading.Thread(target=respond) for _ in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    outcome.seconds, outcome.cpu = time.perf_counter() - begun, cpu_of(server.pid) - before
    return outcome


def session_of(server: Server, token: str) -> tuple[str, str]:
    """The cookie that carries the CSRF token, whatever order the cookies come in."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as stream:
        stream.sendall(server.request(f"/s/{token}", cookie=""))
        raw = b""
        while b"\r\n\r\n" not in raw:
            raw += stream.recv(65536)
        head = raw.partition(b"\r\n\r\n")[0]
        _status, _headers, body, _rest = read_answer(stream, raw)
    cookies = [
        line.split(b":", 1)[1].strip().split(b";")[0].decode()
        for line in head.split(b"\r\n")
        if line.lower().startswith(b"set-cookie:")
    ]
    return next(each for each in cookies if each.startswith("plumbline=")), csrf(body)


def import_once(folder: Path, rows: int, columns: int) -> tuple[float, float]:
    """Seconds of the job on the clock and of processor, from a stored file to accepted and computed figures apart."""
    from accounts import queries as accounts
    from bench.servers import EMAIL
    from core import files, jobs
    from core.db import db, session
    from satisfaction.operations import importing, questionnaires, waves
    from satisfaction.queries import questionnaires as queries
    from satisfaction.rules.imports import Mapping, Use
    from satisfaction.rules.items import read_bulk

    chance = random.Random(2026)
    names = [f"Q{n}" for n in range(1, columns + 1)]
    branches = [f"Branch {n}" for n in range(25)]
    lines = [",".join([*names, "branch", "w"])]
    for _ in range(rows):
        marks = chance.choices("1234509", k=columns)
        lines.append(",".join([*marks, chance.choice(branches), f"{chance.random() + 0.5:.3f}"]))
    data = "\n".join(lines).encode()
    app = _app(folder)
    with app.app_context():
        person = accounts.find_person_by_email(EMAIL)
        root = accounts.find_root()
        assert person is not None
        assert root is not None
        actor = accounts.with_holdings(person)
        made = questionnaires.write_questionnaire(unit=root, owner=person, title_en="Import", actor=actor)
        version = queries.get_newest_version(made.id)
        items = "\n".join(f"{name} | scale | Part {name}" for name in names)
        questionnaires.add_bulk(version, read_bulk(items), actor=actor)
        wave = waves.plan_wave(version, unit=root, name_en="Import", actor=actor)
        uses = {name: Use("item", name) for name in names} | {"branch": Use("group"), "w": Use("weight")}
        received = files.receive(io.BytesIO(data), "answers.csv", limit=1 << 30)
        batch = importing.begin(received, wave=wave, actor=actor)
        importing.save_mapping(batch, Mapping(uses, blank=("0", "9")), usable=True, actor=actor)
        importing.queue_import(batch, actor=actor)
        session.commit()
        batch_id = batch.id
        session.remove()
    begun, used = time.perf_counter(), time.process_time()
    assert jobs.run_one(app)
    seconds, processor = time.perf_counter() - begun, time.process_time() - used
    begun = time.perf_counter()
    assert jobs.run_one(app)
    computed = time.perf_counter() - begun
    with app.app_context():
        from satisfaction.queries import imports

        batch = imports.get_import(batch_id)
        assert (batch.state, batch.accepted, batch.rejected) == ("accepted", rows, 0), batch.reasons
        db.session.remove()
        db.engine.dispose()
    print(f"    figures of the wave afterwards, cold: {computed:.2f} s")
    return seconds, processor


def main(rounds: int, count: int) -> None:
    warm = 60
    with tempfile.TemporaryDirectory() as first:
        folder = Path(first)
        seeding.organisation(folder, 100)
        links, wave_id = survey(folder, (count + warm) * rounds + 10)
        tokens = iter(links)
        found: list[Outcome] = []
        with product(folder) as server:
            for _ in range(rounds):
                cycle_round(server, tokens, warm, 2)
                outcome = cycle_round(server, tokens, count, 8)
                assert outcome.bad == 0, f"{outcome.bad} bad answers"
                found.append(outcome)
            kept = stored(folder, wave_id)
        assert kept == (count + warm) * rounds, f"{kept} stored of {(count + warm) * rounds} acknowledged"
        rates = [outcome.rate for outcome in found]
        print(
            f"rounds: {rounds} of {count} respondents; granian, 2 processes; SQLite, synchronous=FULL; personal links"
        )
        print(
            f"respondent's cycle (page and {ITEMS} answers), 8 connections: {statistics.median(rates):.0f} a second "
            f"({min(rates):.0f}–{max(rates):.0f}), aim {AIM_CYCLES:.0f}: {'met' if statistics.median(rates) >= AIM_CYCLES else 'NOT MET'}"
        )
        print(
            f"    CPU of the server a cycle: {statistics.median([outcome.cpu_ms for outcome in found]):.2f} ms"
        )
        print(
            f"    cycle p50/p99: {statistics.median([o.percentile(0.5) for o in found]):.1f}/{statistics.median([o.percentile(0.99) for o in found]):.1f} ms"
        )
        print(f"    stored = acknowledged: {kept:,}")
        seconds, processor = import_once(folder, 100_000, 24)
        print(
            f"import of 100,000 responses × 24 items: {seconds:.2f} s ({processor:.2f} s of processor), aim {AIM_IMPORT:.0f}: "
            f"{'met' if seconds <= AIM_IMPORT else 'NOT MET'}"
        )


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--count", type=int, default=1500)
    given = parser.parse_args()
    main(given.rounds, given.count)
