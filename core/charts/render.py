"""Specifications become SVG for paper, and the browser gets its library, both offline.

vl-convert hangs for ever in a forked child when the parent used it before the fork: nothing here may run in a process
that forks workers later. The library is imported inside the functions, so merely importing this module is safe.
"""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from functools import cache
from importlib.metadata import version
from pathlib import Path
from threading import Lock
from typing import Any, Final, Literal

from core.charts.theme import DARK, LIGHT, themed
from core.documents.fonts import prepare, replace_atomically

ROOT: Final = Path(__file__).resolve().parent.parent.parent
VEGA_LITE: Final = "6.4"
# The bundle is written once for a version of itself and of vl-convert, see bundle_path.
_BUNDLE_EDITION: Final = 1
_LOCALES: Final[dict[str, Literal["zh-CN", "en-US"]]] = {"zh": "zh-CN", "en": "en-US"}
_SNIPPET: Final = "window.vegaEmbed = vegaEmbed; window.plumblineLocales = {locales};"

_fonts_lock = Lock()
_registered: set[Path] = set()


def to_svg(
    spec: dict[str, Any], language: str, cache_dir: Path, *, width: int = 640, dark: bool = False
) -> str:
    """The chart as one SVG element, text kept as text. `language` is zh or en; `width` in px when the page decides.

    Raises ValueError when the specification is refused by Vega-Lite or names data outside itself.
    """
    import vl_convert

    if _names_an_address(spec):
        raise ValueError("a chart carries its data in itself; it may not name an address")
    fonts = prepare(cache_dir)
    if fonts.directory is not None:
        with _fonts_lock:
            if fonts.directory not in _registered:
                vl_convert.register_font_directory(str(fonts.directory))
                _registered.add(fonts.directory)
    colours = {**(DARK if dark else LIGHT), "font": fonts.family}
    whole = themed(spec, colours)
    if whole.get("width") == "container":
        whole["width"] = width
    locale = _LOCALES.get(language, "en-US")
    svg: str = vl_convert.vegalite_to_svg(
        whole,
        vl_version=VEGA_LITE,
        allowed_base_urls=[],
        format_locale=locale,
        time_format_locale=locale,
    )
    return svg


def _names_an_address(part: Any) -> bool:
    if isinstance(part, dict):
        return "url" in part or any(_names_an_address(value) for value in part.values())
    return isinstance(part, list) and any(_names_an_address(value) for value in part)


@cache
def bundle_name() -> str:
    """The file name of the browser's chart library. It holds the versions, so it may be kept for ever."""
    return f"vega-{VEGA_LITE}-{version('vl-convert-python')}-{_BUNDLE_EDITION}.js"


def bundle_path(cache_dir: Path) -> Path:
    """The browser's chart library as one file, with a compressed copy (.gz) beside it.

    Made on first use (about 2 s) and kept. Safe when several processes make it at once.
    """
    path = cache_dir.resolve() / "charts" / bundle_name()
    packed = path.with_name(path.name + ".gz")
    if not (path.is_file() and packed.is_file()):
        import vl_convert

        locales = {
            language: {
                "format": vl_convert.get_format_locale(locale),
                "time": vl_convert.get_time_format_locale(locale),
            }
            for language, locale in _LOCALES.items()
        }
        snippet = _SNIPPET.replace("{locales}", json.dumps(locales, ensure_ascii=True))
        script = vl_convert.javascript_bundle(snippet, vl_version=VEGA_LITE).encode()
        replace_atomically(packed, gzip.compress(script, 9, mtime=0))
        replace_atomically(path, script)
    return path


def bundle_made_apart(cache_dir: Path) -> Path:
    """The same for a web process: what is missing is made by a process of its own, so that the 80 MB it takes are
    given back and no server process ever holds the renderer."""
    path = cache_dir.resolve() / "charts" / bundle_name()
    if not (path.is_file() and path.with_name(path.name + ".gz").is_file()):
        script = "import sys; from pathlib import Path; from core.charts.render import bundle_path; bundle_path(Path(sys.argv[1]))"
        subprocess.run(
            [sys.executable, "-c", script, str(cache_dir.resolve())], check=True, timeout=120, cwd=ROOT
        )
    return path
