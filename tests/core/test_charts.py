import json
import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from jinja2 import StrictUndefined

from core import i18n
from core.charts import serving
from core.charts.render import bundle_name, bundle_path, to_svg
from core.charts.specs import (
    MAX_POINTS,
    Period,
    Phase,
    Spec,
    Week,
    attainment_over_time,
    before_after,
    coverage_bars,
)
from core.charts.theme import DARK, LIGHT, themed
from core.figures import Figure, verdict, wilson


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("charts")


@pytest.fixture(scope="module")
def site(cache: Path) -> Flask:
    app = Flask("charts", template_folder=str(i18n.ROOT / "templates"))
    app.config.update(DATA_DIR=str(cache), TESTING=True)
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    i18n.init_app(app)
    serving.init_app(app)
    return app


@pytest.fixture(params=["zh", "en"])
def language(request: pytest.FixtureRequest, site: Flask) -> Iterator[str]:
    with site.app_context(), i18n.force_locale(request.param):
        yield request.param


def period(month: int, met: int, n: int, target: float = 0.9) -> Period:
    low, high = wilson(met, n)
    judged = verdict(low, high, target, n, 30)
    if judged == "too_few":
        return Period(date(2026, month, 1), f"2026-{month:02}", n, None, target=target, verdict=judged)
    return Period(date(2026, month, 1), f"2026-{month:02}", n, met / n, low, high, target, judged)


def trend() -> Spec:
    return attainment_over_time(
        [
            period(1, 80, 100),
            period(2, 95, 100),
            period(3, 5, 9),
            period(4, 99, 100),
            period(5, 96, 100, 0.95),
        ]
    )


def phase(first: date, last: date, figure: Figure, tone: Any) -> Phase:
    return Phase(first, last, figure, tone)


BEFORE = phase(date(2026, 4, 6), date(2026, 7, 5), Figure(0.861, 1012, 0.839, 0.881), "bad")
AFTER = phase(date(2026, 8, 24), date(2026, 11, 15), Figure(0.956, 688, 0.938, 0.969), "good")


def weeks() -> list[Week]:
    days = [date(2026, 4, 6) + timedelta(weeks=week) for week in range(32)]
    return [Week(day, day.isoformat(), 80, 0.86 if day < date(2026, 8, 1) else 0.955) for day in days]


def change() -> Spec:
    return before_after(weeks(), BEFORE, AFTER, 0.95)


def coverage() -> Spec:
    return coverage_bars(
        [("ISO 10002:2018", {"full": 31, "part": 9, "none": 4, "na": 2}), ("ISO 9001:2015", {"full": 18})]
    )


def test_every_specification_is_valid_vega_lite(language: str) -> None:
    altair = pytest.importorskip("altair")
    for spec in (trend(), change(), coverage()):
        plain = themed(spec, {**LIGHT, "font": "sans-serif"})
        assert "token:" not in json.dumps(plain)
        altair.LayerChart.from_dict(plain, validate=True)


def test_paper_shows_the_words_of_its_language(language: str, cache: Path) -> None:
    svg = to_svg(trend(), language, cache)
    assert svg.startswith("<svg")
    words = {"zh": ["目标 90%", "2026年5月", "96.0%"], "en": ["target 90%", "May 2026", "96.0%"]}
    for word in words[language]:
        assert word in svg
    change_svg = to_svg(change(), language, cache)
    words = {
        "zh": ["实施前 86.1%", "实施后 95.6%", "不计入比较", "n = 1,012", "8月24日"],
        "en": ["before 86.1%", "after 95.6%", "not counted", "93.8–96.9", "24 Aug"],
    }
    for word in words[language]:
        assert word in change_svg
    assert ("已覆盖" if language == "zh" else "Addressed") in to_svg(coverage(), language, cache)


def test_paper_uses_our_font_and_the_light_colours(cache: Path) -> None:
    svg = to_svg(trend(), "zh", cache)
    assert "Plumbline Sans SC" in svg
    assert LIGHT["bad"] in svg
    assert DARK["bad"] in to_svg(trend(), "zh", cache, dark=True)


def test_too_few_data_leave_a_gap_and_a_hollow_mark(cache: Path) -> None:
    rows = trend()["data"]["values"]
    assert [row["value"] is None for row in rows] == [False, False, True, False, False]
    assert (rows[2]["tone"], rows[2]["low"], rows[2]["n"]) == ("few", None, "9")
    assert 'stroke-dasharray="2,1.6"' in to_svg(trend(), "en", cache)


def test_the_state_is_told_by_shape_and_the_last_interval_is_shown() -> None:
    rows = trend()["data"]["values"]
    assert [row["tone"] for row in rows] == ["bad", "edge", "few", "good", "edge"]
    assert [row["bar"] for row in rows] == [False, False, False, False, True]
    alone = attainment_over_time([period(1, 80, 100), period(2, 5, 9), period(3, 80, 100), period(4, 5, 9)])
    assert [row["bar"] for row in alone["data"]["values"]][2]


