"""Static files: ours and those of installed packages, gathered once, compressed, served under an address that
carries the hash of them all, so that browsers may keep them for ever."""

import gzip
import hashlib
import importlib.resources
import shutil
import tempfile
from pathlib import Path
from wsgiref.headers import Headers

from flask import Flask
from whitenoise import WhiteNoise

ROOT = Path(__file__).resolve().parent.parent
COMPRESSED = {".css", ".js", ".svg", ".json", ".map"}


def _sources() -> dict[str, Path]:
    """Served name → file. Third-party files come from their installed packages."""
    import flask_bootstrap

    bootstrap = Path(flask_bootstrap.__file__).parent / "static" / "bootstrap5" / "css"
    found = {
        "bootstrap.min.css": bootstrap / "bootstrap.min.css",
        "bootstrap-icons.min.css": bootstrap / "font" / "bootstrap-icons.min.css",
        "fonts/bootstrap-icons.woff2": bootstrap / "font" / "fonts" / "bootstrap-icons.woff2",
        "htmx.min.js": Path(str(importlib.resources.files("js_lib_htmx")))
        / "static"
        / "htmx"
        / "htmx.min.js",
    }
    for path in (ROOT / "static").rglob("*"):
        if path.is_file():
            found[path.relative_to(ROOT / "static").as_posix()] = path
    return found


def gather(data_dir: Path) -> tuple[Path, str]:
    """Copy and compress into `data_dir/assets/<hash>` unless that is there. Gives the folder and the hash."""
    sources = _sources()
    digest = hashlib.sha256()
    for name, path in sorted(sources.items()):
        state = path.stat()
        digest.update(f"{name}:{state.st_size}:{state.st_mtime_ns}\n".encode())
    stamp = digest.hexdigest()[:12]
    target = data_dir / "assets" / stamp
    if target.exists():
        return target, stamp
    target.parent.mkdir(parents=True, exist_ok=True)
    building = Path(tempfile.mkdtemp(dir=target.parent))
    for name, path in sources.items():
        place = building / name
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, place)
        if place.suffix in COMPRESSED:
            packed = gzip.compress(place.read_bytes(), 9, mtime=0)
            place.with_name(place.name + ".gz").write_bytes(packed)
    try:
        building.rename(target)
    except OSError:  # another process was first
        shutil.rmtree(building, ignore_errors=True)
    for old in target.parent.iterdir():
        if old != target and old.is_dir() and old.stat().st_mtime < target.stat().st_mtime - 86_400:
            shutil.rmtree(old, ignore_errors=True)
    return target, stamp


def _headers(headers: Headers, _path: str, _url: str) -> None:
    headers["X-Content-Type-Options"] = "nosniff"


def init_app(app: Flask) -> None:
    folder, stamp = gather(Path(app.config["DATA_DIR"]))
    prefix = f"/assets/{stamp}/"
    folder.chmod(0o755)  # mkdtemp made it private; these files are public
    server = WhiteNoise(
        app.wsgi_app, max_age=31_536_000, allow_all_origins=False, add_headers_function=_headers
    )
    server.add_files(str(folder), prefix=prefix)
    server.immutable_file_test = lambda _path, url: url.startswith(prefix)
    app.wsgi_app = server  # type: ignore[method-assign]  # the documented way to wrap a Flask application
    app.config["ASSETS_FOLDER"] = str(folder)
    app.jinja_env.globals["asset"] = lambda name: prefix + name
