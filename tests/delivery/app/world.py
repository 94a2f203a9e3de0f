"""Standards in force, small logs, and an import through the pages, for the tests of this room."""

import io
from datetime import UTC, datetime
from typing import Any

from accounts.models import Person, Unit
from core.db import next_code, session
from core.jobs import run_one
from delivery.models import Batch, EventLog
from standards.models import Requirement, Standard, Version
from tests.page import Page

LONG_AGO = datetime(2010, 1, 1, tzinfo=UTC)


def standard(
    unit: Unit,
    owner: Person,
    *versions: tuple[datetime, datetime | None, list[dict[str, Any]]],
    title: str = "Repairs",
) -> Standard:
    """A standard with versions in force from / until, each with its timing requirements."""
    made = Standard(
        code=next_code("STD"), title_en=title, title_zh="维修", unit_id=unit.id, owner_id=owner.id
    )
    session.add(made)
    session.flush()
    for number, (begins, ends, requirements) in enumerate(versions, 1):
        version = Version(
            standard_id=made.id,
            number=number,
            state="superseded" if ends else "effective",
            effective_from=begins,
            effective_until=ends,
            author_id=owner.id,
        )
        session.add(version)
        session.flush()
        for position, values in enumerate(requirements, 1):
            given = {
                "code": f"R{position}",
                "position": position,
                "kind": "timing",
                "statement_en": f"Repaired {values['limit']}",
                "statement_zh": f"{values['limit']} 内修复",
                "from_milestone": "received",
                "to_milestone": "closed",
                "target": 0.9,
                **values,
            }
            session.add(Requirement(version_id=version.id, **given))
    session.commit()
    return made


def log_text(rows: list[tuple[str, str, str, str]]) -> bytes:
    lines = ["number,opened,closed,district"]
    lines += [",".join(row) for row in rows]
    return ("\n".join(lines) + "\n").encode()


MAPPING = {
    "encoding": "utf-8",
    "delimiter": ",",
    "case": "number",
    "timezone": "UTC",
    "duplicates": "last",
    "milestones-0-name": "received",
    "milestones-0-column": "opened",
    "milestones-0-form": "",
    "milestones-1-name": "closed",
    "milestones-1-column": "closed",
    "milestones-1-form": "",
    "unit_column": "district",
}


def upload(page: Page, data: bytes, name: str = "log.csv", *, status: int = 302, **fields: Any) -> Any:
    given = {
        "log": "new",
        "code": "REPAIR",
        "name_en": "Repairs",
        "name_zh": "",
        "file": (io.BytesIO(data), name),
        **fields,
    }
    return page.post("/delivery/imports/new", given, status=status, content_type="multipart/form-data")


def newest_batch() -> Batch:
    from sqlalchemy import select

    return session.scalars(select(Batch).order_by(Batch.id.desc()).limit(1)).one()


def the_log(code: str = "REPAIR") -> EventLog:
    from sqlalchemy import select

    return session.scalars(select(EventLog).where(EventLog.code == code)).one()


def work(app: Any) -> int:
    """Run what waits."""
    session.rollback()
    count = 0
    while run_one(app):
        count += 1
    return count


def go_through(
    page: Page,
    app: Any,
    data: bytes,
    unit: Unit,
    *,
    units: dict[str, int] | None = None,
    standards: list[int] = (),  # type: ignore[assignment]
    mapping: dict[str, Any] | None = None,
    name: str = "log.csv",
    **fields: Any,
) -> str:
    """All steps of the assistant, then the worker. Gives the address of the import."""
    upload(page, data, name, unit=str(unit.id), **fields)
    columns = page.location
    page.get(columns)
    page.post(columns, {**MAPPING, "go": "next", **(mapping or {})})
    proves = page.location
    page.get(proves)
    chosen: dict[str, Any] = {"go": "next", "standards": list(standards)}
    for number, (value, unit_id) in enumerate((units or {}).items()):
        chosen |= {f"value-{number}": value, f"unit-{number}": str(unit_id)}
    page.post(proves, chosen)
    check = page.location
    page.get(check)
    page.post(check, {"go": "import"})
    batch = page.location
    page.get(batch)
    assert work(app) >= 1
    page.get(batch)
    return str(batch)
