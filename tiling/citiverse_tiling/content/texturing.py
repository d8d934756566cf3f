"""Dresses a tile in the images and colours of its source, in as few images as can be."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np

from citiverse_tiling.content import atlas
from citiverse_tiling.content.fewer_materials import least_groups
from citiverse_tiling.content.images import (
    encoded,
    is_opaque,
    resized,
    with_opacity,
    without_fringes,
)
from citiverse_tiling.content.linear import TO_LINEAR, linear_colour
from citiverse_tiling.content.patches import (
    Patch,
    cut,
    face_numbers,
    faces_of,
    is_within,
    patches_of,
)
from citiverse_tiling.model import Wrap
from citiverse_tiling.transforms.surface_group import STEEP

if TYPE_CHECKING:
    from collections.abc import Sequence

    from citiverse_tiling.content.glb import TileImage, TileMesh
    from citiverse_tiling.model import (
        Appearance,
        BoolArray,
        Float32Array,
        Float64Array,
        Int32Array,
        Int64Array,
        UInt8Array,
    )
    from citiverse_tiling.options import ImageEncoding

    class Pixels(Protocol):
        """Gives the pixels (h, w, 3 or 4) of images by path, of a small copy, and their size."""

        def full(self, path: str) -> UInt8Array: ...
        def small(self, path: str) -> UInt8Array: ...
        def size(self, path: str) -> tuple[int, int]: ...


LARGEST_REPEATED = 512
"""Pixels a side of an image that is used as a whole, where there are few of them in a tile."""

_SMALLEST_REPEATED = 32
_KEPT_IMAGES = 64

FEW_SIDE = 1_024
"""Pixels a side of the largest atlas, where a device has memory for few."""

_ATLASES = 2
"""Of a tile in few materials: of what is opaque, and of what isn't."""


class _Cut(NamedTuple):
    """A patch with the image that it is cut from."""

    path: str
    wrap: Wrap
    patch: Patch


@dataclass(slots=True)
class _Dress:
    """What becomes of a tile's F faces: the image, and u, v = scale · (u, 1 − v) + shift there.

    `means` are colours in the place of images that there is no room for, opacity 0 for none.
    """

    images: Int32Array
    scales: Float64Array
    shifts: Float64Array
    means: UInt8Array
    made: list[TileImage] = field(default_factory=list)


