"""(a) the findings list, (b) creating and updating a finding, (d) memory, start and first visit.

Run by hand: python -m bench.web [--rounds 5]. Each round runs the bare reference and the product in rotating order on
this machine in the same minute; reported is the median of the rounds' ratios with lowest and highest, CPU of the
server's processes per request first. A round counts only with no bad answer and the content checked.
"""

import argparse
import gzip
import itertools
import re
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

from bench import seeding
from bench.load import Outcome, drive, memory_of
from bench.servers import Server, csrf, product, reference

LIST = "/findings?state=*"


def rows_in(body: bytes) -> int:
    return body.count(b"<tr")


def list_round(ref: Server, small: Server, large: Server, order: int) -> dict[str, dict[str, Outcome]]:
    """CPU with one connection, then requests a second with four."""

    def ask(server: Server, path: str, count: int, connections: int) -> Outcome:
        raw = server.request(path)
        return drive(
            server.port, lambda _number: raw, count=count, connections=connections,
            good=lambda status, body: status == 200 and rows_in(body) == 51, pid=server.pid,
        )  # fmt: skip

    work: dict[str, tuple[Server, str]] = {
        "reference": (ref, "/nc"),
        "small": (small, LIST),
        "large": (large, LIST),
    }
    names = list(work)
    names = names[order % 3 :] + names[: order % 3]
    found: dict[str, dict[str, Outcome]] = {}
    for name in names:
        server, path = work[name]
        ask(server, path, 40, 2)
        found[name] = {"one": ask(server, path, 300, 1), "four": ask(server, path, 600, 4)}
        for outcome in found[name].values():
            assert outcome.bad == 0, f"{name}: {outcome.bad} bad answers"
    return found


def write_round(
    ref: Server, server: Server, unit: str, numbers: "itertools.count[int]"
) -> dict[str, Outcome]:
    def ref_request(_number: int) -> bytes:
        return ref.request("/nc", form={})

    def create(number: int) -> bytes:
        form = {
            "csrf_token": server.token, "_once": f"bench-{next(numbers)}-{number}", "statement_en": f"Seen at the counter, {number}",
            "grade": "minor", "unit_id": unit, "detail": "A queue of nine, one window open.",
        }  # fmt: skip
        return server.request("/findings/new", form=form)

    def run(
        target: Server, make: Callable[[int], bytes], count: int, connections: int, statuses: set[int]
    ) -> Outcome:
        outcome = drive(
            target.port,
            make,
            count=count,
            connections=connections,
            good=lambda status, _body: status in statuses,
            pid=target.pid,
        )
        assert outcome.bad == 0, f"{outcome.bad} bad answers"
        return outcome

    def update(_number: int) -> bytes:
        finding = next(turn)
        version = versions[finding] = versions[finding] + 1
        form = {
            "csrf_token": server.token, "row_version": str(version - 1), "statement_en": f"Seen at the counter, seen {version} times",
            "unit_id": unit, "detail": "A queue of nine, one window open.",
        }  # fmt: skip
        return server.request(f"/findings/{finding}/edit", form=form)

    run(ref, ref_request, 20, 1, {201})
    run(server, create, 60, 1, {302})
    turn = itertools.cycle(recorded(server))
    versions: dict[int, int] = defaultdict(lambda: 1)
    run(server, update, 20, 1, {302})
    return {
        "ref one": run(ref, ref_request, 1500, 1, {201}),
        "create one": run(server, create, 1000, 1, {302}),
        "update one": run(server, update, 1000, 1, {302}),
        "ref eight": run(ref, ref_request, 300, 8, {201}),
        "create eight": run(server, create, 300, 8, {302}),
        "update eight": run(server, update, 300, 8, {302}),
    }


def recorded(server: Server) -> list[int]:
    """The fifty findings that were recorded last."""
    _status, _headers, body = server.ask("/findings?origin=person&sort=-statement")
    found = sorted({int(number) for number in re.findall(rb'href="/findings/(\d+)"', body)})
    assert len(found) == 50
    return found


