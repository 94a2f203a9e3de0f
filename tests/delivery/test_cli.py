"""`plumbline measure` and `plumbline explain` as they are used from a shell."""

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from delivery.cli import explain, explain_command, measure, measure_command

LOG = """\
number,area,received,closed
1,North,2026-02-13 10:00,2026-02-14 09:30
2,North,2026-02-13 10:00,2026-02-25 09:30
3,South,2026-03-02 10:00,
4,South,2026-03-02 10:00,2026-03-01 10:00
5,South,someday,
,South,2026-03-02 10:00,
"""
SPEC = """\
log:
  timezone: Asia/Shanghai
  case: number
  milestones:
    received: {column: received, format: "%Y-%m-%d %H:%M"}
    closed: {column: closed, format: "%Y-%m-%d %H:%M"}
calendar:
  week: {mon: [09:00-12:00], tue: [09:00-12:00], wed: [09:00-12:00], thu: [09:00-12:00], fri: [09:00-12:00]}
  country: CN
requirements:
  - id: R1
    from: received
    to: closed
    within: 2 working days
    target: 0.9
as_of: 2026-03-03T09:00
group_by: [area]
period: month
"""


@pytest.fixture(autouse=True)
def _own_temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nothing is left behind but rejects that somebody was told of."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    yield
    assert not list(folder.iterdir())


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str]:
    log, spec = tmp_path / "log.csv", tmp_path / "spec.yaml"
    log.write_text(LOG, "utf-8")
    spec.write_text(SPEC, "utf-8")
    return str(log), str(spec)


def run(*arguments: str, command: Any = measure, **more: Any) -> Result:
    return CliRunner().invoke(command, list(arguments), **more)


def test_measure_json(files: tuple[str, str], tmp_path: Path) -> None:
    rejects = tmp_path / "rejects.csv"
    done = run(*files, "--json", "--rejects", str(rejects))
    assert done.exit_code == 0, done.stderr
    answer = json.loads(done.stdout)
    [requirement] = answer["requirements"]
    overall = requirement["overall"]
    assert {
        key: overall[key] for key in ("eligible", "met", "missed", "pending", "attainment", "verdict")
    } == {
        "eligible": 3,
        "met": 1,
        "missed": 1,
        "pending": 1,
        "attainment": 0.5,
        "verdict": "too_few",
    }
    assert len(overall["ci"]) == 2
    assert overall["median_s"] == pytest.approx((23.5 + 287.5) / 2 * 3600)
    assert [(g["area"], g["period"], g["eligible"]) for g in requirement["groups"]] == [
        ("North", "2026-02", 2),
        ("South", "2026-03", 1),
    ]
    assert requirement["groups"][1]["attainment"] is None
    assert (answer["rows"], answer["cases"], answer["n_used"]) == (6, 4, 3)
    assert answer["rejects"] == {
        "count": 3,
        "reasons": {"to_before_from": 1, "unreadable_time": 1, "missing_case": 1, "duplicate_case": 0},
        "file": str(rejects),
    }
    assert answer["n_dropped"]["count"] == 3
    assert (answer["method"], answer["variant"]) == ("attainment", "event_log")
    assert len(answer["input_sha256"]) == 64
    assert answer["engine_version"]
    lines = rejects.read_text("utf-8").splitlines()
    assert lines[0] == "line,case,code,field,value,reason"
    assert sorted(line.split(",")[0] for line in lines[1:]) == ["5", "6", "7"]


def test_measure_table(files: tuple[str, str]) -> None:
    done = run(*files)
    assert done.exit_code == 0
    assert "50.0%" in done.stdout
    assert "6 rows, 4 cases, 3 rejected" in done.stdout
    file = Path(done.stdout.rsplit("see ", 1)[1].strip())
    assert "unreadable_time" in file.read_text("utf-8")
    file.unlink()


def test_standard_input(files: tuple[str, str]) -> None:
    plain = json.loads(run(*files, "--json").stdout)
    piped = json.loads(run("-", files[1], "--json", input=LOG.encode()).stdout)
    for answer in (plain, piped):
        Path(answer["rejects"].pop("file")).unlink()
    assert piped == plain


