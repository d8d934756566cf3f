"""Proposals as JSON has them, over HTTP, on the disk, and to and from the process that reads them.

Metres in the proposal's own frame or the scene's, degrees clockwise from north: see http.md.
"""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from msgspec import Meta, Struct

Number: TypeAlias = Annotated[float, Meta(ge=-1e7, le=1e7)]
Degrees: TypeAlias = Annotated[float, Meta(ge=-360.0, le=360.0)]
Point: TypeAlias = tuple[Number, Number, Number]
Identity: TypeAlias = Annotated[str, Meta(max_length=1024)]
Title: TypeAlias = Annotated[str, Meta(min_length=1, max_length=120)]
Phase: TypeAlias = Literal["reading", "ready", "publishing", "published", "failed"]

MOST_REPLACED = 256


class Storey(Struct, frozen=True):
    """Floor and ceiling above the origin of the preview frame."""

    id: str
    name: str
    floor: float
    ceiling: float


class Building(Struct, frozen=True):
    """One building, its storeys from below."""

    id: str
    name: str
    storeys: tuple[Storey, ...]


class Georeference(Struct, frozen=True):
    """Where the file says that it stands, in the scene frame."""

    source: str
    said: str
    position: tuple[float, float, float]
    heading_deg: float


class Model(Struct, frozen=True):
    """What is known of a file. `anchor` is the frame's origin in the file's own coordinates."""

    format: str
    title: str
    movable: bool
    georeference: Georeference | None
    anchor: tuple[float, float, float]
    box: tuple[tuple[float, float, float], tuple[float, float, float]]
    footprint: tuple[tuple[float, float], ...]
    buildings: tuple[Building, ...]
    elements: int
    warnings: tuple[str, ...]


class ByHand(Struct, frozen=True, forbid_unknown_fields=True, tag_field="by", tag="hand"):
    """Where the origin stands in the scene."""

    position: Point
    heading_deg: Degrees
    on_ground: bool = True


class OnGlobe(Struct, frozen=True, forbid_unknown_fields=True, tag_field="by", tag="globe"):
    """Where it stands on Earth; the heading is from true north."""

    lon: Annotated[float, Meta(ge=-180.0, le=180.0)]
    lat: Annotated[float, Meta(ge=-90.0, le=90.0)]
    height: Annotated[float, Meta(ge=-12_000.0, le=12_000.0)] = 0.0
    heading_deg: Degrees = 0.0
    on_ground: bool = True


class OnFootprint(Struct, frozen=True, forbid_unknown_fields=True, tag_field="by", tag="footprint"):
    """Laid on a feature's ground; each of `turns` turns it by 180°."""

    feature: Identity
    turns: Annotated[int, Meta(ge=0, le=3)] = 0
    on_ground: bool = True


class Pair(Struct, frozen=True, forbid_unknown_fields=True):
    """A point of the preview frame, and where it is in the scene."""

    model: Point
    scene: Point


class ByPoints(Struct, frozen=True, forbid_unknown_fields=True, tag_field="by", tag="points"):
    """By control points."""

    pairs: Annotated[tuple[Pair, ...], Meta(min_length=2, max_length=16)]
    on_ground: bool = False


class ByFile(Struct, frozen=True, forbid_unknown_fields=True, tag_field="by", tag="file"):
    """Where the file says."""

    on_ground: bool = False


Wish: TypeAlias = ByHand | OnGlobe | OnFootprint | ByPoints | ByFile


class Placement(Struct, frozen=True):
    """Where the origin stands: in the scene, and on Earth; `by` is how that was said.

    `heading_deg` is from the scene's north.
    """

    position: tuple[float, float, float]
    heading_deg: float
    lon: float
    lat: float
    height: float
    by: str


class Collision(Struct, frozen=True):
    """A feature whose ground the proposal covers, and the share of it."""

    feature: str
    name: str
    share: float


class Landing(Struct, frozen=True):
    """How a placement fits its place."""

    residuals_m: tuple[float, ...]
    scale: float
    lowest_gap_m: float | None
    highest_gap_m: float | None
    collides: tuple[Collision, ...]
    said: tuple[str, ...]


class Publication(Struct, frozen=True, forbid_unknown_fields=True):
    """What the host says of the variant, and what makes room for it."""

    title: Title
    description: Annotated[str, Meta(max_length=2000)] = ""
    replaces: Annotated[tuple[Identity, ...], Meta(max_length=MOST_REPLACED)] = ()
    replaces_footprint: bool = True


class Elements(Struct, frozen=True):
    """What became of the elements of a former file: how many."""

    same: int
    renamed: int
    gone: int
    new: int


class Revision(Struct, frozen=True):
    """The same, and what became of the comments on them."""

    same: int
    renamed: int
    gone: int
    new: int
    comments_kept: int
    orphans: tuple[int, ...]


class Work(Struct, frozen=True):
    """What is being done; `share` is None where nobody knows it."""

    stage: str
    share: float | None = None


class Proposal(Struct, frozen=True):
    """All that is known of one; on the disk it is as it was when nothing was being done.

    `take` counts the files that came, and `stem` is the name that all of them are read by. `name`
    is its variant's from the first publishing on, also while it isn't there. `made` is when the
    first file came, microseconds since 1970 UTC.
    """

    id: str
    made: int
    file: str
    stem: str
    bytes: int
    take: int
    phase: Phase
    problem: str = ""
    work: Work | None = None
    model: Model | None = None
    placement: Placement | None = None
    landing: Landing | None = None
    name: str = ""
    variant: str = ""
    title: str = ""
    description: str = ""
    replaces: tuple[str, ...] = ()
    replaces_footprint: bool = True
    revision: Revision | None = None


class Shown(Struct, frozen=True):
    """A proposal as hosts get it; `version` grows with each change."""

    id: str
    version: int
    file: str
    bytes: int
    phase: Phase
    work: Work | None
    problem: str
    preview: str | None
    model: Model | None
    placement: Placement | None
    landing: Landing | None
    variant: str
    title: str
    description: str
    replaces: tuple[str, ...]
    replaces_footprint: bool
    revision: Revision | None


class ProposalList(Struct, frozen=True):
    """All of a scene, and how large a file and how many may be."""

    proposals: list[Shown]
    most_bytes: int
    most: int


def shown(one: Proposal, version: int, scene: str) -> Shown:
    """A proposal for hosts."""
    address = f"/scenes/{scene}/proposals/{one.id}/preview.glb?v={one.take}"
    return Shown(
        id=one.id,
        version=version,
        file=one.file,
        bytes=one.bytes,
        phase=one.phase,
        work=one.work,
        problem=one.problem,
        preview=address if one.model is not None else None,
        model=one.model,
        placement=one.placement,
        landing=one.landing,
        variant=one.variant,
        title=one.title,
        description=one.description,
        replaces=one.replaces,
        replaces_footprint=one.replaces_footprint,
        revision=one.revision,
    )
