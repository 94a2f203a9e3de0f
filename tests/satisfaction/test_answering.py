"""The public page: answering by open and personal links, going on later, and never counting a link twice."""

import json
import threading
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, insert, select
from sqlalchemy.exc import IntegrityError

from accounts.queries import today
from core import clock
from core.db import session
from satisfaction.models import Invitation, NamedResponse, Response, ResponseDraft, Wave
from satisfaction.operations import answering, waves
from satisfaction.rules.items import NOT_APPLICABLE
from tests.page import Page
from tests.people import People
from tests.satisfaction.builders import answer_form, change, item, make_questionnaire, make_wave, send

LINES = "Q1 | scale | Clean? | 整洁吗？\nQ2 | nps | Recommend? | 推荐吗？\nT1 | text | More? | 还有吗？"


@pytest.fixture
def wave(people: People) -> Wave:
    return make_wave(people, make_questionnaire(people, LINES))


def answers() -> list[Response]:
    return list(session.scalars(select(Response).order_by(Response.id)))


def personal(people: People, wave: Wave, count: int = 1) -> list[str]:
    made = waves.invite(wave, [("", "")] * count, actor=people.manager)
    session.commit()
    return [token for _reference, _group, token in made]


def test_answers_are_stored_in_the_order_of_the_columns_and_only_as_a_day(page: Page, wave: Wave) -> None:
    token = str(wave.open_token)
    location = send(page, token, Q1="4", Q2="10", T1="Very kind <b>staff</b>")
    assert location == f"/s/{token}/thanks"
    assert "Thank you" in page.follow()
    (stored,) = answers()
    assert json.loads(stored.codes) == [4, 10, None]
    assert json.loads(stored.texts) == {"T1": "Very kind <b>staff</b>"}
    assert stored.submitted_at.strftime("%H:%M:%S") == "12:00:00"
    assert stored.channel == "web"


def test_the_page_speaks_both_languages_and_needs_no_script(page: Page, wave: Wave) -> None:
    page.as_(None)
    english = page.get(f"/s/{wave.open_token}?lang=en")
    assert "Recommend?" in english
    assert "City Services" in english
    chinese = page.get(f"/s/{wave.open_token}?lang=zh")
    assert "推荐吗？" in chinese
    assert "城市服务中心" in chinese
    assert 'lang="zh-Hans"' in chinese
    assert "noindex" in page.response.headers["X-Robots-Tag"]  # type: ignore[union-attr]  # a page was opened


def test_the_same_form_sent_twice_counts_once(page: Page, wave: Wave) -> None:
    page.as_(None)
    form = answer_form(page, str(wave.open_token)) | {"Q1": "5"}
    page.post(f"/s/{wave.open_token}", form)
    page.post(f"/s/{wave.open_token}", form | {"Q1": "1"})
    assert [json.loads(each.codes)[0] for each in answers()] == [5]
    assert "Answered already" in page.get(f"/s/{wave.open_token}")
    assert "Recommend?" in page.get(f"/s/{wave.open_token}?again=1")


def test_a_required_question_is_asked_again_and_nothing_is_lost(page: Page, people: People) -> None:
    questionnaire = make_questionnaire(people, LINES)
    change(people, item(questionnaire, "Q1"), required=True, allow_na=True)
    wave = make_wave(people, questionnaire)
    page.as_(None)
    form = answer_form(page, str(wave.open_token)) | {"Q2": "7", "T1": "half of it"}
    answer = page.post(f"/s/{wave.open_token}", form, status=422)
    assert "Please answer this question" in answer.text
    assert "half of it" in answer.text
    assert 'value="7" checked' in answer.text
    assert answers() == []
    page.post(f"/s/{wave.open_token}", form | {"Q1": "na"})
    assert json.loads(answers()[0].codes) == [NOT_APPLICABLE, 7, None]


@pytest.mark.parametrize(
    "wrong",
    [{"Q1": "6"}, {"Q1": "0"}, {"Q1": "4.5"}, {"Q1": "²"}, {"Q2": "11"}, {"Q1": "na"}, {"Q2": "9" * 5000}, {"Q1": ["1", "2"]}],
)  # fmt: skip
def test_what_no_page_could_have_sent_is_refused(page: Page, wave: Wave, wrong: dict[str, Any]) -> None:
    page.as_(None)
    form = answer_form(page, str(wave.open_token)) | wrong
    assert "Please choose one of the answers" in page.post(f"/s/{wave.open_token}", form, status=422).text
    assert answers() == []


def test_nothing_answered_is_not_stored(page: Page, wave: Wave) -> None:
    page.as_(None)
    form = answer_form(page, str(wave.open_token))
    assert "Nothing is answered yet" in page.post(f"/s/{wave.open_token}", form, status=422).text
    assert answers() == []