def test_the_axis_of_shares_is_cut_but_never_leaves_0_to_100() -> None:
    def domain(spec: Spec) -> list[float]:
        found: list[float] = spec["layer"][0]["encoding"]["y"]["scale"]["domain"]
        return found

    assert domain(trend()) == [65, 100]
    assert domain(attainment_over_time([period(1, 1, 100), period(2, 0, 100)])) == [0, 100]


def test_nothing_outside_the_phases_is_drawn() -> None:
    starts = [row["start"] for row in change()["data"]["values"]]
    assert len(starts) == 13 + 12
    assert not any("2026-07-05" < start < "2026-08-24" for start in starts)


def test_charts_refuse_what_they_cannot_draw() -> None:
    with pytest.raises(ValueError, match="nothing to draw"):
        attainment_over_time([])
    with pytest.raises(ValueError, match=f"at most {MAX_POINTS}"):
        attainment_over_time([period(1, 80, 100)] * (MAX_POINTS + 1))
    with pytest.raises(ValueError, match="overlap"):
        before_after([], AFTER, BEFORE, 0.95)
    with pytest.raises(ValueError, match="both need a value"):
        before_after([], BEFORE, phase(AFTER.first, AFTER.last, Figure(None, 3), "few"), 0.95)
    with pytest.raises(ValueError, match="no part called green"):
        coverage_bars([("ISO 9001", {"green": 1})])
    with pytest.raises(ValueError, match="cannot be negative"):
        coverage_bars([("ISO 9001", {"full": -1})])


def test_a_specification_cannot_reach_outside(cache: Path) -> None:
    spec = {**trend(), "data": {"url": "file:///etc/hostname", "format": {"type": "csv"}}}
    with pytest.raises(ValueError, match="may not name an address"):
        to_svg(spec, "en", cache)


def test_an_unknown_colour_is_an_error() -> None:
    with pytest.raises(KeyError):
        themed({"color": "token:purple"}, LIGHT)


def test_the_colours_are_those_of_the_style_sheet() -> None:
    css = (i18n.ROOT / "static" / "plumbline.css").read_text(encoding="utf-8")
    light, dark = css.split('[data-bs-theme="dark"] {', 1)
    for values, part in ((LIGHT, light), (DARK, dark.split("}", 1)[0])):
        found = dict(re.findall(r"--pl-([a-z0-9-]+): *(#[0-9a-f]{6})", part))
        assert {name: found[name] for name in values} == values


def test_the_browser_library_is_made_once_and_served_compressed(site: Flask, cache: Path) -> None:
    path = bundle_path(cache / "cache")
    made = path.stat().st_mtime_ns
    assert bundle_path(cache / "cache").stat().st_mtime_ns == made
    text = path.read_text(encoding="utf-8")
    assert "plumblineLocales" in text
    assert "\\u661f\\u671f" in text or "星期" in text
    client = site.test_client()
    plain = client.get(f"/charts/{bundle_name()}")
    assert plain.status_code == 200
    assert plain.mimetype == "text/javascript"
    assert plain.data == path.read_bytes()
    assert "immutable" in plain.headers["Cache-Control"]
    packed = client.get(f"/charts/{bundle_name()}", headers={"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert len(packed.data) < len(plain.data) / 2
    assert client.get("/charts/other.js").status_code == 404


def test_the_page_holds_the_chart_its_alternative_and_its_numbers(site: Flask) -> None:
    source = (
        '{% import "macros/charts.html" as charts with context %}'
        '{{ charts.chart("c1", spec, title, "Rose to 96%", {"header": ["Month", "n"], "rows": [["Jan", "100"]]}, detail=", per month") }}'
    )
    spec = {**trend(), "description": "</script><b>"}
    with site.test_request_context(), i18n.force_locale("en"):
        page = site.jinja_env.from_string(source).render(spec=spec, title="Street lights")
    assert page.count("</script>") == 1
    assert f'data-bundle="/charts/{bundle_name()}"' in page
    assert 'aria-label="Rose to 96%"' in page
    assert "<b>Street lights</b>, per month" in page
    assert '<th scope="row">Jan</th><td class="r num">100</td>' in page
    assert "style=" not in page
    held = re.search(r'<script type="application/json">(.*)</script>', page)
    assert held
    assert json.loads(held.group(1)) == json.loads(json.dumps(spec))


@pytest.mark.parametrize(("met", "above"), [(80, True), (92, False), (97, True)])
def test_words_of_a_target_give_way_to_what_is_drawn(met: int, above: bool) -> None:
    spec = attainment_over_time([period(month, met if month < 6 else 60, 100) for month in range(1, 13)])
    words = [layer for layer in spec["layer"] if "words" in str(layer.get("encoding", {}).get("text"))]
    assert [layer["mark"]["dy"] < 0 for layer in words] == [above]
