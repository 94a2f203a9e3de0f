"""Links of the demonstration, for each of its people: none leads to what is closed to them, none leads nowhere, and
there are links to all pages."""

from collections.abc import Callable

import pytest
from flask import Flask

from demo import organisation
from tests import crawl
from tests.conftest import ENGINE

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.xdist_group("demo"),
    pytest.mark.skipif(ENGINE != "sqlite", reason="pages are the same on every database"),
]


@pytest.fixture(scope="module")
def walk(demonstration: Flask) -> crawl.Walk:
    with demonstration.app_context():
        people = organisation.sign_ins()
    return crawl.everybody(demonstration, people)


def test_no_link_leads_to_a_closed_door_or_nowhere(
    walk: crawl.Walk, record_property: Callable[[str, object], None]
) -> None:
    record_property("links", f"{walk.read} pages read, {walk.tried} more links tried")
    assert min(walk.read, walk.tried) > 1000
    assert not walk.faults, "\n".join(walk.faults)


def test_links_lead_to_every_page(walk: crawl.Walk, demonstration: Flask) -> None:
    pages = crawl.pages_of(demonstration)
    assert pages - walk.endpoints <= crawl.REACHED_BY_NO_LINK
    assert pages > crawl.REACHED_BY_NO_LINK
