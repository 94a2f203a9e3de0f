"""Local times become UTC as the standard library says, in any zone and in every form."""

import datetime as dt
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.columnar import opened
from delivery.engine.load import load_log
from delivery.engine.spec import LogSpec, MilestoneSpec
from delivery.engine.zone import offsets

ZONES = (
    "America/New_York", "Europe/London", "Asia/Shanghai", "Australia/Lord_Howe", "America/Sao_Paulo",
    "Asia/Kathmandu", "Africa/Casablanca", "Pacific/Apia", "America/Havana", "UTC",
)  # fmt: skip
FORMS = ("", "%Y/%m/%d %H:%M:%S", "%d-%b-%y %I:%M %p", "%m/%d/%Y %H:%M", "%Y年%m月%d日 %H时%M分")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("times")


def near_changes(zone: str) -> st.SearchStrategy[dt.datetime]:
    """Any local minute, and minutes within three hours of a change of the clocks."""
    known = offsets(zone, 1_262_304_000_000_000, 1_767_225_600_000_000)
    anywhere = st.datetimes(dt.datetime(1975, 1, 1), dt.datetime(2035, 1, 1))  # noqa: DTZ001 - local times
    if not known.breaks:
        return anywhere
    epoch = dt.datetime(1970, 1, 1)  # noqa: DTZ001 - local times
    at = st.sampled_from([epoch + dt.timedelta(microseconds=us) for us in known.wall_breaks])
    return anywhere | st.builds(lambda base, n: base + dt.timedelta(minutes=n), at, st.integers(-180, 180))


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_local_times(folder: Path, data: st.DataObject) -> None:
    zone, form = data.draw(st.sampled_from(ZONES)), data.draw(st.sampled_from(FORMS))
    times = data.draw(st.lists(near_changes(zone), min_size=1, max_size=30))
    times = [each.replace(second=0, microsecond=0) for each in times]
    unpadded = data.draw(st.booleans()) and form[:2] in {"%Y", "%m"}
    rows = []
    for number, each in enumerate(times):
        text = each.strftime(form) if form else each.isoformat(sep=data.draw(st.sampled_from("T ")))
        if unpadded and form:
            text = text.replace("/0", "/").removeprefix("0")
        rows.append(f"{number},{text}\n")
    path = folder / "log.csv"
    path.write_text("id,at\n" + "".join(rows), "utf-8")
    log = LogSpec(case="id", milestones={"at": MilestoneSpec("at", (form,) if form else ())}, timezone=zone)
    result = load_log(path, log, folder / "batch.parquet", folder / "rejects.csv")
    assert result.rejects == {}
    with opened() as connection:
        found = connection.execute(
            "SELECT at_at FROM read_parquet(?) ORDER BY line_no", [str(folder / "batch.parquet")]
        ).fetchall()
    expected = [each.replace(tzinfo=ZoneInfo(zone), fold=0).astimezone(dt.UTC) for each in times]
    assert [moment for (moment,) in found] == expected
