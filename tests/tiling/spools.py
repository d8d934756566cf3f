"""Spools and cities of a few segments, for tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from citiverse_tiling.crs import CrsRegistry
from citiverse_tiling.frame import SceneFrame
from citiverse_tiling.image_library import ImageLibrary
from citiverse_tiling.ingest import Ingest
from citiverse_tiling.looks import LookTable
from citiverse_tiling.merge import Merger
from citiverse_tiling.mesher import Mesher
from citiverse_tiling.report import Report
from citiverse_tiling.segment import load
from citiverse_tiling.spool import SegmentFiles, SegmentRows, Spool
from citiverse_tiling.spool_index import SpoolIndexWriter
from tiling.cities import UTM

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from citiverse_tiling.merge import Merged
    from citiverse_tiling.meshes import Meshes
    from citiverse_tiling.model import CityObject, Geometry, Int32Array
    from citiverse_tiling.spool_index import SpoolIndex


def spooled(
    folder: Path,
    segments: Sequence[Sequence[tuple[Meshes, Sequence[bytes]]]],
    look_numbers: Sequence[Int32Array] | None = None,
) -> tuple[Spool, SpoolIndex]:
    """Segments of batches of meshes with their records."""
    folder.mkdir(parents=True, exist_ok=True)
    folders, counts, index = [], [], SpoolIndexWriter(folder / "index")
    for number, batches in enumerate(segments):
        folders.append(folder / str(number))
        folders[-1].mkdir(parents=True)
        files = SegmentFiles(folders[-1])
        for batch in batches:
            files.append(*batch)
        counts.append(files.close())
        index.append(counts[-1])
    numbers = look_numbers or [np.zeros(0, np.int32)] * len(segments)
    rows = [SegmentRows.of(*own) for own in zip(counts, numbers, strict=True)]
    return Spool(folders, rows, folder / "laid"), index.finish()


def merged(
    folder: Path,
    report: Report,
    *segments: Sequence[tuple[CityObject, Geometry | None]],
    crs: str = UTM,
) -> Merged:
    """The city of some objects, segment by segment."""
    registry = CrsRegistry()
    registry.resolve(crs, None, None)
    merger, frame = Merger(report, folder / "city"), None
    for number, objects in enumerate(segments):
        own = folder / f"segment-{number}"
        own.mkdir(parents=True)
        part = Report()
        looks = LookTable(ImageLibrary(), part)
        ingest = Ingest(Mesher(registry, part, frame), SegmentFiles(own), part, looks)
        for item, geometry in objects:
            ingest.add("town", item, geometry)
        segment = ingest.finish()
        segment.save(own)
        frame = SceneFrame(*segment.frame) if segment.frame else None
        merger.add(own, load(own))
    return merger.finish(frame, has_terrain=False)