def test_hostile_text_is_bounded_and_cleaned(page: Page, wave: Wave) -> None:
    send(page, str(wave.open_token), T1="a\x00\x07b\u202e" + "x" * 5000)
    kept = json.loads(answers()[0].texts)["T1"]
    assert kept.startswith("ab")
    assert len(kept) == 2000
    page.as_(None)
    form = answer_form(page, str(wave.open_token)) | {"T1": "x" * 400_000}
    assert page.client.post(f"/s/{wave.open_token}", data=form).status_code == 413
    unknown = answer_form(page, str(wave.open_token)) | {"Q1": "3", "Q99": "5", "wave_id": "7", "weight": "9"}
    page.post(f"/s/{wave.open_token}", unknown)
    assert answers()[-1].weight == 1.0


@pytest.mark.parametrize("token", ["x", "w" * 21, "p" * 29, "w' OR 1=1 --aaaa", "%00aaaaaaaaaaaa", "w" * 500])
def test_a_guessed_link_leads_nowhere(page: Page, wave: Wave, token: str) -> None:
    assert wave.id
    assert page.client.get(f"/s/{token}").status_code in {400, 404}
    assert page.client.post(f"/s/{token}", data={"Q1": "1"}).status_code in {400, 404}
    assert page.client.post(f"/s/{token}/save", data={"Q1": "1"}).status_code in {400, 404}


# --- going on later ------------------------------------------------------------------------------------------


def test_what_is_entered_is_kept_and_found_again(page: Page, wave: Wave) -> None:
    page.as_(None)
    form = answer_form(page, str(wave.open_token)) | {"Q1": "2", "T1": "so far"}
    saved = page.client.post(f"/s/{wave.open_token}/save", data=form)
    assert saved.json == {"outcome": "stored"}
    page.client.post(f"/s/{wave.open_token}/save", data=form | {"Q1": "3"})
    text = page.get(f"/s/{wave.open_token}")
    assert "go on where you stopped" in text
    assert "so far" in text
    assert 'name="Q1" value="3" checked' in text
    assert answers() == []
    assert page.post(f"/s/{wave.open_token}", form | {"Q1": "4"}).location
    assert session.scalar(select(func.count()).select_from(ResponseDraft)) == 0
    assert page.client.post(f"/s/{wave.open_token}/save", data=form).status_code == 422
    page.as_(None)  # another device knows nothing of it
    assert "so far" not in page.get(f"/s/{wave.open_token}")


def test_a_named_personal_link_goes_on_from_any_device(page: Page, people: People) -> None:
    wave = make_wave(people, make_questionnaire(people, LINES), anonymous=False)
    (token,) = personal(people, wave)
    page.as_(None)
    page.client.post(f"/s/{token}/save", data=answer_form(page, token) | {"T1": "begun on a phone"})
    page.as_(None)
    assert "begun on a phone" in page.get(f"/s/{token}")


def test_old_drafts_are_forgotten(page: Page, wave: Wave) -> None:
    page.as_(None)
    page.client.post(f"/s/{wave.open_token}/save", data=answer_form(page, str(wave.open_token)) | {"Q1": "2"})
    assert answering.forget_old() == 0
    with clock.at(clock.now() + timedelta(days=31)):
        assert answering.forget_old() == 1


# --- personal links ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("anonymous", [True, False])
def test_a_personal_link_counts_once(page: Page, people: People, anonymous: bool) -> None:
    wave = make_wave(people, make_questionnaire(people, LINES), anonymous=anonymous)
    (token,) = personal(people, wave)
    page.as_(None)
    first = answer_form(page, token)
    other = Page(page.app)
    second = answer_form(other, token)  # opened on two devices before either sends
    page.post(f"/s/{token}", first | {"Q1": "5"})
    again = other.client.post(f"/s/{token}", data=second | {"Q1": "1"})
    assert again.status_code in {302, 422}
    assert len(answers()) == 1
    assert "Answered already" in other.get(f"/s/{token}")
    assert session.scalar(select(Invitation.used)) is True
    assert len(list(session.scalars(select(NamedResponse)))) == (0 if anonymous else 1)


def test_the_database_itself_refuses_to_join_an_anonymous_answer(
    page: Page, people: People, wave: Wave
) -> None:
    (token,) = personal(people, wave)
    send(page, token, Q1="5")
    (stored,) = answers()
    invitation = session.scalars(select(Invitation)).one()
    for anonymous in (True, False):
        with pytest.raises(IntegrityError), session.begin_nested():
            session.execute(
                insert(NamedResponse).values(
                    invitation_id=invitation.id, response_id=stored.id, wave_id=wave.id, anonymous=anonymous
                )
            )
    columns = {column.key for column in Response.__table__.columns}
    assert not {name for name in columns if "invitation" in name or "person" in name or "address" in name}
    assert "used_at" not in {column.key for column in Invitation.__table__.columns}


