"""Files stay short enough to be read in one go: past the limit a file becomes a folder, one file a noun."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MOST_LINES = 400


def test_no_file_is_too_long() -> None:
    lines = {
        path.relative_to(ROOT).as_posix(): path.read_text().count("\n")
        for path in [*ROOT.glob("*.py"), *ROOT.glob("[a-z]*/**/*.py")]
        if path.parent != ROOT / "migrations" / "versions"
    }
    assert len(lines) > 500
    assert not {name for name, count in lines.items() if count > MOST_LINES}
