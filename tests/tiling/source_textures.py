"""Textured polygons of source files, read by lxml and json alone, and what images show."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
from lxml import etree
from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ID = ("{http://www.opengis.net/gml}id", "{http://www.opengis.net/gml/3.2}id")


@dataclass(frozen=True)
class TexturedPolygon:
    """Points (N, 3) of all rings as the file writes them, u and v (N, 2), and the image."""

    points: np.ndarray
    places: np.ndarray
    image: Path

    @property
    def normal(self) -> np.ndarray:
        """Unnormalised, of the ring around the first point; of points in metres."""
        local = self.points - self.points[0]
        area: np.ndarray = np.cross(local, np.roll(local, -1, axis=0)).sum(axis=0)
        return area


def of_citygml(path: Path) -> Iterator[TexturedPolygon]:
    """The polygons whose texture coordinates are listed ring by ring, and whose image is there."""
    root = etree.parse(path).getroot()
    listed: dict[str, tuple[Path, str]] = {}
    for texture in root.iter("{*}ParameterizedTexture"):
        image = path.parent / (texture.findtext("{*}imageURI") or "").strip()
        is_back = (texture.findtext("{*}isFront") or "").strip() in ("0", "false")
        for node in texture.iter("{*}textureCoordinates"):
            if not is_back:
                listed.setdefault(node.get("ring", "")[1:], (image, node.text or ""))
    for polygon in root.iter("{*}Polygon", "{*}Triangle"):
        rings = list(polygon.iter("{*}LinearRing"))
        found = [listed.get(next(filter(None, map(ring.get, ID)), "")) for ring in rings]
        if not found or None in found or not found[0] or not found[0][0].is_file():
            continue
        points = [
            np.array(
                " ".join(node.text or "" for node in ring.iter("{*}posList", "{*}pos")).split()
            )
            for ring in rings
        ]
        places = [np.array(one[1].split()) for one in found if one]
        yield TexturedPolygon(
            np.concatenate(points).astype(float).reshape(-1, 3),
            np.concatenate(places).astype(float).reshape(-1, 2),
            found[0][0],
        )


def of_cityjson(path: Path) -> Iterator[TexturedPolygon]:
    """The surfaces of solids whose image is there."""
    document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    vertices = np.array(document["vertices"], float)
    if "transform" in document:
        vertices = vertices * document["transform"]["scale"] + document["transform"]["translate"]
    appearance = document["appearance"]
    known = np.array(appearance["vertices-texture"], float)
    for item in document["CityObjects"].values():
        for geometry in item.get("geometry", []):
            (theme,) = geometry.get("texture", {"": {"values": []}}).values()
            pairs = zip(geometry["boundaries"], theme["values"], strict=False)
            for shell, said in pairs:
                for surface, rings in zip(shell, said, strict=True):
                    number = rings[0][0]
                    if number is None:
                        continue
                    image = path.parent / appearance["textures"][number]["image"]
                    if image.is_file():
                        numbers = [one for ring in rings for one in ring[1:]]
                        points = vertices[[one for ring in surface for one in ring]]
                        yield TexturedPolygon(points, known[numbers], image)


def with_its_images(house: Path, folder: Path) -> Path:
    """FZK-Haus in a folder of its own: its images are there under the names of their sizes."""
    (folder / "textures").mkdir()
    document = json.loads(house.read_text(encoding="utf-8"))
    for texture in document["appearance"]["textures"]:
        stem = texture["image"].rpartition("/")[2].removesuffix(".png")
        for image in (house.parent / "textures").glob(f"{stem}-*.png"):
            shutil.copy(image, folder / "textures" / f"{stem}.png")
    shutil.copy(house, folder / "house.json")
    return folder / "house.json"


@cache
def pixels(image: Path) -> np.ndarray:
    """(h, w, 3) of an image file on black."""
    with Image.open(image) as opened:
        return on_black(opened)


def on_black(image: Image.Image) -> np.ndarray:
    """(h, w, 3) of an image, black where it isn't to be seen."""
    found = np.asarray(image.convert("RGBA"), float)
    shown: np.ndarray = found[..., :3] * found[..., 3:] / 255
    return shown


def seen(image: np.ndarray, places: np.ndarray) -> np.ndarray:
    """What an image shows at u and 1 − v, (N, 3): the nearest pixel, endlessly repeated."""
    height, width = image.shape[:2]
    inside = places % 1
    columns = np.minimum((inside[:, 0] * width).astype(int), width - 1)
    rows = np.minimum((inside[:, 1] * height).astype(int), height - 1)
    found: np.ndarray = image[rows, columns]
    return found
