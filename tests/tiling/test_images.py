"""Pixels become image files of the form that was asked for, as they are to be seen."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from citiverse_tiling.content.glb import BLEND, MASK, OPAQUE
from citiverse_tiling.content.images import encoded
from citiverse_tiling.model import Wrap

if TYPE_CHECKING:
    from citiverse_tiling.options import ImageEncoding

SIDE = 128
_SLOPE = np.linspace(20, 230, SIDE)
SMOOTH = np.stack(
    [np.tile(_SLOPE, (SIDE, 1)), np.tile(_SLOPE[:, None], SIDE), np.full((SIDE, SIDE), 90)], axis=2
).astype(np.uint8)


def with_opacity(value: int) -> np.ndarray:
    """The left half less opaque."""
    pixels = np.dstack([SMOOTH, np.full((SIDE, SIDE), 255, np.uint8)])
    pixels[:, : SIDE // 2, 3] = value
    return pixels


@pytest.mark.parametrize(
    ("images", "pixels", "mime_type", "mode"),
    [
        ("webp", SMOOTH, "image/webp", OPAQUE),
        ("webp", with_opacity(0), "image/webp", MASK),
        ("webp", with_opacity(120), "image/webp", BLEND),
        ("source", SMOOTH, "image/jpeg", OPAQUE),
        ("source", with_opacity(255), "image/jpeg", OPAQUE),
        ("source", with_opacity(0), "image/png", MASK),
    ],
)
def test_an_image_looks_like_its_pixels(
    images: ImageEncoding, pixels: np.ndarray, mime_type: str, mode: str
) -> None:
    made = encoded(pixels, Wrap.CLAMP, images)
    assert (made.mime_type, made.alpha_mode) == (mime_type, mode)
    seen = np.asarray(Image.open(io.BytesIO(made.data))).astype(int)
    assert seen.shape[2] == (3 if mode == OPAQUE else 4)
    if mode != OPAQUE:
        assert np.array_equal(seen[..., 3], pixels[..., 3]), "opacity is kept as it is"
    shown = np.ones((SIDE, SIDE), bool) if mode == OPAQUE else pixels[..., 3] > 0
    assert np.abs(seen[shown, :3] - pixels[shown, :3].astype(int)).mean() < 3


def test_the_same_pixels_are_the_same_bytes() -> None:
    one, two = (encoded(SMOOTH.copy(), Wrap.CLAMP, "webp") for _ in range(2))
    assert one == two
