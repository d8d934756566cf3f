"""Foreign content → a tile of ours: the same triangles, colours, images and features."""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from citiverse_tiling.content.glb import NO_FEATURE, TileImage, TileMesh, encode_glb, pack
from citiverse_tiling.content.images import encoded
from citiverse_tiling.content.property_table import CLASS, IDENTITY, NAME, Column
from citiverse_tiling.foreign.unstreamable import Unstreamable
from citiverse_tiling.meshes import SurfaceGroup

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from citiverse_tiling.content.glb import Imprint
    from citiverse_tiling.content.property_table import Property
    from citiverse_tiling.foreign.batched import Values
    from citiverse_tiling.foreign.content import ForeignContent
    from citiverse_tiling.foreign.surface import Picture, Surface
    from citiverse_tiling.frame import SceneFrame
    from citiverse_tiling.model import AttributeValue, Float64Array, Int64Array

CLASS_NAME = "Feature"
"""The class of features of whose own class nothing is known."""

LARGEST_SIDE = 4_096
MOST_PIXELS = 1 << 27
MOST_PICTURES = 256
MOST_VERTICES = 4_000_000
"""As many as the web client takes of one tile."""

_NAMES = ("name", "Name", "NAME")


@dataclass(frozen=True, slots=True)
class ForeignFeature:
    """A feature of a tile's content: identity, name, and what else is known of it."""

    id: str
    name: str
    attributes: dict[str, AttributeValue]


@dataclass(frozen=True, slots=True)
class Placed:
    """The contents of a tile in the scene frame.

    owners  the feature of each vertex, surface by surface: row of `features`, −1 for none
    """

    surfaces: list[Surface]
    owners: list[Int64Array]
    features: list[ForeignFeature]

    @property
    def extent(self) -> tuple[Float64Array, Float64Array]:
        """Least and greatest corner, (3,) each."""
        points = np.concatenate([one.positions for one in self.surfaces])
        return points.min(axis=0), points.max(axis=0)

    @property
    def triangles(self) -> int:
        """How many are drawn."""
        return sum(len(one.triangles) for one in self.surfaces)

    def boxes(self) -> Float64Array:
        """Least and greatest corner of each feature, (n, 2, 3)."""
        boxes = np.empty((len(self.features), 2, 3))
        boxes[:, 0], boxes[:, 1] = np.inf, -np.inf
        for surface, owners in zip(self.surfaces, self.owners, strict=True):
            known = owners >= 0
            np.minimum.at(boxes[:, 0], owners[known], surface.positions[known])
            np.maximum.at(boxes[:, 1], owners[known], surface.positions[known])
        return boxes


def scene_matrix(frame: SceneFrame) -> Float64Array:
    """ECEF to the scene frame, (4, 4)."""
    matrix = np.eye(4)
    matrix[:3, :3] = frame.axes
    matrix[:3, 3] = -frame.axes @ frame.origin_ecef
    return matrix


def place(
    layer: str, contents: Sequence[tuple[str, Sequence[ForeignContent]]], matrix: Float64Array
) -> Placed | None:
    """A tile's contents, each with its hash, in the scene frame; None where nothing is drawn.

    `matrix` (4, 4) leads from the tile's frame to that of the scene. Features that nothing is drawn
    of are left out. Identities are `<layer>/<hash>#<number>`, numbered through the parts.
    """
    surfaces: list[Surface] = []
    owners: list[Int64Array] = []
    features: list[ForeignFeature] = []
    for digest, parts in contents:
        first = 0
        for part in parts:
            shown = [one.features for one in part.surfaces if one.features is not None]
            used = np.unique(np.concatenate(shown)) if shown else np.zeros(0, np.int64)
            for one in part.surfaces:
                surfaces.append(one.turned(matrix))
                rows = np.full(len(one.positions), -1, np.int64)
                if one.features is not None:
                    rows = len(features) + np.searchsorted(used, one.features)
                owners.append(rows)
            features += [
                _feature(f"{layer}/{digest}#{first + number}", number, part.columns)
                for number in used.tolist()
            ]
            first += part.count
    if len(features) >= NO_FEATURE:
        raise Unstreamable(f"{len(features):,} features in one tile")
    vertices = sum(len(one.positions) for one in surfaces)
    if vertices > MOST_VERTICES:
        raise Unstreamable(f"{vertices:,} vertices in one tile")
    return Placed(surfaces, owners, features) if surfaces else None


