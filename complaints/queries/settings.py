from sqlalchemy import select
from sqlalchemy.orm import joinedload

from accounts.models import Unit
from complaints.models import ComplaintSetting
from core.db import session
from standards.models import Requirement, Standard, Version
from standards.queries import standards as standard_queries


def find_own(unit: Unit) -> ComplaintSetting | None:
    return session.scalar(select(ComplaintSetting).where(ComplaintSetting.unit_id == unit.id))


def _above(unit: Unit) -> list[ComplaintSetting]:
    """Settings of the unit and of those above it, the nearest first."""
    ids = [int(part) for part in unit.path.strip("/").split("/") if part]
    found = session.scalars(
        select(ComplaintSetting)
        .where(ComplaintSetting.unit_id.in_(ids))
        .options(joinedload(ComplaintSetting.unit), joinedload(ComplaintSetting.standard))
    )
    return sorted(found, key=lambda setting: -len(setting.unit.path))


def find_clocking(unit: Unit) -> ComplaintSetting | None:
    """The setting whose standard sets the clocks here: the nearest one that names a standard."""
    return next((setting for setting in _above(unit) if setting.standard_id is not None), None)


def remedy_limit(unit: Unit) -> int:
    """What a complaint handler may promise on their own, in hundredths: the nearest setting decides."""
    found = _above(unit)
    return found[0].handler_limit if found else 0


def route_for(unit: Unit) -> ComplaintSetting | None:
    """The setting whose words about the way outside hold here."""
    return next((setting for setting in _above(unit) if setting.route_en or setting.route_zh), None)


def list_settings() -> list[ComplaintSetting]:
    return list(
        session.scalars(
            select(ComplaintSetting)
            .options(joinedload(ComplaintSetting.unit), joinedload(ComplaintSetting.standard))
            .order_by(ComplaintSetting.id)
        )
    )


def list_offered() -> list[ComplaintSetting]:
    """What the public page offers to choose from; when nothing is offered the page takes no complaints."""
    found = session.scalars(
        select(ComplaintSetting)
        .join(Unit, Unit.id == ComplaintSetting.unit_id)
        .where(ComplaintSetting.offered.is_(True), Unit.active.is_(True))
        .options(joinedload(ComplaintSetting.unit))
        .order_by(Unit.path)
        .limit(200)
    )
    return list(found)


def list_timing(standard_id: int) -> list[Requirement]:
    """Timing requirements of the version in force, in order: what a clock can be chosen from."""
    return list(
        session.scalars(
            select(Requirement)
            .join(Version, Version.id == Requirement.version_id)
            .where(
                Version.standard_id == standard_id,
                Version.state == "effective",
                Requirement.kind == "timing",
                Requirement.limit != "",
            )
            .options(joinedload(Requirement.calendar))
            .order_by(Requirement.position, Requirement.id)
        )
    )


def list_standards() -> list[Standard]:
    """Standards in force that promise times: any of them can be the complaint standard."""
    return list(
        session.scalars(
            select(Standard)
            .join(Version, Version.standard_id == Standard.id)
            .join(Requirement, Requirement.version_id == Version.id)
            .where(
                Version.state == "effective", Requirement.kind == "timing", Standard.withdrawn_at.is_(None)
            )
            .distinct()
            .order_by(Standard.code)
            .limit(500)
        )
    )


def find_version(standard_id: int) -> Version | None:
    return standard_queries.find_effective_version(standard_id)
