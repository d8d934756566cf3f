"""scene.json and report.json: what a scene folder says of itself (scene.md)."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING

import msgspec

from citiverse_tiling.budget import BudgetReport
from citiverse_tiling.report import (
    CopyCounts,
    DynamizerDescription,
    InputDescription,
    Landing,
    Successions,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from citiverse_tiling.report import Reason, Report

SCHEMA = "citiverse-scene/1"


class Origin(msgspec.Struct, frozen=True):
    """Degrees on WGS 84, metres above the ellipsoid."""

    lon: float
    lat: float
    height: float = 0.0


class Extent(msgspec.Struct, frozen=True):
    """Scene frame, of everything in the scene."""

    min: tuple[float, float, float]
    max: tuple[float, float, float]


class Layer(msgspec.Struct, frozen=True):
    name: str
    title: str
    kind: str
    reality: str
    tileset: str
    tiles: int
    features: int


class SpawnPoint(msgspec.Struct, frozen=True):
    """Feet on the floor, scene frame; heading clockwise from north."""

    name: str
    position: tuple[float, float, float]
    heading_deg: float


class Credit(msgspec.Struct, frozen=True):
    text: str
    licence: str


class ForeignLayer(msgspec.Struct, frozen=True):
    """A tileset of others beside our layers; `streamed` where its tiles were made into ours."""

    name: str
    title: str
    reality: str
    streamed: bool
    tileset: str
    tiles: int
    features: int
    extent: Extent
    attributions: tuple[Credit, ...]


class Restyle(msgspec.Struct, frozen=True):
    """A feature of the scene that looks otherwise in a variant.

    `look` is a colour, `#rrggbb`, or what its surface is made of: green, paving, road or soil.
    """

    id: str
    look: str
    label: str


class ModelFile(msgspec.Struct, frozen=True):
    """A file that a variant was made of; `sha256` of its bytes, hexadecimal.

    `to_scene` takes metres of a building model to the scene frame: a matrix (3, 4), row by row;
    empty where the file has no frame of its own.
    """

    file: str
    sha256: str
    to_scene: tuple[float, ...] = ()


class Variant(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the scene may become: layers of a scene of its own in `folder`, and what makes room.

    `hides` are identities of the scene's features that aren't there in it, with all their parts.
    `buildings` is the file that says what is inside of its buildings, "" where there is none;
    `view` is where one stands to see what it adds.
    Where it adds nothing, `folder` is "" and there are no layers.
    """

    name: str
    title: str
    description: str
    folder: str
    layers: tuple[Layer, ...]
    hides: tuple[str, ...]
    buildings: str = ""
    restyles: tuple[Restyle, ...] = ()
    files: tuple[ModelFile, ...] = ()
    view: SpawnPoint | None = None


class Manifest(msgspec.Struct, frozen=True, omit_defaults=True):
    """scene.json."""

    schema: str
    name: str
    title: str
    generator: str
    profile: str
    origin: Origin
    source_crs: tuple[str, ...]
    vertical_datum: str
    extent: Extent
    layers: tuple[Layer, ...]
    variants: tuple[Variant, ...]
    tours: tuple[str, ...]
    spawn_points: tuple[SpawnPoint, ...]
    attributions: tuple[Credit, ...]
    collider_cell_m: float
    checksums: dict[str, str]
    foreign: tuple[ForeignLayer, ...] = ()
    buildings: str = ""


class ObjectCounts(msgspec.Struct, frozen=True):
    read: dict[str, int]
    written: dict[str, int]
    not_selected: dict[str, int]
    not_supported: dict[str, int]


class SurfaceCounts(msgspec.Struct, frozen=True):
    read: int
    written: int
    not_selected: int
    made: int
    lost: dict[str, int]


class ClassCounts(msgspec.Struct, frozen=True):
    file: str
    class_name: str = msgspec.field(name="class")
    read: int = 0
    written: int = 0
    not_selected: int = 0
    made: int = 0
    lost: dict[str, int] = {}


class LossRow(msgspec.Struct, frozen=True):
    reason: str
    file: str
    line: int
    object: str
    detail: str
    count: int
    class_name: str = msgspec.field(name="class")


class ReportFile(msgspec.Struct, frozen=True):
    """report.json."""

    inputs: tuple[InputDescription, ...]
    skipped: tuple[str, ...]
    objects: ObjectCounts
    surfaces: SurfaceCounts
    by_class: tuple[ClassCounts, ...]
    degraded: dict[str, int]
    repaired: dict[str, int]
    warnings: tuple[str, ...]
    losses: tuple[LossRow, ...]
    dynamizers: tuple[DynamizerDescription, ...]
    copies: CopyCounts
    budget: BudgetReport
    succession: Successions | msgspec.UnsetType = msgspec.UNSET
    landings: tuple[Landing, ...] | msgspec.UnsetType = msgspec.UNSET


def generator() -> str:
    """Name and version of what wrote the scene."""
    return f"citiverse {version('citiverse')}"


def report_file(report: Report, budget: BudgetReport) -> ReportFile:
    """The report as it is written."""
    losses = tuple(
        LossRow(
            loss.reason.value,
            loss.file,
            loss.line,
            loss.object_id,
            loss.detail,
            loss.count,
            loss.class_name,
        )
        for loss in report.losses
    )
    surfaces = SurfaceCounts(
        report.surfaces_read,
        report.surfaces_written,
        report.surfaces_not_selected,
        report.surfaces_made,
        _sorted(report.surfaces_lost),
    )
    by_class = tuple(
        ClassCounts(
            file,
            class_name,
            tally.read,
            tally.written,
            tally.not_selected,
            tally.made,
            _sorted(tally.lost),
        )
        for (file, class_name), tally in sorted(report.surfaces.items())
    )
    objects = ObjectCounts(
        _sorted(report.objects_read),
        _sorted(report.objects_written),
        _sorted(report.objects_not_selected),
        _sorted(report.objects_not_supported),
    )
    successions = report.successions
    return ReportFile(
        tuple(report.inputs),
        tuple(report.skipped),
        objects,
        surfaces,
        by_class,
        _sorted(report.degraded),
        _sorted(report.repaired),
        tuple(report.warnings),
        losses,
        tuple(report.dynamizers),
        report.copies,
        budget,
        successions if successions and successions.is_change else msgspec.UNSET,
        report.landings or msgspec.UNSET,
    )


def to_json(document: Manifest | ReportFile) -> bytes:
    """Indented JSON in UTF-8, ending in a newline."""
    return msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n"


def _sorted(counts: Mapping[str, int] | Mapping[Reason, int]) -> dict[str, int]:
    return {str(name): count for name, count in sorted(counts.items())}
