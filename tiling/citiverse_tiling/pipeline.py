"""From city files to a scene folder: the whole run, step by step."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from citiverse_tiling import sources
from citiverse_tiling.crs import CrsRegistry
from citiverse_tiling.errors import EmptyCity, InputError, LossError, OutputError
from citiverse_tiling.frame import SceneFrame
from citiverse_tiling.image_library import ImageLibrary
from citiverse_tiling.image_losses import ImageLosses
from citiverse_tiling.imagery import imagery_of
from citiverse_tiling.ingest import Ingest
from citiverse_tiling.inputs import opened
from citiverse_tiling.lie_of_the_land import ground_of, lay_on_ground
from citiverse_tiling.looks import LookTable
from citiverse_tiling.mesher import Mesher
from citiverse_tiling.names import slug
from citiverse_tiling.options import silent
from citiverse_tiling.plan import plan_scene
from citiverse_tiling.relief_rasters import RASTER_RELIEF, raster_of
from citiverse_tiling.report import Report
from citiverse_tiling.scene import SceneWriter
from citiverse_tiling.selection import selected
from citiverse_tiling.sinks.scene_folder import SceneFolder
from citiverse_tiling.sources.coverages import NO_COVERAGES, Coverages
from citiverse_tiling.sources.placing import Placing
from citiverse_tiling.spool import Spool, TerrainSpool
from citiverse_tiling.survey import Survey

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from citiverse_tiling.city import City
    from citiverse_tiling.inputs import InputFile
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

    Folders and archives are looked into (`inputs.opened`). Raises InputError where an input can't
    be used, OutputError where the output can't be written or is not a scene of ours, LossError
    where something would be lost and `options.strict` is set. What in a good file can't be drawn
    is in the report.
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
        opened(options.inputs, leave_out=options.output) as inputs,
        Spool(folder.partial) as spool,
        TerrainSpool(folder.partial) as terrain,
    ):
        crs = CrsRegistry(options.crs, options.place, options.heights, options.crs_names)
        looks = LookTable(ImageLibrary(), ImageLosses(report))
        frame = SceneFrame(options.origin.lon, options.origin.lat) if options.origin else None
        ingest = Ingest(Mesher(crs, report, frame), spool, terrain, report, looks)
        report.skipped += inputs.skipped
        city, coverages = _read(inputs.files, options, ingest, crs, progress)
        if report.unbalanced:
            raise AssertionError(f"surfaces are unaccounted for: {report.unbalanced}")
        _refuse_losses(options, report)
        survey = Survey(coverages, Placing(crs, city.frame), report)
        ground = ground_of(city, spool, terrain, survey)
        city, ground = lay_on_ground(city, ground, spool)
        plan = plan_scene(city, imagery_of(survey, ground.field), options)
        described = tuple(crs.describe(key) for key in city.crs_keys)
        SceneWriter(options, city, plan, described, spool, folder, report, progress).write()
        _refuse_losses(options, report)
        spool.close()
        terrain.close()
        folder.publish()
    return TileSummary(options.output, len(city), len(plan.tree), folder.bytes, report)


def _refuse_losses(options: TileOptions, report: Report) -> None:
    if options.strict and report.has_losses:
        first = report.losses[0]
        raise LossError(
            f"{first.reason.value} ({first.detail}), one of {len(report.losses):,} losses"
            if first.detail
            else f"{first.reason.value}, one of {len(report.losses):,} losses",
            Path(first.file),
            first.line or None,
            first.object_id,
            remedy="mend the source, or tile without --strict",
        )


def _read(
    files: Sequence[InputFile],
    options: TileOptions,
    ingest: Ingest,
    crs: CrsRegistry,
    progress: Progress,
) -> tuple[City, Coverages]:
    """Stream all inputs into the spool; one with nothing to show among others is a warning."""
    report = ingest.report
    total = sum(file.path.stat().st_size for file in files)
    done = 0
    empty: list[EmptyCity] = []
    coverages = Coverages()
    for file in files:

        def on_bytes(count: int, stage: str = f"reading {file.path.name}") -> None:
            nonlocal done
            done += count
            progress(stage, done, total)

        try:
            coverage = sources.open_coverage(file.path, crs, report)
            if coverage is None:
                coverages += _read_objects(file.path, options, ingest, crs, on_bytes)
            else:
                coverages += coverage
                on_bytes(file.path.stat().st_size)
        except InputError as error:
            if error.file == file.path:
                error.file = Path(file.shown)
            if not isinstance(error, EmptyCity):
                raise
            empty.append(error)
            report.warn(f"{file.path.name}: {error.problem}")
    if len(empty) == len(files):
        raise empty[0]
    return ingest.finish(coverages), coverages


def _read_objects(
    path: Path,
    options: TileOptions,
    ingest: Ingest,
    crs: CrsRegistry,
    on_bytes: Callable[[int], None],
) -> Coverages:
    """Stream the objects of one file into the spool; returns the rasters that they point at."""
    coverages = NO_COVERAGES
    dataset = slug(path.stem)
    objects = sources.read(path, crs, ingest.report, on_bytes, options.theme)
    for item, geometry in selected(objects, options.lods, ingest.report):
        ingest.add(dataset, item, geometry)
        if item.class_name == RASTER_RELIEF:
            coverages += raster_of(item, path, crs, ingest.report)
    return coverages
