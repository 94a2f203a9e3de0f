"""The same few persons and units in every test."""

from dataclasses import dataclass

from accounts import operations, queries
from accounts.models import Person, Unit
from accounts.rules import Role

PASSWORD = "a long enough word"


@dataclass
class People:
    root: Unit
    north: Unit  # a division
    lights: Unit  # a team under north
    south: Unit  # another division
    admin: Person
    manager: Person  # quality manager of the whole
    approver: Person  # a second quality manager of the whole
    auditor: Person
    owner: Person  # process owner of north
    south_owner: Person
    handler: Person
    staff: Person  # staff of lights
    top: Person
    visitor: Person

    @classmethod
    def load(cls) -> "People":
        def unit(code: str) -> Unit:
            found = queries.find_unit_by_code(code)
            assert found is not None
            return found

        def person(key: str) -> Person:
            found = queries.find_person_by_email(f"{key}@example.org")
            assert found is not None
            return queries.with_holdings(found)

        return cls(
            root=unit("ORG"),
            north=unit("NORTH"),
            lights=unit("LIGHTS"),
            south=unit("SOUTH"),
            **{key: person(key) for key in ROLES},
        )


ROLES: dict[str, tuple[str, Role, str]] = {
    "admin": ("Ann Admin", Role.administrator, "ORG"),
    "manager": ("Mei Manager", Role.quality_manager, "ORG"),
    "approver": ("Ada Approver", Role.quality_manager, "ORG"),
    "auditor": ("Aki Auditor", Role.auditor, "ORG"),
    "owner": ("Olga Owner", Role.process_owner, "NORTH"),
    "south_owner": ("Sun Owner", Role.process_owner, "SOUTH"),
    "handler": ("Hao Handler", Role.complaint_handler, "ORG"),
    "staff": ("Stan Staff", Role.staff, "LIGHTS"),
    "top": ("Tao Top", Role.top_management, "ORG"),
    "visitor": ("Vera Visitor", Role.visiting_auditor, "ORG"),
}


def make_people() -> None:
    root = operations.open_organisation(
        name_en="City Services", name_zh="城市服务中心", time_zone="Asia/Shanghai"
    )
    north = operations.add_unit(
        code="NORTH", name_en="North division", name_zh="北区", parent=root, actor=None
    )
    lights = operations.add_unit(
        code="LIGHTS", name_en="Street lights", name_zh="路灯班", parent=north, kind="team", actor=None
    )
    south = operations.add_unit(
        code="SOUTH", name_en="South division", name_zh="南区", parent=root, actor=None
    )
    units = {"ORG": root, "NORTH": north, "LIGHTS": lights, "SOUTH": south}
    for key, (name, role, code) in ROLES.items():
        person = operations.add_person(
            email=f"{key}@example.org", name=name, unit=units[code], password=PASSWORD, actor=None
        )
        operations.grant(person, role, units[code], actor=None)
