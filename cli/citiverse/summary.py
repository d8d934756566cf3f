"""The end of a run in plain words: what was read, what was written, what was lost and why."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from citiverse_tiling.profiles import MEBIBYTE
from citiverse_tiling.report import Reason

if TYPE_CHECKING:
    from citiverse_tiling.budget import BudgetReport
    from citiverse_tiling.pipeline import TileSummary
    from citiverse_tiling.report import Landing, Loss, Report, Successions
    from citiverse_tiling.visibility.run import VisibilitySummary

REASONS = {
    Reason.TOO_FEW_POINTS: "have fewer than three different points",
    Reason.ZERO_AREA: "have no area",
    Reason.NOT_TRIANGULATED: "cross themselves so badly that they can't be drawn",
    Reason.BAD_COORDINATES: "have coordinates that are no numbers or lie far outside the city",
    Reason.UNRESOLVED_LINK: "are links to something that isn't in the file",
    Reason.UNSUPPORTED_GEOMETRY: "are of a geometry that can't be read yet",
    Reason.UNSUPPORTED_CLASS: "belong to objects of a class that can't be read yet",
    Reason.UNKNOWN_COVER: "are land of unknown cover, and look like the ground",
    Reason.UNKNOWN_SIZE: "are plants, and the file doesn't say how large they are",
    Reason.UNKNOWN_HEIGHT: "are outlines of buildings, and the file doesn't say how high they are",
    Reason.NOT_PLANAR: "lie far off a plane and are drawn bent",
    Reason.MISSING_IMAGE: "have a texture whose image isn't there",
}
SHOWN_LOSSES = 10
"""The terminal shows the first few; report.json lists the first ten thousand."""


def lines(report: Report) -> list[str]:
    """Sentences for the terminal; empty where there is nothing to say beyond the table."""
    said = [f"Note: {warning}" for warning in report.warnings]
    for kind, count in sorted(report.repaired.items()):
        said.append(f"Mended: {kind} ({count:,} times).")
    if report.skipped:
        said.append(f"Passed by: {len(report.skipped):,} files of no format that can be read.")
    if report.dynamizers:
        said.append(f"Changing: {len(report.dynamizers):,} attributes have a dynamizer.")
    if report.successions:
        said.append(_succession(report.successions))
    said += [_landing(one) for one in report.landings]
    if not report.has_losses:
        said.append("Nothing was lost: every surface that was selected is in the tiles.")
        return said
    for reason, count in sorted(report.surfaces_lost.items()):
        said.append(f"Lost: {count:,} surfaces {REASONS[reason]}.")
    for reason, count in sorted(report.degraded.items()):
        said.append(f"Poorer than the source: {count:,} surfaces {REASONS[reason]}.")
    for class_name, count in sorted(report.objects_not_supported.items()):
        said.append(f"Not read: {count:,} objects of class {class_name}.")
    said += [f"  {describe(loss)}" for loss in report.losses[:SHOWN_LOSSES]]
    if len(report.losses) > SHOWN_LOSSES:
        said.append("  … and more: report.json in the scene lists them.")
    return said


def _landing(one: Landing) -> str:
    """Where a building stands, how it does, and what is there already."""
    name = one.name or one.building
    where = f"{name}: its ground floor is {one.floor:.2f} m high at {one.lat:.6f}, {one.lon:.6f}."
    others = [f"{other.id} ({other.share:.0%})" for other in one.collides[:SHOWN_LOSSES]]
    more = f" In its way: {', '.join(others)}." if others else ""
    return f"{where} {one.said[0]}{more}"


def _succession(found: Successions) -> str:
    """What became of the former delivery, in one sentence."""
    counts = ", ".join(f"{count:,} {relation}" for relation, count in found.counts.items())
    listed = "; report.json lists those without a sure successor" if found.orphans else ""
    return f"Since the former delivery: {counts}{listed}."


def describe(loss: Loss) -> str:
    """One loss: the place, the object, and what is wrong with it."""
    place = f"{loss.file}:{loss.line}" if loss.line else loss.file
    detail = f" ({loss.detail})" if loss.detail else ""
    return f"{place}: {loss.object_id}: {loss.reason.value}{detail}"


def rows(done: TileSummary) -> list[tuple[str, str]]:
    """The table: what, how many."""
    report = done.report
    read = ", ".join(f"{count:,} {name}" for name, count in sorted(report.objects_read.items()))
    made = report.surfaces_made
    return [
        ("City objects read", read or "none"),
        ("Surfaces read", f"{report.surfaces_read:,}"),
        ("Surfaces in the tiles", f"{report.surfaces_written:,}"),
        *([("Surfaces made beside these", f"{made:,}")] if made else []),
        ("Not selected (other LoDs, indoors)", f"{report.surfaces_not_selected:,}"),
        ("Surfaces lost", f"{report.surfaces_lost.total():,}"),
        ("Tiles written", f"{done.tiles:,}, {done.bytes / 1e6:.1f} MB"),
        _budget_row(done.budget),
        *([_visibility_row(done.visibility)] if done.visibility else []),
    ]


def _visibility_row(found: VisibilitySummary) -> tuple[str, str]:
    """What is known of what can be seen, and what it took."""
    time = f"{found.cpu_s:,.1f} s of processor time" if found.cpu_s else "as it was before"
    size = f"{found.bytes / 1e6:.1f} MB"
    return "What can be seen from where", f"{found.cells:,} cells of ground, {size}, {time}"


def _budget_row(budget: BudgetReport) -> tuple[str, str]:
    """The most that was met on a walk through the scene, and what may be."""
    figures = (
        (budget.draws, 1, "draws"),
        (budget.triangles, 1, "triangles"),
        (budget.gpu_bytes, MEBIBYTE, "MiB"),
    )
    said = [
        f"{math.ceil(one.most / unit):,} of {one.limit // unit:,} {name}"
        for one, unit, name in figures
    ]
    return f"At most, on a {budget.profile}", ", ".join(said)
