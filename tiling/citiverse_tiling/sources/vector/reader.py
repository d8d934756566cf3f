"""Vector files → CityObjects, batch by batch."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from citiverse_tiling.errors import EmptyCity
from citiverse_tiling.model import CityObject, Geometry, Layer, Place, SurfaceType, layer_of
from citiverse_tiling.report import InputDescription, Loss, Reason
from citiverse_tiling.sources.vector import kinds, opening, shapes
from citiverse_tiling.sources.vector.attributes import Columns, facts_of, identities
from citiverse_tiling.sources.wkt import crs_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from citiverse_tiling.crs import CrsRegistry
    from citiverse_tiling.model import Float64Array
    from citiverse_tiling.report import Report
    from citiverse_tiling.sources.vector.kinds import Kind

BATCH_FEATURES = 50_000
BATCH_BYTES = 32 << 20
"""Of the file, about: a batch is smaller where features are large."""

TREE_M = 8.0
UNKNOWN_TREES = f"trees of unknown height, drawn {TREE_M:.0f} m high"
WGS84 = "EPSG:4326"
_ALWAYS_WGS84 = ("OSM", "GeoJSON", "GeoJSONSeq")
"""OpenStreetMap, and RFC 7946, clause 4: `--crs` is for other files of the same run."""

LEAST_BODY_M = 0.5
_NOT_DRAWN = {
    shapes.POINT: "a point, of which nothing says how it looks",
    shapes.LINE: "a line, of which nothing says how wide it is",
    shapes.POLYGON: "an area of no size",
}
_TREE_HEIGHTS = "height", "hoehe", "höhe", "hoogte", "hauteur", "baumhoehe", "boomhoogte"
_TREE_CROWNS = "diameter_crown", "crowndiameter", "kronendurchmesser", "kroondiameter", "crown"


@dataclass(frozen=True, slots=True)
class _Layer:
    """One layer of a file and what is needed to read it."""

    path: Path
    name: str
    crs: str


def read(
    path: Path,
    crs: CrsRegistry,
    report: Report,
    on_bytes: Callable[[int], None],
    _theme: str | None = None,
) -> Iterator[CityObject]:
    """Stream the features of all layers of a vector file; see `sources.read`."""
    size = path.stat().st_size
    names = opening.layers(path)
    keys, details, driver, total = [], [], "", 0
    for number, name in enumerate(names):
        info = opening.describe(path, name)
        driver = info["driver"]
        count = 0
        if info["features"]:
            key = _crs_of(path, info, crs)
            keys.append(key)
            layer = _Layer(path, name, key)
            batch = _batch_size(size, info["features"])
            for item in _read_layer(layer, crs, report, batch):
                count += 1
                yield item
        total += count
        kind = info["geometry_type"] or "no geometry"
        details.append(f"layer {name}: {count:,} features ({kind})")
        on_bytes(size * (number + 1) // len(names) - size * number // len(names))
    report.inputs.append(
        InputDescription(
            path.name,
            size,
            opening.FORMATS.get(driver, "vector data"),
            "",
            tuple(dict.fromkeys(keys)),
            details=tuple(details),
        )
    )
    if not total:
        raise EmptyCity("there are no features with a place in it", file=path)


def _crs_of(path: Path, info: dict[str, Any], crs: CrsRegistry) -> str:
    """The key of a layer's CRS. Raises UnknownCrs, BadCoordinates."""
    name = crs_name(info["crs"])
    bounds = info["total_bounds"]
    if info["driver"] in _ALWAYS_WGS84 and name == WGS84:
        west, south, east, north = bounds if bounds is not None else (0, 0, 0, 0)
        if max(abs(west), abs(east)) <= 180 and max(abs(south), abs(north)) <= 90:
            return crs.resolve_fixed(WGS84)
    return crs.resolve(name, path, None)


