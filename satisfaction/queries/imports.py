from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from core import access
from core.access import Permission
from core.db import get_record, session
from satisfaction.models import ResponseImport, Wave
from satisfaction.permissions import SEE


def get_import(import_id: int) -> ResponseImport:
    return get_record(ResponseImport, import_id)


def get_import_for(person: Any, import_id: int, needed: Permission = SEE) -> ResponseImport:
    found = get_record(
        ResponseImport,
        import_id,
        joinedload(ResponseImport.wave).joinedload(Wave.unit),
        joinedload(ResponseImport.file),
    )
    access.require(person, needed, found.wave.unit.path, what=found.wave.code)
    return found


def list_imports(wave_id: int) -> list[ResponseImport]:
    return list(
        session.scalars(
            select(ResponseImport)
            .where(ResponseImport.wave_id == wave_id)
            .options(joinedload(ResponseImport.file))
            .order_by(ResponseImport.id.desc())
            .limit(200)
        )
    )


def list_accepted(wave_id: int) -> list[ResponseImport]:
    return list(
        session.scalars(
            select(ResponseImport)
            .where(ResponseImport.wave_id == wave_id, ResponseImport.state == "accepted")
            .order_by(ResponseImport.id)
        )
    )


def find_same_file(sha256: str, wave_id: int) -> ResponseImport | None:
    return session.scalar(
        select(ResponseImport).where(
            ResponseImport.wave_id == wave_id,
            ResponseImport.file_sha256 == sha256,
            ResponseImport.state == "accepted",
        )
    )