def first_visit(server: Server) -> int:
    """Compressed bytes of the overview and everything it loads."""
    _status, _headers, body = server.ask("/")
    total = len(gzip.compress(body))
    found = set(re.findall(rb'(?:href|src)="(/assets/[^"]+\.(?:css|js|svg))"', body))
    for address in sorted(found):
        _status, _headers, part = server.ask(address.decode())
        total += len(gzip.compress(part, 9))
        for font in re.findall(rb'url\("?([^")?]+\.woff2)', part):
            base = address.decode().rsplit("/", 1)[0]
            total += len(server.ask(f"{base}/{font.decode().removeprefix('./')}")[2])
    return total


def line(name: str, ratios: list[float], unit: str = "") -> str:
    return f"{name}: {statistics.median(ratios):.2f}{unit} ({min(ratios):.2f}–{max(ratios):.2f})"


def main(rounds: int) -> None:
    numbers = itertools.count(int(time.time()))
    with tempfile.TemporaryDirectory() as first, tempfile.TemporaryDirectory() as second:
        seeding.organisation(Path(first), 10_000)
        seeding.organisation(Path(second), 100_000)
        with (
            reference(10_000, sync="full", workers=2) as ref,
            product(Path(first)) as small,
            product(Path(second)) as large,
        ):
            for server in (small, large):
                server.sign_in()
            idle = memory_of(small.pid)
            started = small.started_in
            lists = [list_round(ref, small, large, number) for number in range(rounds)]
            _status, _headers, body = small.ask("/findings/new")
            token = csrf(body)
            assert token
            units = re.findall(rb'<option[^>]* value="(\d+)"', body.partition(b'name="unit_id"')[2])
            writes = [write_round(ref, small, units[0].decode(), numbers) for _number in range(rounds)]
            after = memory_of(small.pid)
            visit = first_visit(small)
    print(f"rounds: {rounds}; server: granian, 2 processes for each; SQLite, synchronous=FULL")
    print(
        line(
            "(a) list of 50 of 10,000: CPU a page against the reference",
            [r["small"]["one"].cpu_ms / r["reference"]["one"].cpu_ms for r in lists],
        )
    )
    print(line("    the same, milliseconds", [r["small"]["one"].cpu_ms for r in lists], " ms"))
    print(
        line(
            "    requests a second at 4 connections, share of the reference",
            [r["small"]["four"].rate / r["reference"]["four"].rate for r in lists],
        )
    )
    print(
        line(
            "    100,000 against 10,000, CPU",
            [r["large"]["one"].cpu_ms / r["small"]["one"].cpu_ms for r in lists],
        )
    )
    print(
        f"    page: {lists[0]['small']['one'].size:,} bytes; p50/p99 at 4: {lists[0]['small']['four'].percentile(0.5):.1f}/{lists[0]['small']['four'].percentile(0.99):.1f} ms"
    )
    print(
        line(
            "(b) create with trail entry: CPU against the bare create",
            [r["create one"].cpu_ms / r["ref one"].cpu_ms for r in writes],
        )
    )
    print(line("    p99 at 8 connections, ms", [r["create eight"].percentile(0.99) for r in writes]))
    print(
        line(
            "    update with trail entry: CPU against the bare create",
            [r["update one"].cpu_ms / r["ref one"].cpu_ms for r in writes],
        )
    )
    print(line("    p99 at 8 connections, ms", [r["update eight"].percentile(0.99) for r in writes]))
    print(
        line(
            "    the reference's p99 at 8 connections, ms", [r["ref eight"].percentile(0.99) for r in writes]
        )
    )
    print(
        f"(d) memory of the server with two processes: {idle:.0f} MiB idle, {after:.0f} MiB after the bench"
    )
    print(f"    first page {started:.2f} s after the start; first visit {visit / 1000:.0f} KB compressed")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5)
    main(parser.parse_args().rounds)
