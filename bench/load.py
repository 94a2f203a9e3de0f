"""A small load for servers on this machine: keep-alive connections over plain sockets, bounded in count and time.

Given as a list of raw requests; each connection sends its own share in turn. Every answer is checked.
"""

import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import psutil


@dataclass
class Outcome:
    latencies: list[float] = field(default_factory=list)
    bad: int = 0
    seconds: float = 0.0
    cpu: float = 0.0  # seconds of CPU of the server's processes
    size: int = 0  # bytes of the last body
    body: bytes = b""

    @property
    def rate(self) -> float:
        return len(self.latencies) / self.seconds

    @property
    def cpu_ms(self) -> float:
        return 1000 * self.cpu / max(1, len(self.latencies))

    def percentile(self, share: float) -> float:
        """Milliseconds."""
        ordered = sorted(self.latencies)
        return 1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def read_answer(stream: socket.socket, buffer: bytes) -> tuple[int, dict[bytes, bytes], bytes, bytes]:
    """Status, headers, body and what of the next answer is already there."""
    while b"\r\n\r\n" not in buffer:
        part = stream.recv(65536)
        if not part:
            raise ConnectionError
        buffer += part
    head, _sep, rest = buffer.partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    headers = {
        key.lower(): value.strip() for key, _colon, value in (line.partition(b":") for line in lines[1:])
    }
    if headers.get(b"transfer-encoding") == b"chunked":
        body = b""
        while True:
            while b"\r\n" not in rest:
                rest += stream.recv(65536)
            size_line, _sep, rest = rest.partition(b"\r\n")
            size = int(size_line, 16)
            while len(rest) < size + 2:
                rest += stream.recv(65536)
            body, rest = body + rest[:size], rest[size + 2 :]
            if size == 0:
                return int(lines[0].split()[1]), headers, body, rest
    length = int(headers.get(b"content-length", b"0"))
    while len(rest) < length:
        rest += stream.recv(65536)
    return int(lines[0].split()[1]), headers, rest[:length], rest[length:]


def cpu_of(pid: int) -> float:
    """CPU seconds of a process and everything below it, by the scheduler's own clock: the ticks that `ps` shows are too
    coarse for requests of a millisecond."""
    top = psutil.Process(pid)
    # Linux gives each process a clock of its own (clock_getcpuclockid): its number is made of the process's
    return sum(time.clock_gettime(~process.pid << 3 | 2) for process in (top, *top.children(recursive=True)))


def memory_of(pid: int) -> float:
    """MiB of proportional memory of a process and everything below it."""
    top = psutil.Process(pid)
    pss: int = sum(process.memory_full_info().pss for process in (top, *top.children(recursive=True)))
    return pss / 2**20


def drive(
    port: int,
    make: Callable[[int], bytes],
    *,
    count: int,
    connections: int,
    good: Callable[[int, bytes], bool],
    pid: int,
    every: float = 0.0,
) -> Outcome:
    """Send `count` requests over `connections`, `make(number)` giving the raw request of each.

    With `every` (seconds) a connection sends at fixed moments, as visitors do, instead of as soon as it has its answer;
    a latency counts from the moment at which it should have been sent, so a server that stands still is not spared.
    """
    outcome = Outcome()
    lock = threading.Lock()
    numbers = iter(range(count))

    def work() -> None:
        own: list[float] = []
        bad = 0
        stream = socket.create_connection(("127.0.0.1", port), timeout=30)
        stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        rest = b""
        body = b""
        turn = time.perf_counter()
        while True:
            with lock:
                number = next(numbers, None)
            if number is None:
                break
            request = make(number)
            if every:
                turn += every
                time.sleep(max(0.0, turn - time.perf_counter()))
            started = turn if every else time.perf_counter()
            stream.sendall(request)
            status, headers, body, rest = read_answer(stream, rest)
            own.append(time.perf_counter() - started)
            if not good(status, body or headers.get(b"location", b"")):
                bad += 1
            if headers.get(b"connection", b"").lower() == b"close":
                stream.close()
                stream = socket.create_connection(("127.0.0.1", port), timeout=30)
                rest = b""
        stream.close()
        with lock:
            outcome.latencies.extend(own)
            outcome.bad += bad
            if body:
                outcome.body, outcome.size = body, len(body)

    before = cpu_of(pid)
    started = time.perf_counter()
    threads = [threading.Thread(target=work) for _ in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    outcome.seconds = time.perf_counter() - started
    outcome.cpu = cpu_of(pid) - before
    return outcome
