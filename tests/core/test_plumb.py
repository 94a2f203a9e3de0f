import re
import time
from html.parser import HTMLParser

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from core import i18n
from core.charts.marks import (
    JINJA_GLOBALS,
    plumb_cell,
    plumb_figure,
    plumb_foot,
    plumb_head,
    spark,
    state,
    state_mark,
    state_words,
)
from core.charts.numbers import difference_text, target_text, value_text
from core.charts.plumb import place, trace
from core.figures import VERDICTS, Figure, Unit, Verdict


@pytest.fixture(scope="module")
def site() -> Flask:
    app = Flask("marks", template_folder=str(i18n.ROOT / "templates"))
    i18n.init_app(app)
    app.jinja_env.globals.update(JINJA_GLOBALS)
    return app


def test_the_mock_page_is_reproduced() -> None:
    spot = place(0.842, 0.82, 0.862, 0.90, "short")
    assert (spot.tone, spot.beyond) == ("bad", 0)
    assert spot.x == pytest.approx(21.0)
    assert spot.bar_x == pytest.approx(10.0)
    assert spot.bar_width == pytest.approx(21.0)
    wide = place(0.94, 0.838, 0.979, 0.90, "on_the_line")
    assert wide.bar_x == pytest.approx(19.0)
    assert wide.bar_width == pytest.approx(70.5)


def test_beyond_the_cell_an_arrow_stands() -> None:
    left = place(0.712, 0.62, 0.78, 0.85, "short")
    assert (left.beyond, left.x, left.bar_x) == (-1, 3.0, None)
    right = place(1.0, None, None, 0.88, "kept")
    assert (right.beyond, right.x) == (1, 97.0)
    edge = place(0.80, 0.79, 0.81, 0.90, "short")
    assert edge.beyond == 0
    assert edge.x == pytest.approx(0.0)
    assert place(0.712, 0.62, 0.78, 0.85, "short", scale=20).beyond == 0


def test_too_few_data_have_no_number_and_no_bar() -> None:
    spot = place(0.5, 0.1, 0.9, 0.9, "too_few")
    assert (spot.tone, spot.x, spot.difference, spot.bar_x) == ("few", 20.0, None, None)
    assert "rect" not in plumb_cell(0.5, 0.1, 0.9, 0.9, "too_few")


def test_an_index_is_not_multiplied() -> None:
    spot = place(81.4, 79.9, 82.9, 80, "on_the_line", unit="index")
    assert spot.x == pytest.approx(57.0)
    assert spot.bar_x == pytest.approx(49.5)


def test_scale_must_be_positive() -> None:
    with pytest.raises(ValueError, match="above 0"):
        place(0.5, None, None, 0.5, "kept", scale=0)


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1), st.floats(0, 1), st.sampled_from(VERDICTS))
def test_nothing_is_drawn_outside_the_cell(
    value: float, one: float, other: float, target: float, verdict: Verdict
) -> None:
    spot = place(value, min(one, other), max(one, other), target, verdict)
    assert 0 <= spot.x <= 100
    if spot.bar_x is not None and spot.bar_width is not None:
        assert spot.bar_x >= 0
        assert spot.bar_width >= 0
        assert spot.bar_x + spot.bar_width <= 100 + 1e-9


def test_a_trend_breaks_where_data_are_too_few() -> None:
    path = trace([0.9, 0.91, None, 0.92, 0.918], 0.95, 0.903, 0.931)
    assert path is not None
    assert [len(run) for run in path.runs] == [2, 2]
    assert path.runs[0][0] == pytest.approx((2.0, 28.9))
    assert path.target_y == pytest.approx(3.1)
    assert path.last[0] == 80.0
    assert path.interval is not None
    assert path.interval[0] < path.last[1] < path.interval[1]


@pytest.mark.parametrize("points", [[], [0.9], [None, 0.9], [0.9, 0.8, None]])
def test_no_trend_without_two_points_or_a_last_one(points: list[float | None]) -> None:
    assert trace(points or [None], 0.9) is None
    assert "not drawn" in spark(points or [None], 0.9, "kept")


def test_a_flat_trend_lies_in_the_middle() -> None:
    path = trace([1.0, 1.0, 1.0], 1.0)
    assert path is not None
    assert {y for _x, y in path.runs[0]} == {16.0}


@given(st.lists(st.none() | st.floats(-1e6, 1e6), min_size=2, max_size=30), st.floats(-1e6, 1e6))
def test_a_trend_stays_in_its_box(points: list[float | None], target: float) -> None:
    path = trace(points, target)
    if path is not None:
        assert all(0 <= x <= 88 and 3 <= y <= 29 for run in path.runs for x, y in run)


