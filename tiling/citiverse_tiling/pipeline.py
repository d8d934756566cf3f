"""From city files to a scene folder: the whole run, step by step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from citiverse_tiling import sources
from citiverse_tiling.crs import CrsRegistry
from citiverse_tiling.errors import EmptyCity, OutputError
from citiverse_tiling.image_library import ImageLibrary
from citiverse_tiling.image_losses import ImageLosses
from citiverse_tiling.imagery import imagery_of
from citiverse_tiling.ingest import Ingest
from citiverse_tiling.lie_of_the_land import ground_of, lay_on_ground
from citiverse_tiling.looks import LookTable
from citiverse_tiling.mesher import Mesher
from citiverse_tiling.names import slug
from citiverse_tiling.options import silent
from citiverse_tiling.plan import plan_scene
from citiverse_tiling.report import Report
from citiverse_tiling.scene import SceneWriter
from citiverse_tiling.selection import selected
from citiverse_tiling.sinks.scene_folder import SceneFolder
from citiverse_tiling.sources.coverages import Coverages
from citiverse_tiling.sources.placing import Placing
from citiverse_tiling.spool import Spool, TerrainSpool
from citiverse_tiling.survey import Survey

if TYPE_CHECKING:
    from pathlib import Path

    from citiverse_tiling.city import City
    from citiverse_tiling.options import Progress, TileOptions


@dataclass(frozen=True, slots=True)
class TileSummary:
    """How a run went: what is in the scene, and what happened to the input."""

    scene: Path
    objects: int
    tiles: int
    bytes: int
    report: Report


def tile(options: TileOptions, progress: Progress = silent) -> TileSummary:
    """Tile the inputs into a scene folder, which appears whole or not at all.

    Raises InputError where an input can't be used, OutputError where the output can't be
    written or is not a scene of ours. What in a good file can't be drawn is in the report.
    """
    for path in options.inputs:
        if options.output.resolve() in path.resolve().parents:
            raise OutputError(
                f"the input {path} lies inside the output, which is replaced as a whole",
                options.output,
                remedy="choose another folder",
            )
    report = Report()
    with (
        SceneFolder(options.output) as folder,
        Spool(folder.partial) as spool,
        TerrainSpool(folder.partial) as terrain,
    ):
        crs = CrsRegistry(options.crs, options.place)
        looks = LookTable(ImageLibrary(), ImageLosses(report))
        ingest = Ingest(Mesher(crs, report), spool, terrain, report, looks)
        city, coverages = _read(options, ingest, crs, progress)
        if report.unbalanced:
            raise AssertionError(f"surfaces are unaccounted for: {report.unbalanced}")
        survey = Survey(coverages, Placing(crs, city.frame), report)
        ground = ground_of(city, spool, terrain, survey)
        city = lay_on_ground(city, ground, spool)
        plan = plan_scene(city, imagery_of(survey, ground.field), options)
        described = tuple(crs.describe(key) for key in city.crs_keys)
        SceneWriter(options, city, plan, described, spool, folder, report, progress).write()
        spool.close()
        terrain.close()
        folder.publish()
    return TileSummary(options.output, len(city), len(plan.tree), folder.bytes, report)


def _read(
    options: TileOptions, ingest: Ingest, crs: CrsRegistry, progress: Progress
) -> tuple[City, Coverages]:
    """Stream all inputs into the spool; one with nothing to show among others is a warning."""
    report = ingest.report
    total = sum(path.stat().st_size for path in options.inputs if path.is_file())
    done = 0
    empty: list[EmptyCity] = []
    coverages = Coverages()
    for path in options.inputs:

        def on_bytes(count: int, stage: str = f"reading {path.name}") -> None:
            nonlocal done
            done += count
            progress(stage, done, total)

        coverage = sources.open_coverage(path, crs, report)
        if coverage is not None:
            coverages += coverage
            on_bytes(path.stat().st_size)
            continue
        dataset = slug(path.stem)
        try:
            objects = sources.read(path, crs, report, on_bytes)
            for item, geometry in selected(objects, options.lods, report):
                ingest.add(dataset, item, geometry)
        except EmptyCity as error:
            empty.append(error)
            report.warn(f"{path.name}: {error.problem}")
    if len(empty) == len(options.inputs):
        raise empty[0]
    return ingest.finish(coverages), coverages
