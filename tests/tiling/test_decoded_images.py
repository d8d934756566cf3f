"""An image is decoded once in a run, by whoever needs it first."""

from __future__ import annotations

import os
import pickle
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import TYPE_CHECKING

import numpy as np
import pytest

from citiverse_tiling import decoded_images, image_library
from citiverse_tiling.image_decoding import Decoded, UnusableImage, decode
from citiverse_tiling.image_library import ImageLibrary
from citiverse_tiling.options import TileOptions
from citiverse_tiling.pipeline import tile
from tiling.appearance_documents import image

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def decodings(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often each file is decoded from here on."""
    counts: Counter[str] = Counter()

    def counted(path: str) -> Decoded:
        counts[path] += 1
        return decode(path)

    monkeypatch.setattr(decoded_images, "decode", counted)
    monkeypatch.setattr(image_library, "decode", counted)
    return counts


def test_another_library_of_the_run_finds_what_is_decoded(
    tmp_path: Path, decodings: Counter[str]
) -> None:
    path = str(image(tmp_path / "a.jpg", (600, 300)))
    library = ImageLibrary(tmp_path / "images")
    other = pickle.loads(pickle.dumps(library))
    plain = decode(path)
    for one in (library, other):
        assert np.array_equal(one.full(path), plain.full)
        assert np.array_equal(one.small(path), plain.small)
        assert one.size(path) == (600, 300)
    assert decodings == {path: 1}


def test_what_is_no_image_is_looked_at_once(tmp_path: Path, decodings: Counter[str]) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(b"nothing")
    for _ in range(2):
        with pytest.raises(UnusableImage, match="no image"):
            ImageLibrary(tmp_path / "images").small(str(path))
    assert decodings == {str(path): 1}


def test_an_image_that_has_changed_since_is_another(
    tmp_path: Path, decodings: Counter[str]
) -> None:
    path = image(tmp_path / "a.png", (8, 8))
    ImageLibrary(tmp_path / "images").full(str(path))
    image(path, (16, 8))
    os.utime(path, ns=(1, 1))
    assert ImageLibrary(tmp_path / "images").full(str(path)).shape == (8, 16, 3)
    assert decodings == {str(path): 2}


def test_a_full_disk_is_left_alone(
    tmp_path: Path, decodings: Counter[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decoded_images, "ROOM_BYTES", 1 << 60)
    path = str(image(tmp_path / "a.png", (8, 8)))
    for _ in range(2):
        assert ImageLibrary(tmp_path / "images").full(path).shape == (8, 8, 3)
    assert decodings == {path: 2}
    assert not list((tmp_path / "images").glob("*.full"))


def _full(folder: Path, path: str) -> bytes:
    return ImageLibrary(folder).full(path).tobytes()


def test_two_processes_share_one_decoding(tmp_path: Path) -> None:
    path = str(image(tmp_path / "a.png", (64, 64)))
    with ProcessPoolExecutor(2, get_context("forkserver")) as pool:
        found = list(pool.map(_full, [tmp_path / "images"] * 6, [path] * 6))
    assert set(found) == {decode(path).full.tobytes()}
    assert len(list((tmp_path / "images").glob("*.full"))) == 1


def test_a_run_decodes_each_image_once(data: Path, tmp_path: Path, decodings: Counter[str]) -> None:
    source = data / "lyon-textured"
    tile(TileOptions((source,), tmp_path / "scene", crs="EPSG:3946"))
    assert decodings
    assert set(decodings.values()) == {1}
