"""Writes into a variant's report what made room for it, and why (scene.md, "Variants")."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from citiverse_tiling.scene_manifest import checksum, write_scene

if TYPE_CHECKING:
    from pathlib import Path

    from citiverse_tiling.manifest import Manifest
    from citiverse_tiling.report import Landing
    from citiverse_tiling.variants.hiding import Covered, Footprints

REPORT = "report.json"


class CoveredRow(msgspec.Struct, frozen=True):
    """A feature of the scene, and the share of its ground that the variant stands on."""

    id: str
    share: float


class Room(msgspec.Struct, frozen=True):
    """`named` by the planner; `covered` by what is new; `touched` by it, and still there."""

    named: tuple[str, ...]
    covered: tuple[CoveredRow, ...]
    touched: tuple[CoveredRow, ...]


def tell_room(
    made: Path,
    manifest: Manifest,
    named: tuple[str, ...],
    found: Footprints,
    landings: tuple[Landing, ...],
) -> None:
    """Add `room` and `landings` to the report of a variant's folder, and the new checksum to its
    manifest."""
    path = made / REPORT
    report = msgspec.json.decode(path.read_bytes(), type=dict[str, msgspec.Raw])
    room = Room(named, _rows(found.covered), _rows(found.touched))
    report["room"] = msgspec.Raw(msgspec.json.encode(room))
    report.pop("landings", None)
    if landings:
        report["landings"] = msgspec.Raw(msgspec.json.encode(landings))
    path.write_bytes(msgspec.json.format(msgspec.json.encode(report), indent=2) + b"\n")
    sums = {**manifest.checksums, REPORT: checksum(path)}
    write_scene(made, msgspec.structs.replace(manifest, checksums=sums))


def _rows(covered: tuple[Covered, ...]) -> tuple[CoveredRow, ...]:
    return tuple(CoveredRow(one.id, round(one.share, 3)) for one in covered)