def test_only_hashes_of_personal_links_are_kept_and_the_list_comes_once(
    page: Page, people: People, wave: Wave
) -> None:
    import io

    import openpyxl

    page.as_(people.owner)
    answer = page.client.post(
        f"/surveys/waves/{wave.id}/links",
        data={"way": "list", "list": "a@example.org, VIP\n=1+1,x\nb@example.org"},
    )
    assert answer.status_code == 200
    sheet = openpyxl.load_workbook(io.BytesIO(answer.data)).active
    assert sheet is not None
    rows = list(sheet.iter_rows(values_only=True))
    assert rows[0][1] == "Address or number"
    assert [row[1] for row in rows[1:]] == ["a@example.org", "=1+1", "b@example.org"]
    assert all(cell.data_type != "f" for line in sheet.iter_rows() for cell in line)
    token = str(rows[1][3]).rsplit("/", 1)[1]
    kept = list(session.scalars(select(Invitation)))
    assert token not in {each.token_hash for each in kept}
    assert {each.grouping for each in kept} == {""}, "an anonymous wave keeps no group of a link"
    assert "Recommend?" in page.as_(None).get(f"/s/{token}")


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"way": "number", "number": "0"}, "Give a number from 1"),
        ({"way": "number", "number": "nan"}, "Give a number"),
        ({"way": "number", "number": "999999999"}, "Give a number from 1"),
        ({"way": "list", "list": ""}, "Give at least one address"),
        ({"way": "list", "list": "a@x\nA@X"}, "Line 2: “A@X” stands in the list twice"),
        ({"way": "list", "list": "a" * 300}, "Line 1: give an address"),
        ({"way": "file"}, "Choose a file"),
    ],
)
def test_a_wrong_list_of_people_makes_no_link(
    page: Page, people: People, wave: Wave, form: dict[str, str], said: str
) -> None:
    page.as_(people.owner)
    assert said in page.post(f"/surveys/waves/{wave.id}/links", form, status=422).text
    assert session.scalar(select(func.count()).select_from(Invitation)) == 0


def test_withdrawn_links_lead_nowhere_and_answers_stay(page: Page, people: People, wave: Wave) -> None:
    one, two = personal(people, wave, 2)
    send(page, one, Q1="5")
    page.as_(people.owner)
    page.post(f"/surveys/waves/{wave.id}/links/withdraw", {"reason": ""}, status=422)
    page.post(f"/surveys/waves/{wave.id}/links/withdraw", {"reason": "sent to the wrong list"})
    assert page.as_(None).client.get(f"/s/{two}").status_code == 404
    assert len(answers()) == 1


# --- open and shut -------------------------------------------------------------------------------------------


def test_the_page_says_when_it_is_not_open(page: Page, people: People) -> None:
    questionnaire = make_questionnaire(people, LINES)
    planned = make_wave(people, questionnaire, open_it=False)
    page.as_(None)
    assert "not open yet" in page.get(f"/s/{planned.open_token}")
    assert page.client.post(f"/s/{planned.open_token}", data={"Q1": "1", "r": "x" * 24}).status_code == 422
    later = make_wave(people, questionnaire, first_day=today() + timedelta(days=3))
    assert "opens on" in page.get(f"/s/{later.open_token}")
    assert page.client.post(f"/s/{later.open_token}/save", data={"Q1": "1", "r": "x" * 24}).status_code == 422
    over = make_wave(people, questionnaire, last_day=today())
    with clock.at(clock.now() + timedelta(days=2)):
        assert "This survey is closed" in page.get(f"/s/{over.open_token}")
        assert waves.close_overdue() == 1
    assert answers() == []


def test_enough_is_enough(page: Page, people: People) -> None:
    wave = make_wave(people, make_questionnaire(people, LINES), quota=2)
    send(page, str(wave.open_token), Q1="5")
    send(page, str(wave.open_token), Q1="5")
    page.as_(None)
    form = answer_form(page, str(wave.open_token)) | {"Q1": "5"}
    assert "Enough people" in page.post(f"/s/{wave.open_token}", form, status=422).text
    assert len(answers()) == 2


def test_one_network_can_not_flood_an_open_link(
    page: Page, wave: Wave, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answering, "RATE_ANSWERS", 3)
    for _ in range(3):
        send(page, str(wave.open_token), Q1="5")
    page.as_(None)
    form = answer_form(page, str(wave.open_token)) | {"Q1": "1", "T1": "kept on the page"}
    refused = page.post(f"/s/{wave.open_token}", form, status=429)
    assert "Wait a few minutes" in refused.text
    assert "kept on the page" in refused.text
    assert len(answers()) == 3
    with clock.at(clock.now() + timedelta(minutes=25)):
        page.post(f"/s/{wave.open_token}", form)
    assert len(answers()) == 4


def test_a_link_used_by_eight_at_once_counts_once(live_app: Flask) -> None:
    """Real transactions, real threads: whoever comes second meets the first."""
    with live_app.app_context():
        people = People.load()
        wave = make_wave(people, make_questionnaire(people, LINES))
        (token,) = personal(people, wave)
        session.remove()
    outcomes: list[int] = []
    gate = threading.Barrier(8)

    def work(number: int) -> None:
        client = live_app.test_client()
        gate.wait()
        answer = client.post(f"/s/{token}", data={"r": f"device{number}" + "x" * 20, "Q1": "5"})
        outcomes.append(answer.status_code)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with live_app.app_context():
        assert session.scalar(select(func.count()).select_from(Response)) == 1
        session.remove()
    assert sorted(outcomes) == [302] + [422] * 7
