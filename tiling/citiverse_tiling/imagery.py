"""Photos of the ground from above: the picture that lies on a piece of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from citiverse_tiling.content.images import encoded
from citiverse_tiling.content.materials import palette_colour
from citiverse_tiling.meshes import SurfaceGroup
from citiverse_tiling.model import Wrap
from citiverse_tiling.tree.ground_tree import TILE_QUADS

if TYPE_CHECKING:
    from citiverse_tiling.content.glb import TileImage, TileMesh
    from citiverse_tiling.model import (
        BoolArray,
        Float32Array,
        Float64Array,
        Int64Array,
        UInt8Array,
    )
    from citiverse_tiling.options import ImageEncoding
    from citiverse_tiling.sources.coverages import Photo
    from citiverse_tiling.survey import Survey
    from citiverse_tiling.transforms.ground import HeightField
    from citiverse_tiling.tree.ground_tree import GroundTree

MOST_TEXELS = 512
"""A side of a picture: about 80 kB as JPEG."""

MOST_LAND_TEXELS = 1_024
"""Of a leaf of the land, which is as long as its longest street."""

LEAST_TEXELS = 16
LEAF_SIDE_M = 64.0
"""With `MOST_TEXELS`, leaves show 12.5 cm: as fine as most cities photograph."""

FEWEST_QUADS = 4
MOST_LEAVES = 16_384
BLURRED = 4.0
"""The error of a tile whose texels are coarser than a leaf's, in texels: so far away that it is
shown at all, one of them is a few pixels wide."""


@dataclass(frozen=True, slots=True)
class Picture:
    """What is to be seen on a piece of the ground from `low` to `high` (2,), scene frame.

    pixels uint8 (h, w, 3) from the north-west
    known  bool (h, w): where a photo shows it, from the south-west
    """

    pixels: UInt8Array
    low: Float64Array
    high: Float64Array
    known: BoolArray

    def image(self, images: ImageEncoding) -> TileImage:
        """The picture as an image for a tile."""
        return encoded(self.pixels, Wrap.CLAMP, images)

    def texture_coordinates(self, points: Float64Array) -> Float32Array:
        """Of points (n, 2), scene frame: as glTF has them, from the north-west, v southward."""
        part = (points - self.low) / (self.high - self.low)
        return np.column_stack([part[:, 0], 1 - part[:, 1]]).astype(np.float32)

    def shows(self, points: Float64Array) -> BoolArray:
        """Which points (n, 2), scene frame, a photo shows."""
        size = np.array(self.known.shape[::-1])
        place = (points - self.low) / (self.high - self.low) * size
        column, row = np.clip(place.astype(np.int64), 0, size - 1).T
        found: BoolArray = self.known[row, column]
        return found


@dataclass(frozen=True, slots=True)
class Imagery:
    """The photos of a run over the ground that they lie on.

    photos  the finest first, each with its box (2, 2), scene frame
    """

    survey: Survey
    field: HeightField
    photos: tuple[tuple[Photo, Float64Array], ...]

    def tile_quads(self) -> int:
        """Quads along a side of a ground tile: fewer where photos are finer than the ground."""
        finest = min((photo.footprint.spacing_m for photo, _ in self.photos), default=np.inf)
        spacing, quads = self.field.spacing_m, TILE_QUADS
        while (
            quads > FEWEST_QUADS
            and quads * spacing > LEAF_SIDE_M
            and quads * spacing > finest * MOST_TEXELS
            and 4 * self.field.heights.size <= MOST_LEAVES * quads**2
        ):
            quads //= 2
        return quads

    def errors_m(self, tree: GroundTree) -> Float64Array:
        """By how much a tile's picture is coarser than a leaf's, as an error in metres, (N,)."""
        errors = np.zeros(len(tree.parents))
        leaf_m = self.tile_quads() * self.field.spacing_m
        for tile, (columns, rows) in enumerate(zip(tree.columns, tree.rows, strict=True)):
            low, high = self._corners(columns[[0, -1]], rows[[0, -1]])
            finest = min((photo.footprint.spacing_m for photo in self._over(low, high)), default=0)
            texel_m = float((high - low).max()) / MOST_TEXELS
            if finest and texel_m > max(finest, leaf_m / MOST_TEXELS) * 1.001:
                errors[tile] = BLURRED * texel_m
        return errors

    def of_tile(self, tree: GroundTree, tile: int) -> Picture | None:
        """The picture on a tile of the ground, None where no photo shows anything of it."""
        return self.picture(*self._corners(tree.columns[tile][[0, -1]], tree.rows[tile][[0, -1]]))

    def cover(
        self, mesh: TileMesh, translation: Float64Array, most: int, images: ImageEncoding
    ) -> tuple[TileMesh, tuple[TileImage, ...]]:
        """A tile of land in the photo's colours, where one shows a feature as a whole.

        Water stays water, since a photo of it doesn't move.
        """
        points = mesh.positions[:, :2] + translation[:2]
        picture = self.picture(points.min(axis=0), points.max(axis=0), most)
        if picture is None or mesh.feature_ids is None:
            return mesh, ()
        is_shown = picture.shows(points) & (mesh.groups != SurfaceGroup.WATER)
        hidden = np.bincount(mesh.feature_ids, ~is_shown) > 0
        is_shown = ~hidden[mesh.feature_ids]
        if not is_shown.any():
            return mesh, ()
        dressed = replace(
            mesh,
            images=np.where(is_shown, 0, -1).astype(np.int32),
            texture_coordinates=picture.texture_coordinates(points),
        )
        return dressed, (picture.image(images),)

    def picture(
        self, low: Float64Array, high: Float64Array, most: int = MOST_TEXELS
    ) -> Picture | None:
        """The picture on the ground from `low` to `high` (2,), scene frame, `most` texels a side.

        What no photo shows has the colour of bare terrain. None where no photo shows anything.
        """
        photos = self._over(low, high)
        size = high - low
        if not photos or (size <= 0).any():
            return None
        finest = min(photo.footprint.spacing_m for photo in photos)
        texel_m = max(finest, float(size.max()) / most)
        width, height = np.clip(np.ceil(size / texel_m), LEAST_TEXELS, most).astype(int)
        x = low[0] + (np.arange(width) + 0.5) * (size[0] / width)
        y = low[1] + (np.arange(height) + 0.5) * (size[1] / height)
        corners = np.array([low, high, (low[0], high[1]), (high[0], low[1])])
        z = np.full((height, width), self.field.at(corners).mean())
        pixels = photos[0].colours(x, y, z, self.survey.placing)
        for photo in photos[1:]:
            missing = pixels[..., 3] == 0
            if not missing.any():
                break
            pixels[missing] = photo.colours(x, y, z, self.survey.placing)[missing]
        known = pixels[..., 3] > 0
        if not known.any():
            return None
        if not known.all():
            pixels[~known, :3] = palette_colour(SurfaceGroup.TERRAIN)
        return Picture(pixels[::-1, :, :3], low, high, known)

    def _corners(self, columns: Int64Array, rows: Int64Array) -> tuple[Float64Array, Float64Array]:
        x, y = self.field.x[columns], self.field.y[rows]
        return np.array([x[0], y[0]]), np.array([x[1], y[1]])

    def _over(self, low: Float64Array, high: Float64Array) -> list[Photo]:
        """The photos that reach into a box."""
        return [
            photo for photo, box in self.photos if (box[0] < high).all() and (box[1] > low).all()
        ]


def imagery_of(survey: Survey, field: HeightField) -> Imagery:
    """The photos of a survey that lie on the ground of a scene; warns of those that don't."""
    low, high = field.grid.origin, np.array([field.x[-1], field.y[-1]])
    kept = []
    for photo in survey.coverages.finest_photo_first():
        box = survey.box(photo.footprint)
        if (box[0] < high).all() and (box[1] > low).all():
            kept.append((photo, box))
        else:
            survey.report.warn(
                f"{photo.footprint.path.name}: no part of this photo lies at the city; if it "
                "should, its coordinate system is wrong"
            )
    return Imagery(survey, field, tuple(kept))
