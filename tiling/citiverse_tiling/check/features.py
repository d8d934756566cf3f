"""features.sqlite: every object once, found by tile, by box and by text."""

from __future__ import annotations

import sqlite3
from collections import Counter
from typing import TYPE_CHECKING, get_args

import numpy as np

from citiverse_tiling.check.finding import Finding
from citiverse_tiling.layers import name_of
from citiverse_tiling.model import layer_of
from citiverse_tiling.report import Relation

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from citiverse_tiling.check.contents import CheckedTile
    from citiverse_tiling.manifest import Manifest
    from citiverse_tiling.tree.tree_bin import TreeTable

FILE = "features.sqlite"
TOLERANCE_M = 0.01


def check_features(
    scene: Path, manifest: Manifest, table: TreeTable, tiles: Sequence[CheckedTile]
) -> Iterator[Finding]:
    """The tables against each other and against the tiles' property tables."""
    path = scene / FILE
    if not path.is_file():
        yield Finding(FILE, "it is missing", "one row per CityObject")
        return
    connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)
    try:
        yield from _check(connection, manifest, table, tiles)
    except sqlite3.DatabaseError as error:
        yield Finding(
            FILE, f"it can't be read ({error})", "an SQLite database as the contract says"
        )
    finally:
        connection.close()


def _check(
    connection: sqlite3.Connection,
    manifest: Manifest,
    table: TreeTable,
    tiles: Sequence[CheckedTile],
) -> Iterator[Finding]:
    problem = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    if problem != "ok":
        yield Finding(FILE, f"SQLite says: {problem}", "ok")
    counts: Counter[str] = Counter()
    for name, count in connection.execute("SELECT class, count(*) FROM feature GROUP BY class"):
        counts[name_of(layer_of(name))] += count
    for layer in manifest.layers:
        if counts[layer.name] != layer.features:
            problem = f"it has {counts[layer.name]} features of the layer {layer.name}"
            yield Finding(FILE, problem, f"the manifest's {layer.features}")
    yield from _check_indices(connection)
    yield from _check_succession(connection)
    links = connection.execute(
        "SELECT tile, property_row, feature.row, feature.id, min_x, min_y, min_z, max_x, max_y,"
        " max_z FROM tile_feature LEFT JOIN feature ON feature.row = tile_feature.feature"
        " ORDER BY tile, property_row"
    ).fetchall()
    by_tile: dict[int, list[tuple[object, ...]]] = {}
    for link in links:
        by_tile.setdefault(link[0], []).append(link)
    seen: list[str] = []
    for tile in tiles:
        yield from _check_tile(tile, by_tile.pop(tile.row, []))
        seen += tile.ids if tile.leaf else ()
    if by_tile:
        yield Finding(FILE, f"tile_feature has rows of tile {min(by_tile)}", "tiles with features")
    shaped = {
        row[0]
        for row in connection.execute(
            "SELECT feature.id FROM feature, tile_feature WHERE feature.row = tile_feature.feature"
        )
    }
    if len(seen) != len(set(seen)) or set(seen) != shaped:
        yield Finding(FILE, "the leaves don't have each object once", "every object in one leaf")


def _check_indices(connection: sqlite3.Connection) -> Iterator[Finding]:
    """The R*Tree has just the features with a box; the text index agrees with the table."""
    wrong = connection.execute(
        "SELECT count(*) FROM feature LEFT JOIN feature_box AS box ON box.row = feature.row"
        " WHERE (feature.min_x IS NULL) != (box.row IS NULL) OR box.min_x > feature.min_x"
        " OR box.max_x < feature.max_x OR box.min_y > feature.min_y OR box.max_y < feature.max_y"
    ).fetchone()[0]
    extra = connection.execute(
        "SELECT count(*) FROM feature_box WHERE row NOT IN (SELECT row FROM feature)"
    ).fetchone()[0]
    if wrong or extra:
        yield Finding(FILE, f"feature_box is wrong for {wrong + extra} features", "all their boxes")
    texts = connection.execute("SELECT count(*) FROM feature_text_docsize").fetchone()[0]
    if texts != connection.execute("SELECT count(*) FROM feature").fetchone()[0]:
        yield Finding(FILE, f"feature_text knows {texts} features", "all of them")


def _check_succession(connection: sqlite3.Connection) -> Iterator[Finding]:
    """Successors are features of this scene; who is demolished has none, who is new no past."""
    known = "SELECT 1 FROM sqlite_master WHERE name = 'succession'"
    if connection.execute(known).fetchone() is None:
        return
    relations = ", ".join(f"'{relation}'" for relation in get_args(Relation))
    for wrong, expected in (
        ("new NOTNULL AND new NOT IN (SELECT id FROM feature)", "features of the scene"),
        ("(new IS NULL) != (relation = 'demolished')", "a successor, or demolished"),
        ("(old IS NULL) != (relation = 'new')", "a former identity, or new"),
        (f"relation NOT IN ({relations}) OR score NOT BETWEEN 0 AND 1", "a relation and a score"),
    ):
        query = f"SELECT count(*) FROM succession WHERE {wrong}"  # noqa: S608 our own words
        count = connection.execute(query).fetchone()[0]
        if count:
            yield Finding(FILE, f"{count} rows of succession are wrong", expected)


def _check_tile(tile: CheckedTile, links: Sequence[tuple[object, ...]]) -> Iterator[Finding]:
    """tile_feature of one tile, and the boxes of its features where it shows them as they are."""
    ids = tuple(link[3] for link in links)
    rows = [link[1] for link in links]
    if ids != tile.ids or rows != list(range(len(rows))):
        problem = f"tile_feature of tile {tile.row} isn't its property table"
        yield Finding(FILE, problem, f"{len(tile.ids)} rows in order")
        return
    if not tile.leaf:
        return
    boxes = np.array([link[4:] for link in links], np.float64).reshape(-1, 2, 3)
    off = np.abs(boxes - tile.boxes).max(axis=(1, 2)) > TOLERANCE_M
    if not (~off).all():
        first = tile.ids[int(np.flatnonzero(off)[0])]
        yield Finding(
            FILE, f"the box of {first} isn't that of its vertices", "the same within 1 cm"
        )
