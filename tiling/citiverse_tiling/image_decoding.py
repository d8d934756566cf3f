"""The image files of the sources → pixels, trusting nothing in them."""

from __future__ import annotations

import io
import warnings
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, NamedTuple

import numpy as np
from PIL import Image, UnidentifiedImageError

from citiverse_tiling.content.images import OPAQUE_FROM

if TYPE_CHECKING:
    from collections.abc import Iterator

    from citiverse_tiling.model import UInt8Array

FORMATS = ("JPEG", "PNG", "TIFF", "WEBP", "BMP", "GIF")
MAX_BYTES = 256 * 1024 * 1024
"""Of one image file."""

MAX_PIXELS = 8192 * 8192
"""Of one image: it is decoded as a whole, 3 or 4 bytes a pixel."""

PART = "#bytes="
"""After the path of a file that holds images among other things (GLB): where one begins, and its
length."""

SMALL_SIDE = 256


class UnusableImage(ValueError):
    """A file that is missing, no image, or too large; the message says which."""


class Decoded(NamedTuple):
    """Pixels of an image (h, w, 3 or 4), sRGB, four columns where it isn't opaque; and of a copy.

    The small copy has at most 256 pixels a side.
    """

    full: UInt8Array
    small: UInt8Array


def image_size(path: str) -> tuple[int, int]:
    """Width and height in pixels, from the head of the file. Raises UnusableImage."""
    with _opened(path) as image:
        return image.size


def decode(path: str) -> Decoded:
    """The image in a file, or in a part of one (`PART`). Raises UnusableImage."""
    with _opened(path) as image:
        decoded = _eight_bit(image)
        full = np.asarray(decoded)
        small = decoded.copy()
        small.thumbnail((SMALL_SIDE, SMALL_SIDE), Image.Resampling.BOX)
        return Decoded(full, np.asarray(small))


def file_of(path: str) -> Path:
    """The file that an image is in."""
    return Path(path.partition(PART)[0])


@contextmanager
def _opened(path: str) -> Iterator[Image.Image]:
    """The image in a file; whatever is wrong with it is told as an UnusableImage."""
    try:
        with _bytes_of(path) as file, warnings.catch_warnings():
            # Pillow warns of images that are half as large as those that it refuses.
            warnings.simplefilter("ignore")
            with Image.open(file, formats=FORMATS) as image:
                width, height = image.size
                if width * height > MAX_PIXELS:
                    raise UnusableImage(f"it has {width:,} × {height:,} pixels, too many")
                yield image
    except FileNotFoundError as error:
        raise UnusableImage("there is no such file") from error
    except UnidentifiedImageError as error:
        raise UnusableImage("it is no image that can be read") from error
    except Image.DecompressionBombError as error:
        raise UnusableImage("it has too many pixels") from error
    except UnusableImage:
        raise
    except (OSError, ValueError, SyntaxError, EOFError, IndexError, KeyError) as error:
        raise UnusableImage("it is damaged or cut short") from error


@contextmanager
def _bytes_of(path: str) -> Iterator[IO[bytes]]:
    """An open file, or the part of one that "#bytes=start,length" after its path says."""
    whole, _, part = path.partition(PART)
    with Path(whole).open("rb") as file:
        size = file.seek(0, io.SEEK_END)
        start, length = (int(number) for number in part.split(",")) if part else (0, size)
        if min(length, size - start) > MAX_BYTES:
            raise UnusableImage(f"its file is larger than {MAX_BYTES >> 20} MB")
        file.seek(start)
        yield io.BytesIO(file.read(length)) if part else file


def _eight_bit(image: Image.Image) -> Image.Image:
    """The image as RGB, or as RGBA where some of it isn't opaque."""
    if image.mode.startswith("I;16"):
        return Image.fromarray((np.asarray(image) >> 8).astype(np.uint8)).convert("RGB")
    if image.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in image.info:
        full = image.convert("RGBA")
        low, _ = full.getchannel("A").getextrema()
        return full if isinstance(low, int) and low < OPAQUE_FROM else full.convert("RGB")
    return image.convert("RGB")