def _feature(identity: str, number: int, columns: Mapping[str, Values]) -> ForeignFeature:
    attributes: dict[str, AttributeValue] = {}
    for name, values in columns.items():
        value = values[number] if number < len(values) else None
        if value is not None:
            attributes[name] = value
    name = next((str(attributes[key]) for key in _NAMES if key in attributes), "")
    return ForeignFeature(identity, name, attributes)


def tile_of(
    placed: Placed, translation: Float64Array, properties: Mapping[str, Property], imprint: Imprint
) -> bytes:
    """The GLB of a tile; `properties` are those of all the layer's attributes."""
    pictures: list[Picture] = []
    numbers: list[int] = []
    for one in placed.surfaces:
        if one.picture is None:
            numbers.append(-1)
            continue
        if one.picture not in pictures:
            pictures.append(one.picture)
        numbers.append(pictures.index(one.picture))
    if len(pictures) > MOST_PICTURES:
        raise Unstreamable(f"{len(pictures):,} images in one tile")
    mesh = _mesh(placed, numbers, translation)
    used = [one.picture for one in placed.surfaces if one.picture is not None]
    images = [_image(one) for one in pictures] if used else []
    features = placed.features
    names = {name for one in features for name in one.attributes} & properties.keys()
    columns: list[Column] = []
    if features:
        columns = [
            Column(IDENTITY, [one.id for one in features]),
            Column(CLASS, [CLASS_NAME] * len(features)),
            Column(NAME, [one.name for one in features]),
        ]
        columns += [
            Column(properties[name], [one.attributes.get(name) for one in features])
            for name in sorted(names)
        ]
    return encode_glb(mesh, columns, imprint, images)


def empty_tile() -> bytes:
    """The GLB of a tile of which nothing is drawn."""
    asset = b'{"asset":{"version":"2.0","generator":"citiverse"},"scene":0,"scenes":[{}]}'
    return pack(asset, b"")


def _mesh(placed: Placed, images: list[int], translation: Float64Array) -> TileMesh:
    surfaces = placed.surfaces
    starts = np.cumsum([0, *(len(one.positions) for one in surfaces)]).tolist()
    count = starts[-1]
    normals = np.zeros((count, 3))
    # Light tells nothing of what brings its own: all of it is lit as if it lay flat.
    normals[:, 2] = 1.0
    places = np.zeros((count, 2), np.float32)
    rows = np.full(count, -1, np.int32)
    for one, image, start in zip(surfaces, images, starts, strict=False):
        end = start + len(one.positions)
        if one.normals is not None:
            normals[start:end] = one.normals
        if one.places is not None:
            places[start:end] = one.places
        rows[start:end] = image
    owners = np.concatenate(placed.owners)
    return TileMesh(
        np.concatenate([one.positions for one in surfaces]) - translation,
        np.rint(normals * 127).astype(np.int8),
        np.full(count, SurfaceGroup.MESH, np.uint8),
        np.where(owners < 0, NO_FEATURE, owners) if placed.features else None,
        np.concatenate(
            [one.triangles + start for one, start in zip(surfaces, starts, strict=False)]
        ),
        rows,
        places,
        np.concatenate([one.colours for one in surfaces]),
    )


def _image(picture: Picture) -> TileImage:
    """The image as it came; smaller where it is larger than graphics cards like it."""
    from PIL import Image  # only layers with images need it

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        try:
            with Image.open(io.BytesIO(picture.data)) as opened:
                side, pixels = max(opened.size), opened.width * opened.height
                if side > LARGEST_SIDE and pixels <= MOST_PIXELS:
                    opened.thumbnail((LARGEST_SIDE, LARGEST_SIDE))
                    small = np.asarray(opened.convert("RGBA"))
                    return replace(
                        encoded(small, picture.wrap, "webp"), alpha_mode=picture.alpha_mode
                    )
        except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
            raise Unstreamable(f"an image that can't be decoded ({error})") from None
    if pixels > MOST_PIXELS:
        raise Unstreamable(f"an image of {pixels:,} pixels")
    return TileImage(picture.data, picture.mime_type, picture.wrap, picture.alpha_mode)
