"""Chinese type for documents, charts and browser tests, without asking the system for it.

The installed font package carries Noto Sans SC (SIL Open Font Licence) as one variable file. Rendering straight
from it costs about a second per weight and page, and its default instance is Thin; so two static instances are cut
once, given a family name of their own and kept in the cache folder.
"""

from __future__ import annotations

import logging
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Final, Literal
from xml.sax.saxutils import escape

FAMILY: Final = "Plumbline Sans SC"
WEIGHTS: Final = {"Regular": 400, "Bold": 700}

# A new way of cutting gets a new folder, so an old cache is never taken for a new one.
_EDITION: Final = "noto-sans-sc-1"
_SYSTEM_FOLDERS: Final = (
    "/usr/share/fonts",
    "/usr/local/share/fonts",
    "/Library/Fonts",
    "/System/Library/Fonts",
)

log = logging.getLogger(__name__)

FontSource = Literal["cut", "system", "none"]


@dataclass(frozen=True)
class FontSetup:
    """Where the type of this process comes from.

    `directory` is what vl-convert and browsers are given; `config` is the fontconfig file in force, None when the
    system's own is left in place; `family` is the name to ask for first; `problem` says in one sentence what is
    missing, or is empty.
    """

    source: FontSource
    family: str
    directory: Path | None
    config: Path | None
    problem: str = ""


class FontsUnavailable(Exception):
    """The fonts could not be cut; the message says why."""


@lru_cache(maxsize=8)
def prepare(cache_dir: Path) -> FontSetup:
    """Makes Chinese type available to this process and says where it is.

    Cuts the fonts on first use (a few seconds), writes fonts.conf and sets FONTCONFIG_FILE, so it must run before
    the first text is laid out. Safe when several processes start at once: each cuts into its own folder, the first
    to finish wins. Never raises: without fonts the setup carries a `problem`.
    """
    try:
        directory = _cut_once(cache_dir)
        config = _write_config(cache_dir, directory)
    except (FontsUnavailable, OSError) as problem:
        setup = _system_setup(str(problem))
        if setup.problem:
            log.warning("%s", setup.problem)
        return setup
    os.environ["FONTCONFIG_FILE"] = str(config)
    return FontSetup("cut", FAMILY, directory, config)


def _cut_once(cache_dir: Path) -> Path:
    home = cache_dir.resolve() / "fonts"
    final = home / _EDITION
    if _is_complete(final):
        return final
    home.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=f".{_EDITION}-", dir=home))
    try:
        source = _variable_font()
        for file_name, data in _cut(source):
            (work / file_name).write_bytes(data)
        shutil.copyfile(source.with_name("OFL.txt"), work / "OFL.txt")
        work.chmod(0o755)
        try:
            work.rename(final)
        except OSError:
            if not _is_complete(final):  # otherwise another process was first, and its cut is as good
                raise
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return final


def _is_complete(directory: Path) -> bool:
    return all((directory / _file_name(style)).is_file() for style in WEIGHTS)


def _file_name(style: str) -> str:
    return f"PlumblineSansSC-{style}.ttf"


def _variable_font() -> Path:
    try:
        import justmytype_intl_cjk
    except ImportError as problem:
        raise FontsUnavailable("the package justmytype-intl-cjk is not installed") from problem
    package = Path(str(justmytype_intl_cjk.__file__)).parent
    source = package / "fonts" / "ofl" / "notosanssc" / "NotoSansSC[wght].ttf"
    if not source.is_file():
        raise FontsUnavailable("the package justmytype-intl-cjk does not carry Noto Sans SC")
    return source


def _cut(source: Path) -> Iterator[tuple[str, bytes]]:
    try:
        import uharfbuzz
    except ImportError as problem:
        raise FontsUnavailable("the package uharfbuzz is not installed") from problem
    face = uharfbuzz.Face(uharfbuzz.Blob.from_file_path(str(source)))
    for style, weight in WEIGHTS.items():
        instance = uharfbuzz.SubsetInput()
        instance.keep_everything()
        instance.pin_axis_location(face, "wght", float(weight))
        try:
            cut = uharfbuzz.subset(face, instance)
        except RuntimeError as problem:
            raise FontsUnavailable(f"weight {weight} could not be cut from {source.name}") from problem
        yield _file_name(style), _named(cut.blob.data, style, weight)


