"""What the machine lacks, and the one line that mends it."""

import sys
from dataclasses import dataclass
from pathlib import Path

PANGO = "apt-get install -y libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"


@dataclass(frozen=True)
class Finding:
    what: str
    ok: bool
    mend: str = ""


def examine() -> list[Finding]:
    return [_python(), *_data(), _pdf()]


def _python() -> Finding:
    found = ".".join(map(str, sys.version_info[:3]))
    return Finding(f"Python {found}", sys.version_info >= (3, 11), "install Python 3.11 or later")


def _data() -> list[Finding]:
    from core import migrating, settings

    values = settings.read()
    folder = Path(str(values["DATA_DIR"]))
    probe = folder / ".write-probe"
    try:
        probe.write_text("")
        probe.unlink()
        writable = True
    except OSError:
        writable = False
    found = [
        Finding(
            f"data folder {folder} can be written",
            writable,
            f"chown or chmod {folder}, or set PLUMBLINE_DATA_DIR",
        )
    ]
    from sqlalchemy import create_engine
    from sqlalchemy.exc import SQLAlchemyError

    try:
        engine = create_engine(str(values["SQLALCHEMY_DATABASE_URI"]))
        now, newest = migrating.current(engine), migrating.heads()[0]
        engine.dispose()
        found.append(Finding(f"database has the newest tables ({newest})", now == newest, "./plumb init"))
    except SQLAlchemyError as error:
        found.append(
            Finding(f"database answers: {error.__class__.__name__}", False, "check PLUMBLINE_DATABASE_URL")
        )
    return found


def _pdf() -> Finding:
    import contextlib
    import io

    try:
        with contextlib.redirect_stdout(io.StringIO()):
            import weasyprint  # noqa: F401 - the import itself is the test
    except OSError:
        return Finding("Pango for PDF files", False, PANGO)
    return Finding("Pango for PDF files", True)