class Balanced(HTMLParser):
    """Every tag is closed, and no attribute stands twice."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len({name for name, _value in attrs}) == len(attrs), (tag, attrs)
        self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.mark.parametrize("verdict", VERDICTS)
def test_marks_are_well_formed_and_told_apart_by_shape(verdict: Verdict) -> None:
    pieces = [
        state(verdict),
        state(verdict, paper=True),
        plumb_cell(0.9, 0.8, 0.95, 0.9, verdict),
        plumb_cell(0.5, 0.4, 0.6, 0.9, verdict),
        spark([0.9, None, 0.8, 0.85], 0.9, verdict, 0.8, 0.9),
        plumb_head(),
        plumb_foot(),
    ]
    for piece in pieces:
        assert isinstance(piece, Markup)
        parser = Balanced()
        parser.feed(piece)
        assert parser.open == []
    assert "<svg" not in state(verdict, paper=True)
    assert state_words(verdict) in state(verdict, paper=True)
    assert len({state(other, "", paper=True).partition(">")[2] for other in VERDICTS}) == 4
    shapes = {re.sub(r"s-\w+", "", state_mark(other)) for other in VERDICTS}
    assert len(shapes) == 4


def test_words_and_alternatives_in_both_languages(site: Flask) -> None:
    figure = Figure(0.918, 1431, 0.903, 0.931, target=0.95, verdict="short")
    with site.app_context(), i18n.force_locale("zh"):
        assert "未达标" in state("short")
        assert "贴线" in state("on_the_line")
        assert 'aria-label="距目标 −3.2 个百分点，区间 90.3–93.1"' in plumb_figure(figure)
        assert "距目标 +1.4，区间" in plumb_cell(81.4, 79.9, 82.9, 80, "on_the_line", unit="index")
        assert "不绘图" in spark([None], 0.9, "too_few")
        assert "◂ 未达" in plumb_head()
    with site.app_context(), i18n.force_locale("en"):
        assert 'aria-label="−3.2 points from target, interval 90.3–93.1"' in plumb_figure(figure)
        assert 'aria-label="±0.0 points from target"' in plumb_cell(1.0, None, None, 1.0, "kept")
        assert "Trend over 3 periods, from 90.0% to 100%" in spark([0.9, None, 1.0], 0.9, "kept")


def test_a_word_from_outside_is_escaped() -> None:
    assert "&lt;b&gt;" in state("short", "<b>Not effective</b>")


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0.918, "share", "91.8%"),
        (1.0, "share", "100%"),
        (81.44, "index", "81.4"),
        (4.056, "mean", "4.06"),
        (15204, "count", "15,204"),
        (-0.021, "difference", "−2.1"),
    ],
)
def test_values_are_written_as_the_style_says(value: float, unit: Unit, text: str) -> None:
    assert value_text(value, unit) == text


def test_targets_and_differences_are_written_as_the_style_says() -> None:
    assert [target_text(0.95, "share"), target_text(0.995, "share"), target_text(80, "index")] == [
        "95%",
        "99.5%",
        "80",
    ]
    assert [difference_text(-3.2), difference_text(0.64), difference_text(-0.01)] == ["−3.2", "+0.6", "±0.0"]


def test_the_table_macros_print(site: Flask) -> None:
    source = (
        '{% import "macros/plumb.html" as plumb with context %}'
        '{{ plumb.figure_value(good, "91.8%", href="/w", rows_href="/r") }}'
        '{{ plumb.figure_value(few, "", min_n=30) }}{{ plumb.verdict_counts({"kept": 27, "short": 3}) }}{{ plumb.plumb_legend() }}'
    )
    with site.app_context(), site.test_request_context(), i18n.force_locale("zh"):
        page = site.jinja_env.from_string(source).render(
            good=Figure(0.918, 1431, 0.903, 0.931, target=0.95, verdict="short"),
            few=Figure(None, 6, verdict="too_few"),
        )
    assert '<a class="v num calc" href="/w">91.8%</a>' in page
    assert '<a href="/r">n = 1,431</a>' in page
    assert "n = 6 &lt; 30" in page
    assert '<b class="num">27</b> 达标' in page
    assert "横条为 95% 置信区间" in page


def test_forty_rows_cost_little(site: Flask) -> None:
    points = [0.9 + i / 200 for i in range(12)]
    with site.app_context(), i18n.force_locale("zh"):
        state("kept")
        start = time.process_time()
        for _row in range(40):
            plumb_cell(0.918, 0.903, 0.931, 0.95, "short")
            spark(points, 0.95, "short", 0.903, 0.931)
            state("short")
        assert time.process_time() - start < 0.05
