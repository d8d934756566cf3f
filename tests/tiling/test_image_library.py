"""Image files are decoded in bounded memory, whatever is in them."""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from citiverse_tiling import image_decoding, image_library
from citiverse_tiling.image_decoding import UnusableImage, image_size
from citiverse_tiling.image_library import ImageLibrary
from tiling.appearance_documents import image

if TYPE_CHECKING:
    from pathlib import Path


def png_head(width: int, height: int) -> bytes:
    """The beginning of a PNG of that size, without pixels."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    checksum = zlib.crc32(b"IHDR" + head)
    empty = zlib.compress(b"")
    return (
        b"\x89PNG\r\n\x1a\n"
        + struct.pack(">I4s", len(head), b"IHDR")
        + head
        + struct.pack(">I", checksum)
        + struct.pack(">I4s", len(empty), b"IDAT")
        + empty
        + struct.pack(">I", zlib.crc32(b"IDAT" + empty))
    )


@pytest.mark.parametrize("ending", ["png", "jpg", "tif", "webp", "bmp", "gif"])
def test_row_24_formats_are_read(tmp_path: Path, ending: str) -> None:
    path = str(image(tmp_path / f"a.{ending}", (64, 32)))
    library = ImageLibrary()
    assert library.size(path) == image_size(path) == (64, 32)
    assert library.full(path).shape == (32, 64, 3)
    red, green = library.full(path)[4, 4], library.full(path)[4, 60]
    assert np.abs(red.astype(int) - [255, 0, 0]).max() < 40
    assert np.abs(green.astype(int) - [0, 255, 0]).max() < 40


def test_a_small_copy_is_small_and_of_the_same_colours(tmp_path: Path) -> None:
    path = str(image(tmp_path / "a.jpg", (2_000, 1_000)))
    small = ImageLibrary().small(path)
    assert max(small.shape) <= 256
    assert np.abs(small[10, 10].astype(int) - [255, 0, 0]).max() < 10


@pytest.mark.parametrize("mode", ["L", "P", "1", "CMYK", "I;16"])
def test_all_kinds_of_pixels_become_eight_bit_colours(tmp_path: Path, mode: str) -> None:
    path = tmp_path / "a.tif"
    if mode == "I;16":
        Image.fromarray(np.full((4, 4), 0x8000, np.uint16)).save(path)
    else:
        Image.new("L", (4, 4), 128).convert("RGB").convert(mode).save(path)
    found = ImageLibrary().full(str(path))
    assert found.shape == (4, 4, 3)
    assert found.dtype == np.uint8
    assert mode == "1" or abs(int(found.mean()) - 128) <= 1


def test_only_what_can_be_seen_through_has_an_opacity(tmp_path: Path) -> None:
    clear, opaque = tmp_path / "clear.png", tmp_path / "opaque.png"
    Image.new("RGBA", (4, 4), (1, 2, 3, 7)).save(clear)
    Image.new("RGBA", (4, 4), (1, 2, 3, 255)).save(opaque)
    assert ImageLibrary().full(str(clear)).shape == (4, 4, 4)
    assert ImageLibrary().full(str(opaque)).shape == (4, 4, 3)


def test_too_many_pixels_are_refused_before_they_are_made(tmp_path: Path) -> None:
    for width, height in ((8_193, 8_192), (60_000, 60_000)):
        path = tmp_path / "bomb.png"
        path.write_bytes(png_head(width, height))
        with pytest.raises(UnusableImage, match="too many"):
            ImageLibrary().full(str(path))
        with pytest.raises(UnusableImage, match="too many"):
            image_size(str(path))


def test_too_large_a_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(image_decoding, "MAX_BYTES", 10)
    with pytest.raises(UnusableImage, match="larger than"):
        ImageLibrary().full(str(image(tmp_path / "a.png")))


def test_what_is_no_image_or_cut_short_is_told(tmp_path: Path) -> None:
    path = image(tmp_path / "a.jpg", (300, 300))
    data = path.read_bytes()
    for content, why in (
        (b"", "no image"),
        (b"<html>", "no image"),
        (data[: len(data) // 2], "damaged"),
        (png_head(8, 8), "damaged"),
    ):
        path.write_bytes(content)
        library = ImageLibrary()
        for _ in range(2):
            with pytest.raises(UnusableImage, match=why):
                library.full(str(path))
    with pytest.raises(UnusableImage, match="no such file"):
        ImageLibrary().full(str(tmp_path / "b.jpg"))


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data(), st.sampled_from(["png", "jpg", "tif", "webp", "gif", "bmp"]))
def test_broken_files_are_refused_or_read(tmp_path: Path, data: st.DataObject, ending: str) -> None:
    path = image(tmp_path / f"a.{ending}", (24, 24))
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(content)
    try:
        found = ImageLibrary().full(str(path))
    except UnusableImage:
        return
    assert found.dtype == np.uint8


def test_what_was_used_last_is_kept_and_no_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(image_library, "CACHE_BYTES", 2 * 8 * 8 * 3)
    paths = [str(image(tmp_path / f"{number}.png")) for number in range(3)]
    library = ImageLibrary()
    first = [library.full(path) for path in paths[:2]]
    assert library.full(paths[0]) is first[0]
    library.full(paths[2])
    assert library.full(paths[0]) is first[0]
    assert library.full(paths[1]) is not first[1]
