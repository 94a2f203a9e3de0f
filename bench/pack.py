"""(i) the register of 1,000 findings as PDF in a job, its memory, and what other pages take meanwhile.

Run by hand: python -m bench.pack [--rounds 5]. Each round asks for the findings list 50 times a second for twelve
seconds, then orders a pack by the pages and goes on asking at the same pace until the pack is ready, in rotating
language: the ratio of the two p99 is what visitors feel of the job. The server is started as `plumbline serve
--with-worker`; memory is the peak of the worker's process (VmHWM). A round counts only when no answer was bad, the pack
is there, and its file holds the last finding. The first round has the fonts cut and the libraries loaded as well.
"""

import argparse
import io
import statistics
import tempfile
import time
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode

import psutil

from bench import seeding
from bench.load import Outcome, drive
from bench.servers import Server, csrf, product

FINDINGS = 1_000
LIST = "/findings?state=*"
PACE = 0.02  # seconds from one page to the next
PATIENCE = 120  # seconds for one pack


def _drive(server: Server, count: int) -> Outcome:
    raw = server.request(LIST)
    outcome = drive(
        server.port, lambda _number: raw, count=count, connections=1, pid=server.pid, every=PACE,
        good=lambda status, body: status == 200 and body.count(b"<tr") == 51,
    )  # fmt: skip
    assert outcome.bad == 0, f"{outcome.bad} bad answers"
    return outcome


def _order(server: Server, language: str) -> str:
    """Order a pack by the page; its address."""
    from core import clock

    today = clock.now().date()
    query = {
        "framework": "iso-10002-2018",
        "unit": "1",
        "first": (today - timedelta(days=410)).isoformat(),
        "last": today.isoformat(),
        "language": language,
        "parts": "findings",
        "fresh_days": "45",
    }
    status, _headers, body = server.ask(f"/certification/packs/check?{urlencode(query)}")
    assert status == 200, status
    once = body.partition(b'name="_once" value="')[2].partition(b'"')[0].decode()
    status, headers, _body = server.ask(
        "/certification/packs", form={**query, "csrf_token": csrf(body), "_once": once}
    )
    assert status == 302, status
    return headers[b"location"].decode()


def _peak(server: Server) -> float:
    """MiB: the highest resident memory that any process of the server has had, which is the worker's."""
    top = psutil.Process(server.pid)
    peaks: list[float] = []
    for process in (top, *top.children(recursive=True)):
        lines = Path(f"/proc/{process.pid}/status").read_text().splitlines()
        peaks.extend(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM:"))
    return max(peaks)


def round_of(server: Server, language: str) -> tuple[float, float, float]:
    """Seconds of the pack, p99 of the list alone and meanwhile, both in milliseconds."""
    alone = _drive(server, 600)
    started = time.perf_counter()
    address = _order(server, language)
    latencies: list[float] = []
    while time.perf_counter() - started < PATIENCE:
        latencies.extend(_drive(server, 25).latencies)
        status, headers, body = server.ask(f"{address}/download")
        if status == 200:
            break
    else:
        raise RuntimeError("the pack was not ready in time")
    took = time.perf_counter() - started
    from pypdf import PdfReader

    assert headers.get(b"content-type", b"").startswith(b"application/pdf")
    pages = PdfReader(io.BytesIO(body)).pages
    assert len(pages) > 30, len(pages)
    text = "".join(page.extract_text() for page in pages[-3:])
    assert f"FND-2025-{FINDINGS:04d}" in text, "the last finding is missing"
    return took, alone.percentile(0.99), Outcome(latencies).percentile(0.99)


def main(rounds: int) -> None:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        seeding.organisation(folder, FINDINGS)
        with product(folder, with_worker=True) as server:
            server.sign_in()
            _drive(server, 100)
            found = [round_of(server, ("en", "zh")[number % 2]) for number in range(rounds)]
            peak = _peak(server)
    print(f"rounds: {rounds}; plumbline serve --with-worker, 2 web processes; SQLite, synchronous=FULL")
    for language, chosen in (("en", found[::2]), ("zh", found[1::2])):
        if chosen:
            seconds = [one[0] for one in chosen]
            print(
                f"(i) {FINDINGS:,} findings, {language}: {statistics.median(seconds):.1f} s "
                f"({min(seconds):.1f}–{max(seconds):.1f}) from the order to the file"
            )
    ratios = [one[2] / one[1] for one in found]
    print(f"    peak memory of the worker: {peak:.0f} MiB")
    print(
        f"    findings list meanwhile: p99 {statistics.median(one[2] for one in found):.1f} ms, alone "
        f"{statistics.median(one[1] for one in found):.1f} ms; ratio {statistics.median(ratios):.2f} "
        f"({min(ratios):.2f}–{max(ratios):.2f})"
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=4)
    main(parser.parse_args().rounds)
