"""`plumbline analyse` as it is used from a shell."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from satisfaction.cli import analyse, analyse_command
from satisfaction.methods import METHODS, door

ANSWERS = """\
wait,tone,overall,region,weight
9,10,9,north,1
3,8,4,north,2
7,7,7,south,1
10,9,10,south,1
2,5,3,south,0.5
8,9,,north,1
"""
SPEC = """\
items:
  wait: {kind: nps}
  overall: {kind: ces, valid: [0, 10]}
by: [region]
weight: weight
min_cell: 2
"""
ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(autouse=True)
def _own_temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nothing is left behind."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    yield
    assert not list(folder.iterdir())


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str]:
    answers, spec = tmp_path / "answers.csv", tmp_path / "spec.yaml"
    answers.write_text(ANSWERS, "utf-8")
    spec.write_text(SPEC, "utf-8")
    return str(answers), str(spec)


def called(*arguments: str, **more: Any) -> Result:
    return CliRunner().invoke(analyse, list(arguments), **more)


def refused(*arguments: str, **more: Any) -> str:
    """The one line that says what is wrong."""
    result = called(*arguments, **more)
    assert result.exit_code == 2, result.output
    assert result.stdout == ""
    assert result.stderr.count("\n") == 1
    assert result.stderr.startswith("plumbline: ")
    return result.stderr.strip()


def test_json_holds_what_the_contract_names(files: tuple[str, str]) -> None:
    result = called("score", *files, "--json")
    assert result.exit_code == 0, result.stderr
    found = json.loads(result.stdout)
    assert found["method"] == "score"
    assert found["engine_version"]
    assert len(found["input_sha256"]) == 64
    assert found["n_used"] == 6
    assert found["n_dropped"] == {"count": 0, "reasons": {}}
    assert found["items"]["wait"]["promoters"] == 2
    assert found["items"]["overall"]["missing"] == 1
    assert [each["region"] for each in found["groups"]] == ["north", "south"]


def test_table_without_json(files: tuple[str, str]) -> None:
    result = called("score", *files)
    assert result.exit_code == 0, result.stderr
    assert "promoters" in result.stdout
    assert "north" in result.stdout
    assert "null" not in result.stdout
    assert "{" not in result.stdout


def test_standard_input_for_either_file(files: tuple[str, str]) -> None:
    by_file = json.loads(called("score", *files, "--json").stdout)
    assert json.loads(called("score", "-", files[1], "--json", input=ANSWERS).stdout) == by_file
    assert json.loads(called("score", files[0], "-", "--json", input=SPEC).stdout) == by_file


def test_a_method_on_a_specification_alone(tmp_path: Path) -> None:
    spec = tmp_path / "tree.yaml"
    spec.write_text("tree:\n  A: {weight: 0.6, score: 80}\n  B: {weight: 0.4, score: null}\n", "utf-8")
    found = json.loads(called("hierarchy", str(spec), "--json").stdout)
    assert found["total"] == 80
    assert found["input_sha256"] == found["spec_sha256"]


def test_how_the_file_is_written_stands_in_the_specification(tmp_path: Path) -> None:
    answers, spec = tmp_path / "answers.csv", tmp_path / "spec.yaml"
    answers.write_bytes("等待;地区\n9;北\n3;南\n".encode("gb18030"))
    spec.write_text('items: {等待: {kind: nps}}\nencoding: gb18030\ndelimiter: ";"\n', "utf-8")
    assert json.loads(called("score", str(answers), str(spec), "--json").stdout)["items"]["等待"]["n"] == 2
    assert "等待" in called("score", str(answers), str(spec)).stdout
    spec.write_text("items: {等待: {kind: nps}}\n", "utf-8")
    assert "gb18030" in refused("score", str(answers), str(spec))


@pytest.mark.parametrize(
    ("answers", "spec", "said"),
    [
        ("", SPEC, "is empty"),
        ("wait,overall,region,weight\n", SPEC, "no answers"),
        (ANSWERS.replace("wait", "delay"), SPEC, "no column “wait”"),
        (ANSWERS.replace("3,8", "soon,8"), SPEC, "Column “wait”, row 3: “soon” is not a number"),
        (ANSWERS.replace("3,8", "11,8"), SPEC, "row 3: “11” lies outside 0 to 10"),
        (ANSWERS.replace("3,8", "3,8,8"), SPEC, "line 3 has 6 fields instead of 5"),
        (
            ANSWERS,
            SPEC.replace("weight: weight", "wieght: weight"),
            "“wieght” is not a parameter of this method; “weight”",
        ),
        (ANSWERS, SPEC.replace("kind: nps", "kind: nsp"), "items.wait.kind"),
        (ANSWERS, SPEC.replace("kind: ces", "knid: ces"), "items.overall.knid"),
        (ANSWERS, "items: [", "line 2"),
        (ANSWERS, "", "must hold parameters"),
        (ANSWERS, "items: {}", "items"),
    ],
)
def test_wrong_input_is_named_in_one_line(tmp_path: Path, answers: str, spec: str, said: str) -> None:
    (tmp_path / "a.csv").write_text(answers, "utf-8")
    (tmp_path / "s.yaml").write_text(spec, "utf-8")
    assert said in refused("score", str(tmp_path / "a.csv"), str(tmp_path / "s.yaml"))


def test_wrong_arguments_are_named_in_one_line(files: tuple[str, str]) -> None:
    assert "“score” is one" in refused("scores", *files)
    assert "DATA SPEC" in refused("score", files[1])
    assert "hierarchy SPEC" in refused("hierarchy", *files)
    assert "DATA SPEC" in refused("score", "-", "-")
    assert "nowhere.csv" in refused("score", "nowhere.csv", files[1])
    assert "nowhere.yaml" in refused("score", files[0], "nowhere.yaml")
    assert "--plsc" in refused("score", *files, "--plsc")
    assert "too large" in refused("score", *files, "--max-bytes", "20")
    assert "--threads" in refused("score", *files, "--threads", "many")
    assert "--bootstrap" in refused("pls", *files, "--bootstrap", "1000000000000")
    assert "METHOD" in refused()
    assert called("score", *files, "--seed", "1").exit_code == 0


def test_our_own_faults_are_told_apart(files: tuple[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "load", lambda _method: lambda *_: {"value": float("nan")})
    result = called("score", *files)
    assert result.exit_code == 1
    assert "an error of ours" in result.stderr
    assert "score.value" in result.stderr


def test_every_method_is_there_and_refuses_an_empty_specification(
    files: tuple[str, str], tmp_path: Path
) -> None:
    spec = tmp_path / "empty.yaml"
    spec.write_text("nothing: 1\n", "utf-8")
    for method, takes in METHODS.items():
        arguments = [files[0], str(spec)] if takes == "data" else [str(spec)]
        assert "There is no method" not in refused(method, *arguments)


def test_neither_web_nor_database_is_loaded(files: tuple[str, str]) -> None:
    script = (
        "import sys; from satisfaction.cli import analyse_command as run; "
        f"code = run(['score', {files[0]!r}, {files[1]!r}, '--json']); "
        "loaded = {'flask', 'sqlalchemy', 'scipy.stats', 'statsmodels'} & set(sys.modules); "
        "print(sorted(loaded), file=sys.stderr); sys.exit(code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr.strip() == "[]"
    assert json.loads(done.stdout)["method"] == "score"


def test_exit_code_for_scripts(files: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert analyse_command(["score", *files, "--json"]) == 0
    assert analyse_command(["score", files[0], "nowhere"]) == 2
    assert "nowhere" in capsys.readouterr().err


def test_numbers_are_not_rounded(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a\n0\n0\n1\n", "utf-8")
    result = called("score", str(tmp_path / "a.csv"), "-", "--json", input="items: {a: {kind: mean}}")
    assert json.loads(result.stdout)["items"]["a"]["value"] == pytest.approx(1 / 3, abs=1e-15)