class Texturer:
    """Dresses tiles; the images that many of them use as a whole are encoded once.

    A tile may have any number of images, but where it is to be of `most_materials`: then it has two
    small atlases at most, what repeats is repeated in them, and what has no room has its mean
    colour.
    """

    def __init__(
        self,
        looks: Sequence[Appearance],
        pixels: Pixels,
        images: ImageEncoding = "webp",
        most_materials: int | None = None,
    ) -> None:
        self._most = most_materials
        self._side = atlas.LARGEST_SIDE if most_materials is None else FEW_SIDE
        self._looks = looks
        self._pixels = pixels
        self._images = images
        self._encoded: OrderedDict[tuple[str, Wrap, int], TileImage] = OrderedDict()

    def dress(
        self, mesh: TileMesh, looks: Int32Array, places: Float32Array
    ) -> tuple[TileMesh, tuple[TileImage, ...]]:
        """The mesh with images and colours, by each vertex's look and texture coordinates.

        Vertices that no triangle uses are left out: no image could be told for them.
        """
        mesh, kept = _without_loose(mesh)
        looks, places = looks[kept], places[kept]
        numbers = np.unique(looks[looks >= 0]).tolist()
        colours = self._colours(looks, [one for one in numbers if not self._looks[one].image])
        pictured = [number for number in numbers if self._looks[number].image]
        if not pictured:
            return replace(mesh, colours=colours), ()
        faces = face_numbers(mesh.triangles, len(looks))
        count = int(faces[-1]) + 1
        dress = _Dress(
            np.full(count, -1, np.int32),
            np.zeros((count, 2)),
            np.zeros((count, 2)),
            np.zeros((count, 4), np.uint8),
        )
        turned = places.astype(np.float64) * [1.0, -1.0] + [0.0, 1.0]
        self._lay_out(dress, mesh, faces, looks, turned, pictured)
        images = dress.images[faces]
        shown = dress.scales[faces] * turned + dress.shifts[faces]
        coordinates = np.where((images >= 0)[:, None], shown, 0.0).astype(np.float32)
        means = dress.means[faces]
        if means.any():
            own = np.zeros_like(means) if colours is None else colours
            colours = np.where(means[:, 3:] > 0, means, own)
        dressed = replace(
            mesh, images=images, texture_coordinates=_on_edges(coordinates), colours=colours
        )
        return dressed, tuple(dress.made)

    def colour(self, mesh: TileMesh, looks: Int32Array, far: UInt8Array) -> TileMesh:
        """The mesh in plain colours, as it looks from afar: `far` (n, 2, 4) by feature and side."""
        numbers = np.unique(looks[looks >= 0]).tolist()
        plain = self._colours(looks, [one for one in numbers if not self._looks[one].image])
        if mesh.feature_ids is None:
            return replace(mesh, colours=plain)
        is_upper = (np.abs(mesh.normals[:, 2]) >= STEEP * 127).astype(np.int64)
        colours = np.where((looks >= 0)[:, None], far[mesh.feature_ids, is_upper], 0)
        if plain is not None:
            colours = np.where(plain[:, 3:] > 0, plain, colours)
        return replace(mesh, colours=colours.astype(np.uint8))

    def _colours(self, looks: Int32Array, numbers: Sequence[int]) -> UInt8Array | None:
        if not numbers:
            return None
        colours = np.zeros((len(looks), 4), np.uint8)
        for number in numbers:
            colour = self._looks[number].colour
            if colour is not None:
                stored = np.rint(linear_colour(colour) * 255).astype(np.uint8)
                stored[3] = max(int(stored[3]), 1)
                colours[looks == number] = stored
        return colours

    def _lay_out(
        self,
        dress: _Dress,
        mesh: TileMesh,
        faces: Int64Array,
        looks: Int32Array,
        places: Float64Array,
        numbers: Sequence[int],
    ) -> None:
        """Give each face of the looks with these numbers its place in an image."""
        cuts: list[_Cut] = []
        wholes: list[tuple[Appearance, Int64Array, Float64Array]] = []
        triangle_looks = looks[mesh.triangles[:, 0]]
        for number in numbers:
            look = self._looks[number]
            triangles = mesh.triangles[triangle_looks == number]
            size = self._pixels.size(look.image)
            owners = faces[triangles[:, 0]]
            found = faces_of(places[triangles], mesh.positions[triangles], owners, size)
            patches = patches_of(found, size, look.wrap, bakes_all=self._most is not None)
            cuts += [_Cut(look.image, look.wrap, patch) for patch in patches.patches]
            if len(patches.rest):
                wholes.append((look, patches.rest, patches.rest_bases))
        kinds = self._by_opacity(cuts)
        if self._most is not None:
            bare = mesh.groups[~np.isin(looks, numbers)]
            kinds = self._few(dress, kinds, self._most - least_groups(bare))
        most = atlas.most_patches(self._side)
        for kind in kinds:
            for at in range(0, len(kind), most):
                self._add_atlas(dress, kind[at : at + most])
        for look, rows, bases in wholes:
            dress.images[rows] = len(dress.made)
            dress.scales[rows], dress.shifts[rows] = 1.0, -bases
            dress.made.append(self._whole(look, len(wholes)))

    def _by_opacity(self, cuts: Sequence[_Cut]) -> list[list[_Cut]]:
        """The opaque ones, and those that can be seen through."""
        kinds: list[list[_Cut]] = [[], []]
        for one in cuts:
            is_clear = self._pixels.small(one.path).shape[2] == 4
            if is_clear:
                pixels, (x, y, right, bottom) = self._pixels.full(one.path), one.patch.region
                shown = pixels[y:bottom, x:right] if is_within(pixels, one.patch.region) else pixels
                is_clear = not is_opaque(shown)
            kinds[is_clear].append(one)
        return kinds

    def _few(self, dress: _Dress, kinds: Sequence[list[_Cut]], materials: int) -> list[list[_Cut]]:
        """What has room in an atlas each: one of both kinds where so few materials are left."""
        if materials < _ATLASES and all(kinds):
            kinds = [list(chain.from_iterable(kinds))]
        most = atlas.most_patches(self._side)
        for kind in kinds:
            kind.sort(key=lambda one: -one.patch.size[0] * one.patch.size[1])
            for one in kind[most:]:
                mean = cut(self._pixels.full(one.path), one.patch.region, (1, 1), one.wrap)
                linear = np.rint(TO_LINEAR[mean[0, 0, :3]] * 255)
                dress.means[one.patch.faces] = [*linear.tolist(), 255]
        return [kind[:most] for kind in kinds]

    def _add_atlas(self, dress: _Dress, cuts: Sequence[_Cut]) -> None:
        layout = atlas.pack(np.array([one.patch.size for one in cuts], np.float64), self._side)
        pieces = []
        for one, size in zip(cuts, layout.sizes, strict=True):
            pixels = self._pixels.full(one.path)
            pieces.append(without_fringes(cut(pixels, one.patch.region, size, one.wrap)))
        if all(is_opaque(piece) for piece in pieces):
            pieces = [piece[..., :3] for piece in pieces]
        else:
            pieces = [with_opacity(piece) for piece in pieces]
        for one, corner, piece in zip(cuts, layout.corners, pieces, strict=True):
            x, y, right, bottom = one.patch.region
            height, width = piece.shape[:2]
            per_pixel = np.array([width / (right - x), height / (bottom - y)])
            scale = per_pixel * self._pixels.size(one.path) / layout.shape
            begin = (np.array(corner) - per_pixel * [x, y]) / layout.shape
            dress.images[one.patch.faces] = len(dress.made)
            dress.scales[one.patch.faces] = scale
            dress.shifts[one.patch.faces] = begin - one.patch.bases * scale
        dress.made.append(encoded(atlas.compose(layout, pieces), Wrap.CLAMP, self._images))

    def _whole(self, look: Appearance, count: int) -> TileImage:
        """An image as a whole, the smaller the more there are of them in the tile."""
        width, height = self._pixels.size(look.image)
        most = LARGEST_REPEATED
        while most > _SMALLEST_REPEATED and most * most * count > atlas.LARGEST_SIDE**2:
            most //= 2
        key = (look.image, look.wrap, most)
        if key not in self._encoded:
            size = (_power_of_two(min(width, most)), _power_of_two(min(height, most)))
            pixels = without_fringes(resized(self._pixels.full(look.image), size))
            self._encoded[key] = encoded(pixels, look.wrap, self._images)
            if len(self._encoded) > _KEPT_IMAGES:
                self._encoded.popitem(last=False)
        self._encoded.move_to_end(key)
        return self._encoded[key]


def _without_loose(mesh: TileMesh) -> tuple[TileMesh, BoolArray]:
    """The mesh without vertices that are in no triangle, and which of them are kept."""
    kept = np.zeros(len(mesh.positions), np.bool_)
    kept[mesh.triangles] = True
    if kept.all():
        return mesh, kept
    slimmer = replace(
        mesh,
        positions=mesh.positions[kept],
        normals=mesh.normals[kept],
        groups=mesh.groups[kept],
        feature_ids=None if mesh.feature_ids is None else mesh.feature_ids[kept],
        triangles=(np.cumsum(kept) - 1)[mesh.triangles],
    )
    return slimmer, kept


def _power_of_two(side: int) -> int:
    return 1 << max(round(float(np.log2(side))), 0)


def _on_edges(coordinates: Float32Array) -> Float32Array:
    """Coordinates without the rounding errors that put them just beyond an edge."""
    snapped = np.clip(coordinates, 0, 1)
    is_near = np.abs(coordinates - snapped) < 1e-4
    result: Float32Array = np.where(is_near, snapped, coordinates).astype(np.float32)
    return result
