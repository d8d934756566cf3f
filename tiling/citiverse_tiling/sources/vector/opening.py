"""Opening vector files that strangers made: by drivers for plain local files only, in bounds."""

from __future__ import annotations

import re
import sqlite3
import warnings
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

from citiverse_tiling.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FORMATS = {
    "GPKG": "GeoPackage",
    "SQLite": "SpatiaLite",
    "FlatGeobuf": "FlatGeobuf",
    "ESRI Shapefile": "Shapefile",
    "GeoJSON": "GeoJSON",
    "GeoJSONSeq": "GeoJSON, a feature a line",
    "OSM": "OpenStreetMap",
}
"""By GDAL driver. What another driver would open, such as one that leads to other files or to the
network, is never given to GDAL: it is told by its first bytes."""

SQLITE = b"SQLite format 3\0"
BINARY = (SQLITE, b"fgb\x03", b"\0\0\x27\x0a")
MOST_BYTES = 8 << 30
MOST_FEATURES = 10_000_000

_GEOJSON = re.compile(rb'"type"\s*:\s*"(\w+)"')
_ELSEWHERE = re.compile(rb"<OGR|<GDAL|gdal_streamed_alg")
"""Words by which GDAL knows files that lead elsewhere."""

_OSM_XML = re.compile(rb"\s*+(?:<\?xml[^>]*+>)?+\s*+(?:(?><!--.*?-->)\s*+)*+<osm[\s>]", re.DOTALL)
"""Takes back nothing that it has matched: many comments must not make it slow."""

_OPTIONS = {
    "OGR_SQLITE_LOAD_EXTENSIONS": "NO",
    "OGR_SQLITE_LIST_VIRTUAL_OGR": "NO",
    "OGR_GEOJSON_MAX_OBJ_SIZE": "64",
    "GDAL_HTTP_MAX_RETRY": "0",
    "CPL_VSIL_CURL_ALLOWED_EXTENSIONS": "{none}",
}


def accepts(head: bytes) -> bool:
    """Whether a file that begins so is vector data of a known kind."""
    if head.startswith(BINARY) or b"OSMHeader" in head[:32]:
        return True
    if _ELSEWHERE.search(head):
        return False
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip(b"\x1e \t\r\n")
    if text.startswith(b"{"):
        kind = _GEOJSON.search(text)
        return kind is not None and kind[1] in (b"FeatureCollection", b"Feature")
    return _OSM_XML.match(text) is not None


def images(path: Path) -> Iterator[str]:
    """Vector data names no textures."""
    del path
    yield from ()


def layers(path: Path) -> list[str]:
    """The layers that have geometry. Raises InputError where the file can't be used."""
    _check(path)
    with reading(path) as pyogrio:
        return [name for name, kind in pyogrio.list_layers(path.resolve()) if kind is not None]


def describe(path: Path, layer: str) -> dict[str, Any]:
    """What pyogrio says of a layer. Raises InputError where it is none that may be read."""
    with reading(path) as pyogrio:
        found: dict[str, Any] = pyogrio.read_info(path.resolve(), layer=layer)
    if found["driver"] not in FORMATS:
        raise InputError(f"this is {found['driver']}, which isn't read", path)
    if found["features"] > MOST_FEATURES:
        raise InputError(
            f"layer {layer} has {found['features']:,} features, more than {MOST_FEATURES:,}",
            path,
            remedy="cut it into pieces",
        )
    return found


@contextmanager
def reading(path: Path) -> Iterator[Any]:
    """The module pyogrio; whatever it finds wrong with the file is an InputError."""
    import pyogrio

    pyogrio.set_gdal_config_options(_OPTIONS)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)
            warnings.simplefilter("ignore", UserWarning)
            yield pyogrio
    except (RuntimeError, ValueError, MemoryError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0][:160]
        raise InputError(f"it can't be read as vector data ({reason})", path) from error


def _check(path: Path) -> None:
    if path.stat().st_size > MOST_BYTES:
        raise InputError(
            f"it has more than {MOST_BYTES >> 30} GiB", path, remedy="cut it into pieces"
        )
    with path.open("rb") as file:
        if file.read(len(SQLITE)) == SQLITE:
            _check_tables(path)


def _check_tables(path: Path) -> None:
    """Refuse a database whose layers would be computed: a query in it may never end."""
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?immutable=1", uri=True)) as base:
            base.set_authorizer(_only_reads)
            names = base.execute("SELECT name, type FROM sqlite_master LIMIT 100000").fetchall()
            kinds = {str(name).lower(): kind for name, kind in names}
            shown: list[str] = []
            for table in ("gpkg_contents", "geometry_columns", "views_geometry_columns"):
                if kinds.get(table) != "table":
                    continue
                column = {"gpkg_contents": "table_name", "geometry_columns": "f_table_name"}
                name = column.get(table, "view_name")
                shown += [str(row[0]) for row in base.execute(f"SELECT {name} FROM {table}")]  # noqa: S608  # the words are ours
    except (sqlite3.Error, UnicodeError) as error:
        raise InputError(f"it can't be read as a database ({error})", path) from error
    for name in shown:
        if kinds.get(name.lower()) == "view":
            raise InputError(
                f"layer {name} is a view, which isn't read", path, remedy="make it a table"
            )


def _only_reads(action: int, *_: object) -> int:
    allowed = (sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ)
    return sqlite3.SQLITE_OK if action in allowed else sqlite3.SQLITE_DENY
