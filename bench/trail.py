"""(e) The trail of 1,000,000 entries, verified. Run by hand: python -m bench.trail [entries]

Reported beside the bare chain: SHA-256 over the same number of short lines in the same process.
"""

import hashlib
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from sqlalchemy import insert

from core import clock
from core.trail import GENESIS, TrailEntry, entry_hash, verify


def build(count: int) -> None:
    from core.db import session

    previous, rows = GENESIS, []
    at = clock.now()
    for seq in range(1, count + 1):
        row: dict[str, Any] = {
            "seq": seq, "at": at, "actor_id": seq % 40, "actor_name": f"Person {seq % 40}", "action": "finding.raised",
            "object_type": "finding", "object_id": seq, "object_code": f"FND-2026-{seq:04d}",
            "changes": '{"grade":[null,"minor"],"state":["new","accepted"]}', "reason": "", "prev_hash": previous,
        }  # fmt: skip
        row["hash"] = previous = entry_hash(row)
        rows.append(row)
        if len(rows) == 20_000:
            session.execute(insert(TrailEntry), rows)
            rows = []
    if rows:
        session.execute(insert(TrailEntry), rows)
    session.commit()


def bare(count: int) -> float:
    started, previous = time.perf_counter(), GENESIS
    for number in range(count):
        previous = hashlib.sha256(f"{previous}{number}".encode()).hexdigest()
    return time.perf_counter() - started


def main(count: int) -> None:
    from app import create_app
    from core import migrating
    from core.db import db, mode, session

    with tempfile.TemporaryDirectory() as folder:
        app = create_app(
            {
                "DATA_DIR": folder,
                "SQLALCHEMY_DATABASE_URI": f"sqlite:///{Path(folder) / 'bench.db'}",
                "TESTING": True,
            }
        )
        with app.app_context():
            migrating.upgrade(db.engine)
            build(count)
            with mode("read"):
                started = time.perf_counter()
                entries, faults = verify()
                took = time.perf_counter() - started
                session.rollback()
            assert (entries, faults) == (count, [])
            chain = bare(count)
            db.engine.dispose()
    print(
        f"trail: {count:,} entries verified in {took:.2f} s; bare chain {chain:.2f} s; ratio {took / chain:.1f}"
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
