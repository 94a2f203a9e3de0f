"""From the form of personal links to (address, group) pairs."""

import tempfile
from pathlib import Path

from core.documents.reading import Limits, read_table
from core.errors import InvalidInput, RuleViolation
from core.i18n import _
from satisfaction.forms import InviteForm
from satisfaction.rules.items import clean_text
from satisfaction.rules.waves import INVITATIONS_MOST

Person = tuple[str, str]
#: names of the columns of a list, as people write them
ADDRESS = ("email", "e-mail", "mail", "address", "id", "number", "邮箱", "电子邮箱", "编号", "地址")
GROUP = ("group", "groups", "组", "分组", "顾客群")


def people_of(form: InviteForm) -> list[Person]:
    """Raises RuleViolation that names the field, InvalidInput for a file that can't be read."""
    if form.way.data == "number":
        count = form.number.data
        if count is None or not 1 <= count <= INVITATIONS_MOST:
            raise RuleViolation(
                _("Give a number from 1 to %(most)s.", most=f"{INVITATIONS_MOST:,}"), field="number"
            )
        return [("", "")] * count
    if form.way.data == "file":
        upload = form.file.data
        if not upload:
            raise RuleViolation(_("Choose a file."), field="file")
        with tempfile.NamedTemporaryFile() as kept:
            upload.save(kept)
            kept.flush()
            return _checked(_table(Path(kept.name), upload.filename or ""), "file")
    lines = [line for line in (form.list.data or "").splitlines() if line.strip()]
    pairs = [line.replace("\t", ",").partition(",") for line in lines]
    return _checked([(first, group) for first, _comma, group in pairs], "list")


def _table(path: Path, name: str) -> list[Person]:
    rows = [row for _line, row in read_table(path, name=name, limits=Limits(rows=INVITATIONS_MOST))]
    if not rows:
        raise InvalidInput(_("The file holds no rows."))
    names = list(rows[0])
    address = next((each for each in names if each.strip().lower() in ADDRESS), names[0])
    group = next((each for each in names if each.strip().lower() in GROUP and each != address), "")
    return [(row[address], row[group] if group else "") for row in rows]


def _checked(pairs: list[Person], field: str) -> list[Person]:
    made: list[Person] = []
    seen: set[str] = set()
    for number, (reference, group) in enumerate(pairs, 1):
        cleaned = clean_text(reference)
        if not cleaned or len(cleaned) > 200:
            raise RuleViolation(
                _("Line %(line)s: give an address or number of at most 200 characters.", line=number),
                field=field,
            )
        if cleaned.casefold() in seen:
            raise RuleViolation(
                _(
                    "Line %(line)s: “%(reference)s” stands in the list twice.",
                    line=number,
                    reference=cleaned[:80],
                ),
                field=field,
            )
        seen.add(cleaned.casefold())
        made.append((cleaned, clean_text(group)[:120]))
    return made
