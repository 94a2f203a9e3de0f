"""`plumbline pack build | verify`. The composition root gives the application; this room knows what to do in it."""

import hashlib
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import click
from sqlalchemy import select

from accounts import queries as accounts
from certification import jobs, operations, queries
from certification.models import Pack
from certification.permissions import BUILD
from certification.reports import manifest
from certification.rules.packs import FRESH_DAYS, Part
from core import access, files
from core.db import session
from core.documents.pdf import files_inside
from core.errors import InvalidInput
from core.trail import TrailEntry

CHUNK = 1 << 20


def pack_commands(application: Callable[[], Any]) -> click.Group:
    """The `pack` group. `application` makes the application when a command needs it."""

    @click.group("pack")
    def pack() -> None:
        """Certification packs."""

    @pack.command("build")
    @click.option("--framework", "framework_code", required=True, help="Code, such as iso-10002-2018.")
    @click.option("--unit", "unit_code", required=True, help="Code of the unit; everything below it is in.")
    @click.option("--from", "first", required=True, help="First day of the period, YYYY-MM-DD.")
    @click.option("--until", "last", required=True, help="Last day of the period, included.")
    @click.option("--lang", type=click.Choice(["en", "zh"]), default="en", show_default=True)
    @click.option(
        "--part",
        "parts",
        multiple=True,
        type=click.Choice([part.value for part in Part]),
        help="May be given again; else all parts.",
    )
    @click.option("--by", "email", help="E-mail of the quality manager who orders it; else nobody is named.")
    @click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="Copy the PDF there.")
    def build(
        framework_code: str,
        unit_code: str,
        first: str,
        last: str,
        lang: str,
        parts: tuple[str, ...],
        email: str | None,
        output: Path | None,
    ) -> None:
        """Build a pack now and print its number and SHA-256."""
        with application().app_context():
            unit = accounts.find_unit_by_code(unit_code)
            if unit is None:
                raise InvalidInput(f"there is no unit with the code {unit_code}")
            made = operations.order_pack(
                queries.get_framework_by_code(framework_code),
                unit,
                first=_day("--from", first),
                last=_day("--until", last),
                language=lang,
                parts=parts or [part.value for part in Part],
                fresh_days=FRESH_DAYS,
                actor=_person(email),
                queue=False,
            )
            session.commit()
            built = jobs.build_now(made.id, _say)
            assert built.file is not None
            if output is not None:
                output.write_bytes(files.path_of(built.file.sha256).read_bytes())
            click.echo(f"{built.code} {built.file.sha256}")

    @pack.command("verify")
    @click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
    def verify(file: Path) -> None:
        """Is this file a pack of ours, unaltered in every part, and is the trail it names still there?"""
        digest = _sha256(file)
        with application().app_context():
            found = queries.find_pack_by_sha256(digest)
            if found is None or found.file is None:
                raise InvalidInput(f"{file.name}: no pack has the SHA-256 {digest}{_what_differs(file)}")
            click.echo(
                f"{found.code}: {found.framework.designation}, {found.unit.code}, "
                f"{found.period_from} to {found.period_until}, {found.language}; SHA-256 {digest}"
            )
            click.echo(_parts_line(found, file))
            kept = files.path_of(digest)
            if not kept.is_file() or _sha256(kept) != digest:
                raise InvalidInput(f"{found.code}: the stored copy is missing or altered; your file is right")
            head = str(found.facts.get("trail_head", ""))
            if not _is_in_trail(head):
                raise InvalidInput(f"{found.code}: the trail does not hold the entry {head} any more")
            click.echo(f"trail: entry {head.partition(':')[0]} is there with its hash")

    return pack


def _day(option: str, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise InvalidInput(f"{option} takes a date like 2026-11-20, not {text!r}") from error


def _person(email: str | None) -> Any:
    if email is None:
        return None
    found = accounts.find_person_by_email(email)
    if found is None or not found.active:
        raise InvalidInput(f"there is no active person with the e-mail {email}")
    person = accounts.with_holdings(found)
    access.require(person, BUILD)
    return person


def _say(_done: int, _total: int, step: str | None = None) -> None:
    if step:
        click.echo(f"{datetime.now(UTC):%H:%M:%S} {step}", err=True)


def _sha256(file: Path) -> str:
    digest = hashlib.sha256()
    with file.open("rb") as source:
        while chunk := source.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _parts_line(pack: Pack, file: Path) -> str:
    """Are the parts inside those whose hashes were kept when the pack was built?"""
    hashes = _hashes(pack)
    if not hashes:
        return "parts: this pack was built before parts had hashes of their own"
    seen = manifest.inspect(files_inside(file), hashes)
    if seen is None or seen.sha256 != pack.facts.get("manifest_sha256"):
        raise InvalidInput(f"{pack.code}: the manifest is missing or is not the one that was built")
    if seen.wrong:
        raise InvalidInput(f"{pack.code}: missing or altered: {', '.join(seen.wrong)}")
    return f"parts: {seen.parts} of {seen.parts} have the SHA-256 that the manifest names"


def _what_differs(file: Path) -> str:
    """What can be said of a file that is no pack of ours as it stands; empty when it never was one."""
    seen = manifest.inspect(files_inside(file))
    pack = queries.find_pack_by_code(seen.code) if seen else None
    if seen is None or pack is None:
        return ""
    compared = manifest.inspect(files_inside(file), _hashes(pack) or None)
    wrong = compared.wrong if compared else ()
    what = (
        f"missing or altered: {', '.join(wrong)}"
        if wrong
        else "its records are unaltered, so the pages or something else in the file were changed"
    )
    return f". It calls itself {pack.code}; {what}"


def _hashes(pack: Pack) -> dict[str, str]:
    return {one["part"]: one["sha256"] for one in pack.facts.get("manifest", [])}


def _is_in_trail(head: str) -> bool:
    number, _sep, wanted = head.partition(":")
    if not number.isdigit():
        return False
    if number == "0":
        return True
    return session.scalar(select(TrailEntry.hash).where(TrailEntry.seq == int(number))) == wanted
