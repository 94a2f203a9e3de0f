"""Rows for benchmarks, from a fixed seed, written in bulk: what is measured is reading and single writes."""

import random
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import insert

from bench.servers import EMAIL, PASSWORD

STATES = ("new", "accepted", "verified", "closed")
ORIGINS = ("delivery", "person", "audit", "complaint")
GRADES = ("major", "minor", "ofi", "signal")


def organisation(folder: Path, findings: int) -> None:
    """A data folder with tables, catalogs, one quality manager, 40 units and so many findings."""
    from accounts import operations, queries
    from accounts.rules import Role
    from app import create_app
    from core import clock, migrating
    from core.db import db, session
    from improvement.models import Finding
    from standards.operations.frameworks import load_all

    app = create_app(
        {
            "DATA_DIR": str(folder),
            "SQLALCHEMY_DATABASE_URI": f"sqlite:///{folder / 'plumbline.db'}",
            "TESTING": True,
        }
    )
    chance = random.Random(2026)
    with app.app_context():
        migrating.upgrade(db.engine)
        root = operations.open_organisation(name_en="City Services", name_zh="城市服务中心", time_zone="UTC")
        units = [root.id]
        for number in range(40):
            made = operations.add_unit(
                code=f"U{number:02d}",
                name_en=f"Unit {number}",
                name_zh=f"单元{number}",
                parent=root,
                actor=None,
            )
            units.append(made.id)
        person = operations.add_person(
            email=EMAIL, name="Bea Bench", unit=root, password=PASSWORD, actor=None
        )
        operations.grant(person, Role.quality_manager, root, actor=None)
        load_all()
        session.commit()
        at = clock.now() - timedelta(days=400)
        rows: list[dict[str, Any]] = []
        for number in range(findings):
            rows.append({
                "code": f"FND-2025-{number + 1:04d}", "origin": ORIGINS[number % 4], "grade": GRADES[number % 4],
                "state": STATES[chance.randrange(4)], "statement_en": f"Finding {number}: answered later than promised in the district",
                "statement_zh": f"发现项{number}：本区答复晚于承诺时限", "unit_id": chance.choice(units), "raised_at": at + timedelta(minutes=5 * number),
                "raised_by_id": person.id, "raised_by_name": person.name, "owner_id": person.id,
                "due": (at + timedelta(minutes=5 * number, days=14)).date(),
            })  # fmt: skip
            if len(rows) == 5000:
                session.execute(insert(Finding), rows)
                rows = []
        if rows:
            session.execute(insert(Finding), rows)
        session.commit()
        assert queries.find_person_by_email(EMAIL) is not None
        db.session.remove()
        db.engine.dispose()
