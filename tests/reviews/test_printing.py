"""The pack before the meeting and the minutes after it, as extracted text; how figures are written."""

from datetime import date
from typing import Any

import pytest
from pypdf import PdfReader

from core import files
from core.db import session
from core.figures import Figure
from core.i18n import force_locale
from improvement.operations import findings
from reviews import jobs, showing
from reviews.inputs import blocks, providers
from reviews.queries import reviews as queries
from tests.page import Page
from tests.people import People
from tests.reviews.builders import decide, hold, item_of, prepare, sign


def done(_step: int, _total: int, _words: str | None = None) -> None:
    """Progress that nobody watches."""


def text_of(review: Any, number: int) -> str:
    printed = queries.get_print(queries.get_review(review.id), number)
    reader = PdfReader(files.path_of(printed.file.sha256))
    return "\n".join(page.extract_text() for page in reader.pages).replace("\n", "")


def test_minutes_in_chinese_hold_figures_decisions_and_signature(app: Any, people: People) -> None:
    findings.raise_finding(
        origin="person", grade="minor", statement_en="Dark", statement_zh="路灯不亮", unit=people.north,
        actor=people.manager,
    )  # fmt: skip
    review = hold(people, first_day=date(2026, 1, 1), last_day=date(2026, 12, 31))
    decide(review, people)
    sign(review, people)
    number = jobs.build(review.id, "zh", done, actor_id=people.manager.id)
    printed = queries.get_print(queries.get_review(review.id), number)
    assert (printed.language, printed.state, printed.file.name) == (
        "zh", "signed", f"{review.code}-minutes-zh.pdf",
    )  # fmt: skip
    text = text_of(review, number)
    for words in (
        "管理评审会议纪要",
        "半年评审",
        "采购路灯",
        "路灯不亮",
        "提出的发现项",
        "一般不符合",
        "Tao Top",
        "9.3.2",
    ):
        assert words in text, words


def test_the_pack_before_the_meeting_comes_by_a_job(app: Any, page: Page, people: People) -> None:
    review = prepare(people)
    page.as_(people.owner)
    page.post(f"/reviews/{review.id}/print", {"language": "en"})
    assert page.response is not None
    assert page.response.location.startswith("/jobs/")
    number = jobs.build(review.id, "en", done, actor_id=people.owner.id)
    session.commit()
    text = text_of(review, number)
    for words in (
        "Management review pack",
        "Half-year review",
        "Earlier decisions",
        "To look at",
        "Olga Owner",
    ):
        assert words in text, words
    assert "pack-en.pdf" in page.get(f"/reviews/{review.id}")
    answer = page.client.get(f"/reviews/{review.id}/prints/{number}")
    assert answer.mimetype == "application/pdf"
    answer.close()
    other = prepare(people)
    assert page.client.get(f"/reviews/{other.id}/prints/{number}").status_code == 404


def row(now: Figure, before: Figure | None = None, **values: Any) -> dict[str, Any]:
    return blocks.figure(blocks.plain("Share"), now, before, **values)


def share(value: float | None, low: float | None = None, high: float | None = None) -> Figure:
    return Figure(value, 100, low, high)


@pytest.mark.parametrize(
    ("now", "before", "better", "expected"),
    [
        (share(0.9, 0.85, 0.95), share(0.7, 0.6, 0.8), "up", ("+20.0 points", "arrow-up-right", "good")),
        (share(0.7, 0.6, 0.8), share(0.9, 0.85, 0.95), "up", ("−20.0 points", "arrow-down-right", "bad")),
        (share(0.9, 0.7, 0.95), share(0.8, 0.6, 0.9), "up", ("+10.0 points", "arrow-up-right", "")),
        (share(0.9, 0.85, 0.95), share(0.7, 0.6, 0.8), "down", ("+20.0 points", "arrow-up-right", "bad")),
        (share(0.9), share(0.9), "up", ("0.0 points", "dash", "")),
        (share(None), share(0.9), "up", ("", "", "")),
    ],
)
def test_a_change_is_coloured_only_where_intervals_lie_apart(
    app: Any, now: Figure, before: Figure, better: str, expected: tuple[str, str, str]
) -> None:
    with force_locale("en"):
        assert showing.change(row(now, before, better=better)) == expected


def test_counts_and_survey_values_are_written_in_their_own_way(app: Any) -> None:
    with force_locale("en"):
        count = Figure(1200.0, 1200, unit="count")
        assert showing.value(row(count)) == "1,200"
        assert showing.change(row(count, Figure(1190.0, 1190, unit="count")))[0] == "+10"
        felt = Figure(4.256, 90, 4.1, 4.4, unit="mean")
        assert showing.value(row(felt, measure="mean")) == "4.26"
        assert showing.interval(row(felt, measure="mean")) == "4.10–4.40"
        assert showing.value(row(Figure(None, 3, verdict="too_few"))) == "—"
        assert showing.interval(row(share(0.5, 0.4, 0.6))) == "40.0–60.0"


def test_every_input_with_a_provider_finds_it(app: Any) -> None:
    from reviews.rules.agenda import INPUTS

    assert {item.provider for item in INPUTS if item.provider} == set(providers.PROVIDERS)


def test_attainment_is_drawn_with_targets_and_months(app: Any, people: People) -> None:
    from tests.reviews.measured import measure

    measure(people)
    review = prepare(people, first_day=date(2026, 1, 1), last_day=date(2026, 6, 30))
    item = item_of(review, "attainment")
    bars, plumb, trend = providers.blocks_of(review, [item])[item.id]
    assert [line["value"] for line in bars["rows"]] == [0, 0, 1, 0]
    (line,) = plumb["rows"]
    assert (line["now"]["value"], line["now"]["target"], line["now"]["n"]) == (0.6, 0.9, 300)
    assert line["before"]["value"] == 0.8
    assert showing.change(line)[2] == "bad"
    assert len(trend["rows"][0]["months"]) == 12
    assert "svg" in showing.plumb_on_paper(line)
    number = jobs.build(review.id, "en", done, actor_id=people.manager.id)
    assert "60.0%" in text_of(review, number)
