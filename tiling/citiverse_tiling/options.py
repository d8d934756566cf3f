"""What a caller may choose about a run of the tiling pipeline, and how it hears of its progress."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias, get_args

from citiverse_tiling.profiles import PROFILES, TILE_LIMITS, Profile, TileLimits

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


Reality: TypeAlias = Literal["measured", "proposed", "simulated", "imagined"]
"""Where a city comes from: surveyed, planned, computed or made up."""

REALITIES: tuple[Reality, ...] = get_args(Reality)

MOST_LEAF_OBJECTS = 65_535
"""Feature ids are 16-bit (scene.md)."""


@dataclass(frozen=True, slots=True)
class LocalPlace:
    """Anchors local coordinates: where `anchor` is, and where local north (+y) points.

    Degrees on WGS 84, metres above the ellipsoid, heading clockwise from true north. `anchor` is a
    point of the file, in metres.
    """

    lon: float
    lat: float
    height: float = 0.0
    heading_deg: float = 0.0
    anchor: tuple[float, float, float] = (0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where the scene's frame touches the Earth: degrees on WGS 84."""

    lon: float
    lat: float


@dataclass(frozen=True, slots=True)
class Heights:
    """How heights above the sea become heights above the ellipsoid, where the user knows it.

    `offset_m` is added to all heights. `geoid` is a grid of PROJ (GTX or GeoTIFF) with the height
    of the geoid above the ellipsoid; it isn't used where a CRS says that heights are ellipsoidal.
    """

    offset_m: float = 0.0
    geoid: Path | None = None


@dataclass(frozen=True, slots=True)
class Attribution:
    """Who must be named where the scene is shown, and under which licence."""

    text: str
    licence: str = ""


LodChoice: TypeAlias = Literal["highest", "lowest"] | float


@dataclass(frozen=True, slots=True)
class LodPolicy:
    """Which level of detail of an object is tiled (`transforms.select_lod`).

    `by_class` holds what differs, by the beginning of a class: "Building" is BuildingPart's too.
    """

    default: LodChoice = "highest"
    by_class: Mapping[str, LodChoice] = field(default_factory=dict)

    def of(self, class_name: str) -> LodChoice:
        """The choice for objects of a class."""
        if not self.by_class:
            return self.default
        said = [name for name in self.by_class if class_name.startswith(name)]
        return self.by_class[max(said, key=len)] if said else self.default


MeshEncoding: TypeAlias = Literal["meshopt", "none"]
MESH_ENCODINGS: tuple[MeshEncoding, ...] = get_args(MeshEncoding)
ImageEncoding: TypeAlias = Literal["webp", "source"]
IMAGE_ENCODINGS: tuple[ImageEncoding, ...] = get_args(ImageEncoding)


@dataclass(frozen=True, slots=True)
class Encoding:
    """How tiles are written.

    `meshes` compressed (EXT_meshopt_compression), or as plain glTF; `images` as WebP
    (EXT_texture_webp), or as most sources have them: JPEG, and PNG where they aren't opaque.
    """

    meshes: MeshEncoding = "meshopt"
    images: ImageEncoding = "webp"

    def __post_init__(self) -> None:
        if self.meshes not in MESH_ENCODINGS:
            raise ValueError(f"meshes is {self.meshes!r}, not one of {', '.join(MESH_ENCODINGS)}")
        if self.images not in IMAGE_ENCODINGS:
            raise ValueError(f"images is {self.images!r}, not one of {', '.join(IMAGE_ENCODINGS)}")

    @property
    def compress(self) -> bool:
        """Whether meshes are compressed."""
        return self.meshes == "meshopt"


@dataclass(frozen=True, slots=True)
class TileOptions:
    """One run of `citiverse tile`.

    `crs` overrides what the files say; `crs_names` maps names that they use to EPSG codes; `place`
    anchors files whose coordinates are local.
    `name` is the scene's name in URLs, by default made from the output folder's name.
    `origin` is that of the scene's frame, by default that of the former scene where the city is
    still near it, else within 0.001 degrees of the first object.
    `theme` is the one of the appearances to show, None for the first of each file.
    `workers` processes share the work, or those of the Dask cluster at the address `scheduler`; the
    bytes of the scene don't depend on them.
    `profile` is the kind of device that tiles are made for, and whose budget they are held to; it
    gives the limits of leaves that aren't given.
    `previous` is the scene of a former delivery whose identities are led on to this one's; by
    default it is the scene that is replaced, if there is one.
    With `fresh`, a scene that is replaced counts for nothing: neither its origin nor anything else
    of it is kept. Else both stay, as far as they can, and `previous` keeps its origin too.
    With `visibility`, the scene tells what can be seen from where people walk.
    With `strict`, a loss is an error and nothing is written.
    `dataset` begins the identities of all objects, by default each file's name does.
    `cell_m` is the least side of a collider cell.
    `reality` holds for all objects; ValueError where it is none of `REALITIES`,
    or where a leaf could hold more objects than feature ids can tell apart.
    """

    inputs: tuple[Path, ...]
    output: Path
    crs: str | None = None
    place: LocalPlace | None = None
    name: str | None = None
    title: str | None = None
    attributions: tuple[Attribution, ...] = ()
    reality: Reality = "measured"
    lods: LodPolicy = LodPolicy()
    heights: Heights = Heights()
    crs_names: Mapping[str, str] = field(default_factory=dict)
    origin: Origin | None = None
    theme: str | None = None
    strict: bool = False
    previous: Path | None = None
    fresh: bool = False
    encoding: Encoding = Encoding()
    workers: int = 1
    scheduler: str | None = None
    profile: Profile = "desktop"
    visibility: bool = False
    max_leaf_objects: int | None = None
    max_leaf_bytes: int | None = None
    dataset: str | None = None
    cell_m: float = 64.0

    def __post_init__(self) -> None:
        if self.reality not in REALITIES:
            raise ValueError(f"reality is {self.reality!r}, not one of {', '.join(REALITIES)}")
        if self.profile not in PROFILES:
            raise ValueError(f"profile is {self.profile!r}, not one of {', '.join(PROFILES)}")
        if not 1 <= self.limits.leaf_objects <= MOST_LEAF_OBJECTS:
            raise ValueError(f"max_leaf_objects is not from 1 to {MOST_LEAF_OBJECTS}")

    @property
    def limits(self) -> TileLimits:
        """Those of the profile, but where a maximum is given."""
        given = TILE_LIMITS[self.profile]
        objects = given.leaf_objects if self.max_leaf_objects is None else self.max_leaf_objects
        leaf_bytes = given.leaf_bytes if self.max_leaf_bytes is None else self.max_leaf_bytes
        return replace(given, leaf_objects=objects, leaf_bytes=leaf_bytes)


class Progress(Protocol):
    """Told how far a run is.

    `stage` is a few words for a person ("reading city.gml"); `total` is 0 where nobody knows it.
    """

    def __call__(self, stage: str, done: int, total: int) -> None: ...


def silent(stage: str, done: int, total: int) -> None:
    """A `Progress` that tells nobody."""
