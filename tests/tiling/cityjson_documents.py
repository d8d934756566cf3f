"""Small CityJSON documents, made as files out there are, and a second reader that only counts."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest

from citiverse_tiling.errors import NotJson
from citiverse_tiling.model import SurfaceType
from tiling.citygml_documents import ORIGIN, UTM, read

if TYPE_CHECKING:
    from pathlib import Path

    from citiverse_tiling.errors import TilingError
    from tiling.citygml_documents import Reading

Json: TypeAlias = dict[str, Any]
Point: TypeAlias = tuple[float, float, float]

SCALE = 0.001
SQUARE: tuple[Point, ...] = ((0, 0, 0), (4, 0, 0), (4, 4, 0), (0, 4, 0))
IDENTITY = [1.0, 0, 0, 0, 0, 1.0, 0, 0, 0, 0, 1.0, 0, 0, 0, 0, 1.0]
"""A template's matrix that moves nothing, row by row."""

CUBE: tuple[Point, ...] = (*SQUARE, *((x, y, 3.0) for x, y, _ in SQUARE))
CUBE_SHELL = [
    [[3, 2, 1, 0]],
    [[4, 5, 6, 7]],
    [[0, 1, 5, 4]],
    [[1, 2, 6, 5]],
    [[2, 3, 7, 6]],
    [[3, 0, 4, 7]],
]


def document(
    objects: Json | None = None,
    points: tuple[Point, ...] = CUBE,
    *,
    version: str = "2.0",
    crs: str | None = UTM,
    **more: Any,
) -> Json:
    """A CityJSON object with vertices in millimetres around `ORIGIN`."""
    metadata = {} if crs is None else {"referenceSystem": crs}
    return {
        "type": "CityJSON",
        "version": version,
        "transform": {"scale": [SCALE] * 3, "translate": list(ORIGIN)},
        "metadata": metadata,
        "CityObjects": {"b1": building()} if objects is None else objects,
        "vertices": [[round(number / SCALE) for number in point] for point in points],
        **more,
    }


def feature(objects: Json, points: tuple[Point, ...] = CUBE) -> Json:
    """A CityJSONFeature of these objects."""
    whole = document(objects, points)
    first = next(iter(objects), "")
    kept = {key: whole[key] for key in ("CityObjects", "vertices")}
    return {"type": "CityJSONFeature", "id": first, **kept}


def building(*geometries: Json, kind: str = "Building", **more: Any) -> Json:
    """A city object; a cube where no geometry is given."""
    return {"type": kind, "geometry": list(geometries) or [solid()], **more}


def solid(*shells: Any, lod: Any = "2", **more: Any) -> Json:
    """A Solid; a cube where no shell is given."""
    return {"type": "Solid", "lod": lod, "boundaries": list(shells) or [CUBE_SHELL], **more}


def multi_surface(*surfaces: Any, lod: Any = "2", **more: Any) -> Json:
    """A MultiSurface; a square where no surface is given."""
    boundaries = list(surfaces) or [[[0, 1, 2, 3]]]
    return {"type": "MultiSurface", "lod": lod, "boundaries": boundaries, **more}


def sequence(*lines: Json) -> bytes:
    """A CityJSONSeq."""
    return b"".join(json.dumps(line).encode() + b"\n" for line in lines)


def read_json(path: Path, given: Json | bytes, **how: Any) -> Reading:
    """Write a document, or the bytes of a file, and read it."""
    return read(path, given if isinstance(given, bytes) else json.dumps(given), **how)


def balanced(reading: Reading) -> bool:
    """Whether what was read is in objects, not selected, or listed."""
    report = reading.report
    held = sum(len(g.polygons) for item in reading.objects for g in item.geometries)
    lost = report.surfaces_lost.total()
    return report.surfaces_read == held + report.surfaces_not_selected + lost


def types(reading: Reading, lod: str = "2", name: str = "b1") -> list[SurfaceType]:
    """The surface types of a geometry, in the order of its surfaces."""
    return [SurfaceType(n) for n in reading.geometry(name, lod).polygons.surface_types]


def refusal(path: Path, given: Json | bytes, kind: type[TilingError] = NotJson) -> str:
    """The sentence with which a file is refused, its path taken off."""
    with pytest.raises(kind) as caught:
        read_json(path, given)
    sentence = str(caught.value)
    assert "\n" not in sentence
    assert sentence.endswith(".")
    assert sentence.startswith(str(path))
    return sentence[len(str(path)) :]


@dataclass
class Count:
    """What is in a file by a plain walk through its JSON."""

    objects: Counter[str] = field(default_factory=Counter)
    surfaces: Counter[tuple[str, str]] = field(default_factory=Counter)
    """By class and LoD as written; instances count the surfaces of their template."""
    semantics: Counter[str] = field(default_factory=Counter)


def count(path: Path) -> Count:
    """Count a CityJSON file or CityJSONSeq without the reader under test."""
    text = path.read_text(encoding="utf-8-sig")
    try:
        lines = [json.loads(text)]
    except json.JSONDecodeError:
        lines = [json.loads(line) for line in text.splitlines() if line.strip()]
    templates = lines[0].get("geometry-templates", {}).get("templates", [])
    total = Count()
    for line in lines:
        for item in line["CityObjects"].values():
            total.objects[item["type"]] += 1
            for geometry in item.get("geometry", []):
                _count_geometry(geometry, item["type"], templates, total)
    return total


def _count_geometry(geometry: Json, kind: str, templates: list[Json], total: Count) -> None:
    if geometry["type"] == "GeometryInstance":
        geometry = templates[geometry["template"]]
    depth = {"MultiSurface": 1, "CompositeSurface": 1, "Solid": 2}[geometry["type"]]
    surfaces = geometry["boundaries"]
    values = geometry.get("semantics", {}).get("values")
    for _ in range(depth - 1):
        surfaces = [surface for shell in surfaces for surface in shell]
        values = values and [value for shell in values for value in shell]
    total.surfaces[kind, str(geometry["lod"])] += len(surfaces)
    for value in values or [None] * len(surfaces):
        surface = geometry["semantics"]["surfaces"][value]["type"] if value is not None else ""
        total.semantics[surface] += 1
