"""Open data as it was published, through the assistant with nothing but its own guesses."""

from pathlib import Path
from typing import Any

import html5lib
import pytest
from flask import Flask

from tests.delivery.app import world
from tests.page import Page
from tests.people import People

FILES = [
    ("baltimore_311/311_sample.csv.gz", 10_000, 10_000, {"received", "closed", "due"}),
    ("baltimore_311/311_sample.xlsx", 10_000, 10_000, {"received", "closed", "due"}),
    ("servicenow_incident_log/incident_event_log.csv.gz", 5_998, 890, {"received", "closed", "resolved"}),
    ("cfpb_payday_2023/cfpb_payday_2023.csv.gz", 2_827, 2_827, {"received", "sent"}),
    ("cn_gov_messages/messages_with_replies_704.csv.gz", 704, 704, {"received", "answered"}),
    ("nyc_council_cases/nyc_council_cases_2019_2020.csv.gz", 63_838, 63_820, {"received", "closed"}),
]


def guessed(text: str) -> dict[str, Any]:
    """What the form of the second step holds as it comes."""
    tree = html5lib.parse(text, treebuilder="etree", namespaceHTMLElements=False)
    form = tree.find(".//form[@id='mapping']")
    values: dict[str, Any] = {}
    for node in form.iter("input"):
        kind = node.get("type")
        if node.get("name") and (kind != "radio" or node.get("checked") is not None):
            values[node.get("name")] = node.get("value") or ""
    for node in form.iter("select"):
        if node.get("multiple") is None:
            chosen = [each for each in node.iter("option") if each.get("selected") is not None]
            each = chosen[0] if chosen else None
            if each is not None:
                given = each.get("value")
                values[node.get("name")] = given if given is not None else "".join(each.itertext())
    return values


@pytest.mark.parametrize(("name", "rows", "cases", "milestones"), FILES)
def test_published_data_goes_through_unharmed(
    app: Flask,
    page: Page,
    people: People,
    shared: Path,
    name: str,
    rows: int,
    cases: int,
    milestones: set[str],
) -> None:
    page.as_(people.manager)
    path = shared / "data" / name
    world.upload(page, path.read_bytes(), path.name, unit=str(people.root.id))
    text = page.follow()
    address = page.response.request.path  # type: ignore[union-attr]
    page.post(address, {**guessed(text), "go": "next"})
    batch_id = world.newest_batch().id
    page.post(f"/delivery/imports/{batch_id}/proves", {"go": "next"})
    page.get(f"/delivery/imports/{batch_id}/check")
    page.post(f"/delivery/imports/{batch_id}/check", {"go": "import"})
    world.work(app)
    batch = world.newest_batch()
    assert (batch.state, batch.rows, batch.cases, batch.rejected) == ("accepted", rows, cases, 0)
    assert set(batch.preview["milestones"]) == milestones
    page.get(f"/delivery/imports/{batch_id}")
    if "cn_gov" in name:
        assert "留言详情" in batch.preview["columns"]
