"""Every example in the pages on methods is run as it stands there, and prints what the page shows.

A fenced block of the language `console` holds commands after `$ ` and the lines they print; a line `…` stands for any
number of lines left out. Paths are from the root of the project.
"""

import re
import shlex
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from click.testing import CliRunner

from app.cli import plumbline
from satisfaction.methods import METHODS

ROOT = Path(__file__).resolve().parents[3]
PAGES = sorted((ROOT / "docs" / "guide").glob("*/methods/*.md"))
SIX = ("reliability", "servqual", "kano", "ipa", "score", "hierarchy")


@dataclass
class Example:
    command: str
    printed: list[str] = field(default_factory=list)


def examples(page: Path) -> list[Example]:
    found: list[Example] = []
    for block in re.findall(r"^```console\n(.*?)^```", page.read_text("utf-8"), re.MULTILINE | re.DOTALL):
        for line in block.splitlines():
            if line.startswith("$ "):
                found.append(Example(line[2:]))
            else:
                assert found, f"{page.name}: an example begins without a command"
                found[-1].printed.append(line.rstrip())
    return found


ALL = [(page, example) for page in PAGES for example in examples(page)]


def _named(page: Path) -> str:
    return page.relative_to(ROOT / "docs" / "guide").as_posix()


@pytest.mark.parametrize(
    ("page", "example"), ALL, ids=[f"{_named(page)}-{place}" for place, (page, _) in enumerate(ALL)]
)
def test_example_prints_what_the_page_shows(
    page: Path, example: Example, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    words = shlex.split(example.command)
    assert words[:2] == ["plumbline", "analyse"], example.command
    done = CliRunner().invoke(plumbline, words[1:])
    assert done.exit_code in {0, 2}, done.output
    printed = [line.rstrip() for line in done.output.splitlines()]
    assert any(example.printed), f"{page.name} shows nothing of what is printed"
    place = 0
    loose = False
    for line in example.printed:
        if line.strip() in {"…", "..."}:
            loose = True
            continue
        if loose:
            assert line in printed[place:], f"{_named(page)}: {line!r} is not printed (any more)"
            place = printed.index(line, place)
            loose = False
        assert place < len(printed), f"{_named(page)}: {line!r} is not printed (any more)"
        assert printed[place] == line, _named(page)
        place += 1
    assert loose or place == len(printed) or not any(printed[place:])


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_index_names_every_method_and_its_page(language: str) -> None:
    folder = ROOT / "docs" / "guide" / language / "methods"
    index = (folder / "README.md").read_text("utf-8")
    for method in METHODS:
        assert f"[`{method}`]({method}.md)" in index
    for linked in re.findall(r"\]\((\w+)\.md\)", index):
        assert (folder / f"{linked}.md").is_file(), f"{language}: {linked}.md is named but not there"


@pytest.mark.parametrize("method", SIX)
def test_both_languages_show_the_same_examples(method: str) -> None:
    english, chinese = (ROOT / "docs" / "guide" / each / "methods" / f"{method}.md" for each in ("en", "zh"))
    assert [each.command for each in examples(english)] == [each.command for each in examples(chinese)]
    assert examples(english)