def _batch_size(size: int, features: int) -> int:
    if features <= 0:
        return BATCH_FEATURES
    return int(np.clip(BATCH_BYTES * features // max(size, 1), 100, BATCH_FEATURES))


def _read_layer(
    layer: _Layer, crs: CrsRegistry, report: Report, batch: int
) -> Iterator[CityObject]:
    done = 0
    while True:
        with opening.reading(layer.path) as pyogrio:
            meta, fids, wkb, values = pyogrio.raw.read(
                layer.path.resolve(),
                layer=layer.name,
                skip_features=done,
                max_features=batch,
                return_fids=True,
                datetime_as_string=True,
            )
        if not len(wkb):
            return
        columns = Columns(tuple(meta["fields"].tolist()), values)
        yield from _Batch(layer, columns, fids, crs, report).objects(wkb)
        done += len(wkb)
        if len(wkb) < batch:
            return


@dataclass(frozen=True, slots=True)
class _Batch:
    """Some features of a layer."""

    layer: _Layer
    columns: Columns
    fids: Any
    crs: CrsRegistry
    report: Report

    def objects(self, wkb: Any) -> Iterator[CityObject]:
        """The city objects of features with these geometries."""
        geometries = shapes.geometries_of(wkb)
        types = shapes.kinds_of(geometries)
        names = self.layer.name.lower(), self.layer.path.stem.lower()
        attributes = [self.columns.of(row) for row in range(len(types))]
        facts = [facts_of(one) for one in attributes]
        found = [kinds.kind_of(one, names) for one in facts]
        places, unit_m = self._places(geometries)
        widths = np.array(
            [kinds.width_of(one, kind) for one, kind in zip(facts, found, strict=True)]
        )
        lines = np.flatnonzero((types == shapes.LINE) & (widths > 0) & np.isfinite(unit_m[:, 0]))
        if len(lines):
            geometries[lines] = shapes.widened(geometries[lines], widths[lines], unit_m[lines])
        rings = shapes.rings_of(geometries)
        counts = np.bincount(rings.owners, minlength=len(types)).tolist()
        identifiers = identities(self.columns, self.fids, self.layer.name)
        for row, kind in enumerate(found):
            if types[row] == shapes.POLYGON and kind.class_name == "SolitaryVegetationObject":
                kind = kinds.Kind("PlantCover", SurfaceType.GREEN)
            item = CityObject(
                identifiers[row],
                kind.class_name,
                Place(self.layer.path.name, 0),
                name=facts[row].get("name", ""),
                attributes=attributes[row],
            )
            self.report.objects_read[kind.class_name] += 1
            if wkb[row] is None:
                yield item
                continue
            self.report.read(item.place.file, kind.class_name, max(counts[row], 1))
            if kinds.is_hidden(facts[row]):
                self.report.leave_out(item.place.file, kind.class_name, max(counts[row], 1))
            elif counts[row]:
                shown = self._surfaces(rings, row, kind)
                item = replace(item, geometries=(shown,))
            elif types[row] == shapes.POINT and kind.class_name == "SolitaryVegetationObject":
                item = replace(item, geometries=(self._tree(facts[row], places[row], unit_m[row]),))
            else:
                detail = _NOT_DRAWN.get(int(types[row]), "a geometry that can't be read")
                self.report.lose(Loss.of(item, Reason.UNSUPPORTED_GEOMETRY, detail))
            yield item

    def _surfaces(self, rings: shapes.Rings, row: int, kind: Kind) -> Geometry:
        """Outlines are of LoD 0; a building whose surfaces have several heights is a body."""
        layer = layer_of(kind.class_name)
        cover = kind.cover if layer is Layer.LAND else SurfaceType.UNKNOWN
        polygons = rings.of(row, cover)
        is_body = layer is not Layer.LAND and np.ptp(polygons.coordinates[:, 2]) > LEAST_BODY_M
        return Geometry("2" if is_body else "0", self.layer.crs, polygons)

    def _tree(self, facts: dict[str, str], place: Float64Array, unit_m: Float64Array) -> Geometry:
        height = next(filter(None, (kinds.metres(facts.get(n, "")) for n in _TREE_HEIGHTS)), 0.0)
        crown = next(filter(None, (kinds.metres(facts.get(n, "")) for n in _TREE_CROWNS)), 0.0)
        if not height:
            self.report.repair(UNKNOWN_TREES)
        polygons = shapes.tree_polygons(place, height or TREE_M, crown / unit_m)
        return Geometry("0", self.layer.crs, polygons)

    def _places(self, geometries: Any) -> tuple[Float64Array, Float64Array]:
        """The middle of each geometry (n, 3), and what a unit of x and of y is there in metres.

        NaN where there is no geometry, or it lies nowhere on Earth.
        """
        bounds = shapes.bounds_of(geometries)
        places = np.nan_to_num((bounds[:, :3] + bounds[:, 3:]) / 2)
        good = self.crs.on_earth(self.layer.crs, places) & np.isfinite(bounds[:, 0])
        unit_m = np.full((len(places), 2), np.nan)
        if good.any():
            given = places[good]
            step = self.crs.beside(self.layer.crs, given[0], np.array([[1.0, 1.0, 0.0]]))[0, 0]
            step -= given[0, 0]
            for axis in (0, 1):
                moved = given.copy()
                moved[:, axis] += step
                apart = self.crs.to_ecef(self.layer.crs, moved)
                apart -= self.crs.to_ecef(self.layer.crs, given)
                unit_m[good, axis] = np.linalg.norm(apart, axis=1) / step
        return places, unit_m
