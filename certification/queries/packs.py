from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import contains_eager, joinedload

from accounts.models import Person, Unit
from certification.models import Pack
from certification.permissions import SEE
from core import access
from core.db import session
from core.errors import NotFound
from core.files import StoredFile
from core.jobs import Job
from core.tables import contains
from standards.models import Framework


def get_pack_for(person: Any, pack_id: int) -> Pack:
    """The guarded door: packs of units where the person may see readiness."""
    found = session.scalar(
        select(Pack)
        .where(Pack.id == pack_id)
        .options(joinedload(Pack.framework), joinedload(Pack.unit), joinedload(Pack.file))
    )
    if found is None:
        raise NotFound
    access.require(person, SEE, found.unit.path, what=found.code)
    return found


def find_pack_by_sha256(sha256: str) -> Pack | None:
    return session.scalar(
        select(Pack)
        .join(StoredFile, StoredFile.id == Pack.file_id)
        .where(StoredFile.sha256 == sha256)
        .order_by(Pack.id.desc())
        .options(joinedload(Pack.framework), joinedload(Pack.unit), joinedload(Pack.file))
        .limit(1)
    )


def find_pack_by_code(code: str) -> Pack | None:
    return session.scalar(select(Pack).where(Pack.code == code))


def packs_statement(person: Any) -> Select[Any]:
    """Rows for the list of packs that this person may see."""
    columns: list[Any] = [
        Pack.id.label("id"),
        Pack.code.label("code"),
        Pack.state.label("state"),
        Pack.language.label("language"),
        Pack.period_from.label("period_from"),
        Pack.period_until.label("period_until"),
        Pack.created_at.label("created_at"),
        Pack.built_at.label("built_at"),
        Framework.designation.label("designation"),
        Framework.short_en.label("short_en"),
        Framework.short_zh.label("short_zh"),
        Unit.name_en.label("unit_en"),
        Unit.name_zh.label("unit_zh"),
        StoredFile.size.label("size"),
        StoredFile.sha256.label("sha256"),
        Person.name.label("person"),
        Job.state.label("job_state"),
    ]
    return (
        select(*columns)
        .select_from(Pack)
        .join(Framework, Framework.id == Pack.framework_id)
        .join(Unit, Unit.id == Pack.unit_id)
        .outerjoin(StoredFile, StoredFile.id == Pack.file_id)
        .outerjoin(Person, Person.id == Pack.built_by_id)
        .outerjoin(Job, Job.id == Pack.job_id)
        .where(access.scope(person, SEE, Unit.path))
    )


def count_packs(person: Any) -> int:
    return (
        session.scalar(
            select(func.count())
            .select_from(Pack)
            .join(Unit, Unit.id == Pack.unit_id)
            .where(access.scope(person, SEE, Unit.path))
        )
        or 0
    )


def list_ready_packs(person: Any, *, limit: int) -> list[Pack]:
    """Packs that can be read, the newest first."""
    return list(
        session.scalars(
            select(Pack)
            .join(Unit, Unit.id == Pack.unit_id)
            .where(Pack.state == "ready", access.scope(person, SEE, Unit.path))
            .options(joinedload(Pack.framework), contains_eager(Pack.unit), joinedload(Pack.file))
            .order_by(Pack.id.desc())
            .limit(limit)
        )
    )


def search_packs(person: Any, words: str, limit: int) -> list[Pack]:
    return list(
        session.scalars(
            select(Pack)
            .join(Unit, Unit.id == Pack.unit_id)
            .where(access.scope(person, SEE, Unit.path), contains(Pack.code, words))
            .order_by(Pack.id.desc())
            .options(joinedload(Pack.framework), joinedload(Pack.unit))
            .limit(limit)
        )
    )