def _named(data: bytes, style: str, weight: int) -> bytes:
    """The same font under our family name, with the style bits that make bold text find the bold file."""
    from fontTools.ttLib import TTFont  # type: ignore[import-untyped]  # the library ships no types

    font = TTFont(BytesIO(data), lazy=True, recalcBBoxes=False, recalcTimestamp=False)
    names = font["name"]
    kept = [record for record in names.names if record.nameID in {0, 5, 13, 14}]
    names.names = [record for record in kept if record.platformID == 3]
    post_script = f"PlumblineSansSC-{style}"
    for name_id, text in {
        1: FAMILY,
        2: style,
        3: post_script,
        4: f"{FAMILY} {style}",
        6: post_script,
    }.items():
        names.setName(text, name_id, 3, 1, 0x409)
    font["OS/2"].usWeightClass = weight
    bold = weight >= WEIGHTS["Bold"]
    font["OS/2"].fsSelection = (font["OS/2"].fsSelection & ~0b1100001) | (0b100000 if bold else 0b1000000)
    font["head"].macStyle = 1 if bold else 0
    if "STAT" in font:
        del font["STAT"]  # describes the weight axis, which is gone
    out = BytesIO()
    font.save(out, reorderTables=None)
    return out.getvalue()


def _write_config(cache_dir: Path, directory: Path) -> Path:
    """A fontconfig file with our cut first and the system's fonts behind it for what Noto Sans SC lacks."""
    path = cache_dir.resolve() / "fonts" / "fonts.conf"
    folders = [str(directory), *(folder for folder in _SYSTEM_FOLDERS if Path(folder).is_dir())]
    # Whoever asks for a general family, or for one that is not here, gets ours before the system's.
    generic = "".join(
        f'<match target="pattern"><test name="family"><string>{name}</string></test>'
        f'<edit name="family" mode="prepend" binding="strong"><string>{FAMILY}</string></edit></match>\n'
        for name in ("sans-serif", "sans", "system-ui", "Noto Sans SC", "Noto Sans CJK SC")
    )
    generic += (
        '<match target="pattern"><edit name="family" mode="append_last" binding="strong">'
        f"<string>{FAMILY}</string></edit></match>\n"
    )
    text = (
        '<?xml version="1.0"?>\n<!DOCTYPE fontconfig SYSTEM "fonts.dtd">\n<fontconfig>\n'
        + "".join(f"<dir>{escape(folder)}</dir>\n" for folder in folders)
        + f"<cachedir>{escape(str(path.parent / 'fontconfig'))}</cachedir>\n"
        + generic
        + "</fontconfig>\n"
    )
    if not path.is_file() or path.read_text(encoding="utf-8") != text:
        replace_atomically(path, text.encode())
    return path


def replace_atomically(path: Path, data: bytes) -> None:
    """Writes the whole file or nothing: readers in other processes see the old one or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _system_setup(reason: str) -> FontSetup:
    if _system_has_chinese():
        return FontSetup("system", "Noto Sans CJK SC", None, None)
    return FontSetup(
        "none",
        "sans-serif",
        None,
        None,
        f"Chinese text in PDF files and charts will show empty boxes: {reason}, and the system has no Chinese font. "
        "Reinstall the product's requirements, or run: apt-get install fonts-noto-cjk",
    )


def _system_has_chinese() -> bool:
    if sys.platform in {"darwin", "win32"}:
        return True  # both come with Chinese fonts
    lister = shutil.which("fc-list")
    if lister is None:
        return any(Path("/usr/share/fonts").glob("**/*CJK*"))
    try:
        answer = subprocess.run(
            [lister, ":lang=zh-cn", "family"], capture_output=True, timeout=20, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return bool(answer.stdout.strip())