def test_explain(files: tuple[str, str]) -> None:
    done = run(*files, "--case", "2", "--json", command=explain)
    assert done.exit_code == 0, done.stderr
    [told] = json.loads(done.stdout)["requirements"]
    assert told["outcome"] == "missed"
    # The Saturday before the festival is worked, then nothing until Tuesday the 24th.
    assert told["deadline"] == "2026-02-25T00:00:00+08:00"
    counted = [line["start"][:10] for line in told["lines"] if line["counted"]]
    assert counted == ["2026-02-14", "2026-02-24", "2026-02-25"]
    codes = {line["start"][:10]: line["code"] for line in told["lines"]}
    assert codes["2026-02-13"] == "first_day"
    assert codes["2026-02-14"] == "swap_day"
    assert codes["2026-02-17"] == "public_holiday"
    assert codes["2026-02-21"] == "weekend"
    assert codes["2026-02-24"] == "working_day"
    assert told["clock"] == 3
    text = run(*files, "--case", "2", command=explain).stdout
    assert "Chinese New Year" in text
    assert text.rstrip().endswith("outcome  missed")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"within: 2 working days": "within: soon"}, "requirements[0].within: “soon” is not a limit"),
        ({"case: number": "case: nummer"}, "log.csv: line 1 has no column “nummer”"),
        ({"group_by: [area]": "group_by: [zone]"}, "has no column “zone”"),
        ({"target: 0.9": "target: 90"}, "requirements[0].target: 90 is not a share"),
        ({"target: 0.9": "targets: 0.9"}, "requirements[0].targets: not a setting; did you mean “target”?"),
        ({"period: month": "period: [month"}, "spec.yaml: line"),
        ({"timezone: Asia/Shanghai": "timezone: Asia/Peking"}, "log.timezone: “Asia/Peking”"),
        ({"log:": "log:\nlog:"}, "“log” stands twice"),
    ],
)
def test_wrong_specifications(files: tuple[str, str], change: dict[str, str], words: str) -> None:
    text = SPEC
    for old, new in change.items():
        assert old in text
        text = text.replace(old, new, 1)
    Path(files[1]).write_text(text, "utf-8")
    done = run(*files, "--json")
    assert done.exit_code == 2
    assert done.stdout == ""
    assert words in done.stderr
    assert done.stderr.count("\n") == 1


def test_wrong_files(files: tuple[str, str], tmp_path: Path) -> None:
    for log, words in ((str(tmp_path / "none.csv"), "no such file"), (files[1], "has no column")):
        done = run(log, files[1])
        assert (done.exit_code, words in done.stderr) == (2, True)
    assert run(files[0], str(tmp_path / "none.yaml")).exit_code == 2
    assert run(*files, "--case", "99", command=explain).exit_code == 2
    assert run(*files, "--case", "1", "--requirement", "R9", command=explain).exit_code == 2
    assert run(files[0]).exit_code == 2


def test_a_rejected_case_says_why(files: tuple[str, str]) -> None:
    done = run(*files, "--case", "5", command=explain)
    assert done.exit_code == 2
    assert "line 6 was rejected" in done.stderr
    assert "unreadable_time in received" in done.stderr


def test_a_log_without_rows(files: tuple[str, str]) -> None:
    Path(files[0]).write_text(LOG.splitlines()[0] + "\n", "utf-8")
    done = run(*files, "--json")
    assert done.exit_code == 0, done.stderr
    answer = json.loads(done.stdout)
    assert (answer["rows"], answer["cases"], answer["requirements"][0]["groups"]) == (0, 0, [])
    assert answer["requirements"][0]["overall"]["attainment"] is None
    Path(files[0]).write_text("number,area,received,closed\n1,N,soon,\n", "utf-8")
    done = run(*files, "--json")
    assert "no row could be taken" in done.stderr
    Path(json.loads(done.stdout)["rejects"]["file"]).unlink()


def test_exit_codes_as_functions(files: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert measure_command([*files, "--json"]) == 0
    Path(json.loads(capsys.readouterr().out)["rejects"]["file"]).unlink()
    assert explain_command([*files, "--case", "99"]) == 2


def test_our_own_fault(files: tuple[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder for temporary files that is not there is nobody's input."""
    monkeypatch.setattr("tempfile.tempdir", "/nonexistent")
    assert run(*files).exit_code == 1


def test_chinese_logs_line_up(tmp_path: Path) -> None:
    log = io.StringIO()
    log.write("编号,区域,收到,办结\n")
    for n in range(40):
        log.write(f"{n},{'天河区' if n % 2 else '越秀'},2026/3/2 9:0{n % 9},2026/3/{n % 3 + 2} 10:30\n")
    (tmp_path / "日志.csv").write_bytes(log.getvalue().encode("gb18030"))
    (tmp_path / "spec.yaml").write_text(
        """
log:
  encoding: gb18030
  timezone: Asia/Shanghai
  case: 编号
  milestones: {收到: {column: 收到, format: "%Y/%m/%d %H:%M"}, 办结: {column: 办结, format: "%Y/%m/%d %H:%M"}}
requirements: [{id: 当日办结, from: 收到, to: 办结, within: same working day, target: 0.5}]
as_of: 2026-03-31
group_by: [区域]
""",
        "utf-8",
    )
    done = run(str(tmp_path / "日志.csv"), str(tmp_path / "spec.yaml"))
    assert done.exit_code == 0, done.stderr
    assert "当日办结" in done.stdout
    assert "short" in done.stdout or "on the line" in done.stdout
