"""Links of figures, as far as the reader may follow them. Figures are frozen with their links, so that is asked at
each reading; it costs at most one statement for each kind of record."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from copy import deepcopy
from typing import Any
from urllib.parse import urlsplit

from flask import current_app
from werkzeug.exceptions import HTTPException

from core import access
from reviews.inputs import Block
from reviews.queries import doors

_RECORD = re.compile(rf"/({'|'.join(doors.RECORDS)})/(\d+)(?:/|$)")


def without_closed(blocks: list[Block], person: Any) -> list[Block]:
    """The same blocks; where a link would lead to what the person may not open, its words stand alone."""
    made = deepcopy(blocks)
    linked = [cell for cell in _cells(made) if cell.get("href")]
    opened = _open({cell["href"] for cell in linked}, person)
    for cell in linked:
        if cell["href"] not in opened:
            cell["href"] = ""
    return made


def _cells(blocks: list[Block]) -> Iterator[Block]:
    for block in blocks:
        for row in block.get("rows", ()):
            yield from row if isinstance(row, list) else (row,)


def _open(addresses: Iterable[str], person: Any) -> set[str]:
    pages = {address for address in addresses if _page_is_open(address, person)}
    records: dict[str, dict[int, list[str]]] = defaultdict(lambda: defaultdict(list))
    for address in pages:
        if found := _RECORD.match(urlsplit(address).path):
            records[found[1]][int(found[2])].append(address)
    for kind, wanted in records.items():
        for record in wanted.keys() - doors.open_to(person, kind, wanted.keys()):
            pages.difference_update(wanted[record])
    return pages


def _page_is_open(address: str, person: Any) -> bool:
    """By the guard of the page, which asks for a permission anywhere."""
    try:
        endpoint, _values = current_app.url_map.bind("").match(urlsplit(address).path)
    except HTTPException:
        return False
    needed = getattr(current_app.view_functions[endpoint], "guard", None)
    return not isinstance(needed, access.Permission) or access.may(person, needed)
