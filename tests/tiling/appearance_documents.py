"""Appearances of CityGML in all their forms, and small images beside the file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from tiling.citygml_documents import SQUARE, positions

if TYPE_CHECKING:
    from pathlib import Path

    from citiverse_tiling.model import Appearance, Geometry
    from tiling.citygml_documents import Reading

APP = "http://www.opengis.net/citygml/appearance/2.0"
WHOLE = "0 0 1 0 1 1 0 1 0 0"
"""Texture coordinates of a closed square that shows all of its image."""


def image(path: Path, size: tuple[int, int] = (8, 8), seed: int = 0) -> Path:
    """An image of coloured quarters: its upper left one is red, or as the seed has it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    colours = np.array([[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 0]], np.uint8)
    quarters = np.roll(colours, seed, axis=0).reshape(2, 2, 3)
    across, down = -(-size[0] // 2), -(-size[1] // 2)
    pixels = quarters.repeat(down, 0).repeat(across, 1)[: size[1], : size[0]]
    Image.fromarray(pixels).save(path)
    return path


def square(name: str = "p1", points: str = "") -> str:
    """A polygon with ids on itself and on its ring."""
    ring = points or positions(*SQUARE)
    return (
        f'<gml:Polygon gml:id="{name}"><gml:exterior><gml:LinearRing gml:id="{name}-r">'
        f"<gml:posList>{ring}</gml:posList></gml:LinearRing></gml:exterior></gml:Polygon>"
    )


def appearance(*data: str, theme: str = "summer", around: str = "app:appearance") -> str:
    """An appearance of surface data in the property that holds it."""
    named = f"<app:theme>{theme}</app:theme>" if theme else ""
    inside = "".join(f"<app:surfaceDataMember>{one}</app:surfaceDataMember>" for one in data)
    appearance = f'<app:Appearance xmlns:app="{APP}">{named}{inside}</app:Appearance>'
    return f'<{around} xmlns:app="{APP}">{appearance}</{around}>'


def material(
    target: str, colour: str = "0.5 0.25 0", transparency: str = "", front: str = ""
) -> str:
    clear = f"<app:transparency>{transparency}</app:transparency>" if transparency else ""
    side = f"<app:isFront>{front}</app:isFront>" if front else ""
    return (
        f"<app:X3DMaterial>{side}<app:diffuseColor>{colour}</app:diffuseColor>{clear}"
        f"<app:target>#{target}</app:target></app:X3DMaterial>"
    )


def texture(
    target: str, places: str = WHOLE, uri: str = "a.png", wrap: str = "wrap", front: str = ""
) -> str:
    """A texture on the ring of a `square`."""
    side = f"<app:isFront>{front}</app:isFront>" if front else ""
    mode = f"<app:wrapMode>{wrap}</app:wrapMode>" if wrap else ""
    return (
        f"<app:ParameterizedTexture>{side}<app:imageURI>{uri}</app:imageURI>{mode}"
        f'<app:target uri="#{target}"><app:TexCoordList>'
        f'<app:textureCoordinates ring="#{target}-r">{places}</app:textureCoordinates>'
        "</app:TexCoordList></app:target></app:ParameterizedTexture>"
    )


def of_model(document: str, *appearances: str, first: bool = False) -> str:
    """A document with appearances of the city model, before or after all its objects."""
    inside = "".join(appearances)
    mark = "<cityObjectMember>" if first else "</CityModel>"
    before, _, after = document.partition(mark) if first else document.rpartition(mark)
    return before + inside + mark + after


def looks(geometry: Geometry) -> list[Appearance | None]:
    """The appearance of each polygon."""
    rows = geometry.polygons.appearances
    if rows is None:
        return [None] * len(geometry.polygons)
    return [geometry.appearances[row] if row >= 0 else None for row in rows.tolist()]


CORNERS = [[0, 0], [1, 0], [1, 1], [0, 1]]
"""Of an image on the square, as `places` gives them."""


def shown(reading: Reading) -> Geometry:
    return reading.geometry("b1", "2")


def only_look(reading: Reading) -> Appearance | None:
    (look,) = looks(shown(reading))
    return look


def places(reading: Reading) -> list[list[float]]:
    found = shown(reading).polygons.texture_coordinates
    assert found is not None
    rounded: list[list[float]] = found.round(5).tolist()
    return rounded
