"""From city files to a scene folder: the whole run, step by step."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from citiverse_tiling.errors import LossError, OutputError
from citiverse_tiling.former import former_frame
from citiverse_tiling.heap import give_back
from citiverse_tiling.imagery import imagery_of
from citiverse_tiling.inputs import opened
from citiverse_tiling.lie_of_the_land import ground_of, lay_on_ground
from citiverse_tiling.options import silent
from citiverse_tiling.plan import plan_scene
from citiverse_tiling.read_city import CityReader, how_to_read
from citiverse_tiling.report import Report
from citiverse_tiling.run_digest import run_digest
from citiverse_tiling.scene import SceneWriter
from citiverse_tiling.sinks.scene_folder import SceneFolder
from citiverse_tiling.sources.placing import Placing
from citiverse_tiling.survey import Survey
from citiverse_tiling.tree.merge_again import MergingAgain
from citiverse_tiling.workers import team

if TYPE_CHECKING:
    from collections.abc import Sequence

    from citiverse_tiling.budget import BudgetReport
    from citiverse_tiling.former import FormerFrame
    from citiverse_tiling.inputs import InputFile
    from citiverse_tiling.options import Progress, TileOptions
    from citiverse_tiling.visibility.run import VisibilitySummary


LEAST_SHARED_BYTES = 12 * 1024 * 1024
"""Less input is read sooner than other processes are ready."""


@dataclass(frozen=True, slots=True)
class TileSummary:
    """How a run went: what is in the scene, and what happened to the input."""

    scene: Path
    objects: int
    tiles: int
    bytes: int
    report: Report
    budget: BudgetReport
    visibility: VisibilitySummary | None


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
        SceneFolder(options.output, fresh=options.fresh) as folder,
        opened(options.inputs, leave_out=options.output) as inputs,
        team(_size(options, inputs.files), options.scheduler) as workers,
    ):
        how, origin, former = how_to_read(options), options.origin, _former(options)
        folder.begin(run_digest(options, inputs, former))
        crs = how.registry()
        report.skipped += inputs.skipped
        frame = (origin.lon, origin.lat) if origin else None
        reader = CityReader(how, workers, folder.segments, crs, report, progress, frame, former)
        (city, spool, terrain), coverages = reader.read(inputs.files)
        if report.unbalanced:
            raise AssertionError(f"surfaces are unaccounted for: {report.unbalanced}")
        _refuse_losses(options, report)
        with spool:
            survey = Survey(coverages, Placing(crs, city.frame), report)
            with folder.memo() as memo:
                ground = ground_of(city, spool, terrain, survey, memo, options.cell_m)
                city, ground = lay_on_ground(city, ground, spool)
                imagery = imagery_of(survey, ground.field)
                plan = plan_scene(city, imagery, options, MergingAgain(workers, memo))
            give_back()
            known = tuple(crs.describe(key) for key in city.crs_keys)
            writer = SceneWriter(
                options, city, plan, known, spool, folder, workers, report, progress
            )
            budget, visibility = writer.write()
        _refuse_losses(options, report)
        folder.publish()
    size = folder.bytes
    return TileSummary(options.output, len(city), len(plan.tree), size, report, budget, visibility)


def _former(options: TileOptions) -> FormerFrame | None:
    """The frame that the scene keeps if it can."""
    if options.origin is not None or (options.fresh and options.previous is None):
        return None
    return former_frame(options.previous or options.output)


def _size(options: TileOptions, files: Sequence[InputFile]) -> int:
    """How many workers are worth their start."""
    total = sum(file.path.stat().st_size for file in files)
    return options.workers if total >= LEAST_SHARED_BYTES or options.visibility else 1


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
