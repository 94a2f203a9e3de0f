"""Nobody judges their own work, and nobody signs what they did not read."""

from datetime import timedelta
from typing import Any

import pytest

from core import signing
from core.db import session
from core.errors import RuleViolation
from improvement.models import Ticket
from improvement.operations import checks
from improvement.queries import tickets as queries
from tests.improvement.builders import START, CaseTable, make_ticket, to_check
from tests.page import Page
from tests.people import PASSWORD, People

FIRST = START.date()


@pytest.fixture
def waiting(people: People, cases: CaseTable, clock: Any) -> Ticket:
    """At Check with an effective verdict, unsigned."""
    cases.fill(FIRST - timedelta(days=60), FIRST, 17, 20)
    cases.fill(FIRST + timedelta(days=1), FIRST + timedelta(days=300), 19, 20)
    ticket = make_ticket(people)
    to_check(ticket, people)
    clock.shift(timedelta(days=70))
    checks.compute_check(ticket, actor=people.owner)
    checks.note_side_effects(queries.get_cycle(ticket), text="none", actor=people.owner)
    session.commit()
    return ticket


def test_the_owner_does_not_judge_even_as_quality_manager(waiting: Ticket, people: People) -> None:
    waiting.owner = people.manager
    session.flush()
    with pytest.raises(RuleViolation, match="took no part"):
        checks.sign_verdict(waiting, password=PASSWORD, actor=people.manager)
    with pytest.raises(RuleViolation, match="took no part"):
        checks.overrule(waiting, reason="It is fine", password=PASSWORD, actor=people.manager)
    assert signing.signatures_of(waiting) == []


def test_a_verdict_computed_after_the_page_was_opened_is_not_signed_unread(
    waiting: Ticket, people: People, cases: CaseTable, page: Page
) -> None:
    url = f"/tickets/{waiting.id}/sign"
    read = queries.find_last_check(queries.get_cycle(waiting).id)
    assert read is not None
    assert f'name="check" value="{read.id}"' in page.as_(people.approver).get(url)
    cases.fill(FIRST + timedelta(days=1), FIRST + timedelta(days=300), 10, 20)
    newer = checks.compute_check(waiting, actor=people.owner)
    session.commit()
    answer = page.post(url, {"check": read.id, "password": PASSWORD}, status=422)
    assert "newer verdict" in answer.text
    assert f'name="check" value="{newer.id}"' in answer.text
    assert signing.signatures_of(waiting) == []
    page.post(url, {"check": newer.id, "password": PASSWORD})
    assert len(signing.signatures_of(waiting)) == 1
