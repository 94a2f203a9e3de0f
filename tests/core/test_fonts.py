import multiprocessing
import os
from pathlib import Path

import pytest

from core.documents import fonts
from core.documents.fonts import FAMILY, FontsUnavailable, prepare, replace_atomically


@pytest.fixture(autouse=True)
def restored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FONTCONFIG_FILE", os.environ.get("FONTCONFIG_FILE", ""))


def cut(cache_dir: Path) -> str:
    return str(prepare(cache_dir).directory)


def test_two_weights_are_cut_once_under_their_own_name(tmp_path: Path) -> None:
    from fontTools.ttLib import TTFont  # type: ignore[import-untyped]  # the library ships no types

    setup = prepare(tmp_path)
    assert (setup.source, setup.family, setup.problem) == ("cut", FAMILY, "")
    assert setup.directory is not None
    assert setup.config is not None
    assert os.environ["FONTCONFIG_FILE"] == str(setup.config)
    assert str(setup.directory) in setup.config.read_text(encoding="utf-8")
    for style, weight, bold in (("Regular", 400, 0), ("Bold", 700, 1)):
        with TTFont(setup.directory / f"PlumblineSansSC-{style}.ttf", lazy=True) as font:
            assert font["name"].getDebugName(1) == FAMILY
            assert font["name"].getDebugName(2) == style
            assert font["OS/2"].usWeightClass == weight
            assert font["head"].macStyle == bold
            assert "fvar" not in font
            assert {ord(char) for char in "准绳鿏䶮℃≥①Aa−–“”"} <= set(font.getBestCmap())
    assert (setup.directory / "OFL.txt").is_file()
    first = (setup.directory / "PlumblineSansSC-Bold.ttf").stat().st_mtime_ns
    prepare.cache_clear()
    prepare(tmp_path)
    assert (setup.directory / "PlumblineSansSC-Bold.ttf").stat().st_mtime_ns == first
    assert [path.name for path in setup.directory.parent.iterdir() if path.name.startswith(".")] == []


def test_two_processes_may_cut_at_once(tmp_path: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        places = pool.map(cut, [tmp_path, tmp_path], chunksize=1)
    assert places[0] == places[1]
    assert fonts._is_complete(Path(places[0]))
    assert [path.name for path in Path(places[0]).parent.iterdir() if path.name.startswith(".")] == []


def test_a_moved_cache_gets_a_new_configuration(tmp_path: Path) -> None:
    directory = tmp_path / "fonts" / "somewhere"
    assert str(directory) in fonts._write_config(tmp_path, directory).read_text(encoding="utf-8")
    other = tmp_path / "fonts" / "a & b"
    assert "a &amp; b" in fonts._write_config(tmp_path, other).read_text(encoding="utf-8")


def test_without_the_package_the_system_or_a_warning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> Path:
        raise FontsUnavailable("the package justmytype-intl-cjk is not installed")

    monkeypatch.setattr(fonts, "_variable_font", missing)
    monkeypatch.setattr(fonts, "_system_has_chinese", lambda: True)
    assert prepare(tmp_path / "one").source == "system"
    monkeypatch.setattr(fonts, "_system_has_chinese", lambda: False)
    setup = prepare(tmp_path / "two")
    assert setup.source == "none"
    assert "apt-get install fonts-noto-cjk" in setup.problem
    assert "justmytype-intl-cjk" in setup.problem
    assert list((tmp_path / "two" / "fonts").iterdir()) == []


def test_a_cache_that_cannot_be_written_is_no_crash(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    assert prepare(blocked).source in {"system", "none"}


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a" / "b.txt"
    replace_atomically(path, b"one")
    assert path.read_bytes() == b"one"

    def full(*_args: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="disk full"):
        replace_atomically(path, b"two")
    assert path.read_bytes() == b"one"
    assert [entry.name for entry in path.parent.iterdir()] == ["b.txt"]
