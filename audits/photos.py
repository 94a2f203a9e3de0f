"""Photos of auditors: read with suspicion, turned upright, made smaller, stripped of everything but the picture.

A phone writes the place, the time and its owner into a picture; none of that is stored. The size in pixels is read
before anything is unpacked, since a file of some kilobytes may unpack to gigabytes.
"""

import contextlib
import io
import warnings
from collections.abc import Iterator
from typing import IO, TYPE_CHECKING, Final

from core import files
from core.errors import InvalidInput
from core.files import Received
from core.i18n import _

if TYPE_CHECKING:
    from PIL import Image

UPLOAD_LIMIT: Final = 15_000_000
PIXELS_MOST: Final = 60_000_000
EDGE: Final = 1600
PRINT_EDGE: Final = 600
FORMATS: Final = ("JPEG", "PNG", "WEBP")


def receive(stream: IO[bytes], name: str | None) -> tuple[Received, int, int]:
    """A picture from outside as a JPEG of ours with its width and height. Refuses with a sentence."""
    shown = files.safe_name(name)
    data = stream.read(UPLOAD_LIMIT + 1)
    if len(data) > UPLOAD_LIMIT:
        raise InvalidInput(
            _(
                "“%(name)s” is larger than the limit of %(limit)s MB.",
                name=shown,
                limit=f"{UPLOAD_LIMIT / 1e6:,.0f}",
            )
        )
    if not data:
        raise InvalidInput(_("“%(name)s” is empty.", name=shown))
    if files.sniff(data[:8192], shown) not in files.IMAGE:
        raise InvalidInput(_("“%(name)s” is not a photo. Choose a JPEG, PNG or WebP picture.", name=shown))
    picture = _small(data, shown, EDGE)
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=82, optimize=True)
    out.seek(0)
    stem = shown.rpartition(".")[0] or shown
    received = files.receive(out, f"{stem}.jpg", limit=UPLOAD_LIMIT, accept={"image/jpeg"})
    return received, picture.width, picture.height


def for_print(data: bytes) -> bytes:
    """A stored photo as small as a page needs it."""
    from PIL import Image

    out = io.BytesIO()
    with Image.open(io.BytesIO(data), formats=("JPEG",)) as picture:  # one of ours: upright, bounded
        picture.draft("RGB", (PRINT_EDGE, PRINT_EDGE))
        picture.thumbnail((PRINT_EDGE, PRINT_EDGE), Image.Resampling.BILINEAR)
        picture.convert("RGB").save(out, "JPEG", quality=70)
    return out.getvalue()


def _small(data: bytes, shown: str, edge: int) -> "Image.Image":
    from PIL import Image, ImageOps, UnidentifiedImageError

    try:
        with _whole_pictures(), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what the library warns of is refused by size below
            with Image.open(io.BytesIO(data), formats=FORMATS) as picture:
                width, height = picture.size
                if width < 1 or height < 1 or width * height > PIXELS_MOST:
                    raise _too_many(shown)
                picture.draft("RGB", (edge, edge))  # a JPEG is unpacked at half or a quarter of its size
                upright = ImageOps.exif_transpose(picture)
                upright.thumbnail((edge, edge), Image.Resampling.LANCZOS)
                return _flat(upright)
    except InvalidInput:
        raise
    except Image.DecompressionBombError as error:
        raise _too_many(shown) from error
    except (
        UnidentifiedImageError,
        OSError,
        ValueError,
        SyntaxError,
        EOFError,
    ) as error:
        raise InvalidInput(
            _("“%(name)s” can't be read as a photo; it may be damaged.", name=shown)
        ) from error


@contextlib.contextmanager
def _whole_pictures() -> Iterator[None]:
    """The printing library lets torn pictures pass in its whole process; here they are refused."""
    from PIL import ImageFile

    before = ImageFile.LOAD_TRUNCATED_IMAGES
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    try:
        yield
    finally:
        ImageFile.LOAD_TRUNCATED_IMAGES = before


def _too_many(shown: str) -> InvalidInput:
    return InvalidInput(
        _(
            "“%(name)s” has more than %(num)s million pixels, more than a photo needs.",
            name=shown,
            num=PIXELS_MOST // 1_000_000,
        )
    )


def _flat(picture: "Image.Image") -> "Image.Image":
    """On white where it was transparent, and only the pixels: a copy without profile, comment or metadata."""
    from PIL import Image

    if picture.mode in {"RGBA", "LA", "PA"} or "transparency" in picture.info:
        over = picture.convert("RGBA")
        ground = Image.new("RGB", over.size, "white")
        ground.paste(over, mask=over.getchannel("A"))
        return ground
    plain = Image.new("RGB", picture.size)
    plain.paste(picture.convert("RGB"))
    return plain
