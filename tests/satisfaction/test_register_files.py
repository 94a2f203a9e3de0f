"""The customer register as a file: what is refused on its way in, what is kept about its way out."""

import gzip
import io
import re
import time

import pytest
from sqlalchemy import func, select

from core import files
from core.db import session
from core.errors import InvalidInput
from core.trail import TrailEntry
from satisfaction.customers import importing
from satisfaction.customers.importing import Reading
from satisfaction.customers.models import CustomerImport
from tests.page import Page
from tests.people import People
from tests.satisfaction.sampled import make_customers


def begin(people: People, data: bytes) -> CustomerImport:
    received = files.receive(io.BytesIO(data), "customers.csv.gz", limit=10_000_000)
    return importing.begin(received, unit=people.north, actor=people.owner)


def test_a_file_of_empty_lines_is_refused_at_once(page: Page, people: People) -> None:
    """Fifty million of them pack into as many bytes as a page of text."""

    def packed(lines: int) -> bytes:
        return gzip.compress(b"code,name\nA1,One\n" + b"\n" * lines, mtime=0)

    bomb = packed(50_000_000)
    began = time.process_time()
    with pytest.raises(InvalidInput, match="more than 5,000,000 lines"):
        begin(people, bomb)
    batch = begin(people, packed(4_900_000))
    reading = Reading({"code": "code", "name": "name"}, encoding="utf-8")
    importing.save_reading(batch, reading, usable=True, actor=people.owner)
    session.commit()
    page.as_(people.owner)
    assert "more than 100,000 empty lines" in page.get(f"/customers/imports/{batch.id}/check")
    assert time.process_time() - began < 2


def test_who_takes_the_register_as_a_file_is_kept(page: Page, people: People) -> None:
    make_customers(people, 7, region="north")
    page.as_(people.owner)
    text = page.get("/customers?region=north&cols=code,email")
    assert "The trail keeps who took this file." in text
    action = re.findall(r'formaction="(/customers/export[^"]*csv)"', text)[0].replace("&amp;", "&")
    assert "c1@example.org" not in page.get("/customers?export=csv&cols=code,region"), "asking is not taking"
    before = session.scalar(select(func.count()).where(TrailEntry.action == "customer.exported"))
    assert before == 0
    file = page.post(action, status=200)
    assert file.text.count("@example.org") == 6
    entry = session.scalars(select(TrailEntry).where(TrailEntry.action == "customer.exported")).one()
    assert (entry.actor_name, entry.object_type, entry.object_id) == ("Olga Owner", "person", people.owner.id)
    assert entry.differences == {"rows": [None, 7], "columns": [None, ["code", "email"]]}
    page.post("/customers/export", status=404)  # of no kind of file
    page.as_(people.admin)
    assert "Customer register taken as a file" in page.get("/trail")
    page.as_(people.south_owner)
    assert "@example.org" not in page.post("/customers/export?export=csv&cols=email", status=200).text
