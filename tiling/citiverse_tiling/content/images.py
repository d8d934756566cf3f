"""Pixels → images for tiles."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from citiverse_tiling.content.glb import BLEND, MASK, OPAQUE, TileImage

if TYPE_CHECKING:
    from citiverse_tiling.model import UInt8Array, Wrap
    from citiverse_tiling.options import ImageEncoding

JPEG_QUALITY = 80
WEBP_QUALITY = 80
WEBP_EFFORT = 2
"""Of 0 to 6: 4, the usual one, makes 5 % smaller files in twice the time."""

OPAQUE_FROM = 250
"""Of 255: what is less opaque is to be seen through."""

_SEEN_THROUGH = (16, 240)
_MOSTLY = 0.1


def resized(pixels: UInt8Array, size: tuple[int, int]) -> UInt8Array:
    """Pixels scaled to a width and height; an average of what comes together."""
    height, width = pixels.shape[:2]
    if (width, height) == size:
        return pixels
    kind = Image.Resampling.BOX
    if size[0] > width or size[1] > height:
        kind = Image.Resampling.BILINEAR
    return np.asarray(Image.fromarray(pixels).resize(size, kind))


def is_opaque(pixels: UInt8Array) -> bool:
    """Whether nothing is to be seen through them."""
    return pixels.shape[2] == 3 or int(pixels[..., 3].min()) >= OPAQUE_FROM


def with_opacity(pixels: UInt8Array) -> UInt8Array:
    """Pixels (h, w, 4): opaque where nothing else is said."""
    if pixels.shape[2] == 4:
        return pixels
    return np.concatenate([pixels, np.full_like(pixels[..., :1], 255)], axis=2)


def without_fringes(pixels: UInt8Array) -> UInt8Array:
    """Pixels whose unseen ones have the mean colour of the seen, which viewers mix with it."""
    if pixels.shape[2] == 3:
        return pixels
    opacity = pixels[..., 3:].astype(np.float64)
    mean = (pixels[..., :3] * opacity).sum(axis=(0, 1)) / max(float(opacity.sum()), 1.0)
    filled = pixels.copy()
    filled[pixels[..., 3] == 0, :3] = np.rint(mean).astype(np.uint8)
    return filled


def encoded(pixels: UInt8Array, wrap: Wrap, images: ImageEncoding) -> TileImage:
    """Pixels (h, w, 3 or 4) as an image for a tile; the same pixels give the same bytes."""
    alpha_mode = _alpha_mode(pixels)
    shown = np.ascontiguousarray(pixels[..., :3] if alpha_mode == OPAQUE else pixels)
    data = io.BytesIO()
    if images == "webp":
        # Opacity is kept as it is, and so are unseen colours ("exact"), which viewers mix in.
        quality = {"quality": WEBP_QUALITY, "method": WEBP_EFFORT, "exact": True}
        Image.fromarray(shown).save(data, "WEBP", **quality)
        return TileImage(data.getvalue(), "image/webp", wrap, alpha_mode)
    if alpha_mode == OPAQUE:
        Image.fromarray(shown).save(data, "JPEG", quality=JPEG_QUALITY, optimize=True)
        return TileImage(data.getvalue(), "image/jpeg", wrap, alpha_mode)
    Image.fromarray(shown).save(data, "PNG", compress_level=6)
    return TileImage(data.getvalue(), "image/png", wrap, alpha_mode)


def _alpha_mode(pixels: UInt8Array) -> str:
    if is_opaque(pixels):
        return OPAQUE
    low, high = _SEEN_THROUGH
    seen = pixels[..., 3][pixels[..., 3] > low]
    half = (seen < high).sum() / max(len(seen), 1)
    return BLEND if half > _MOSTLY else MASK
