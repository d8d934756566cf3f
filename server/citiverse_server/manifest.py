"""scene.json as scene.md has it: typed where the server looks, passed on whole where not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import msgspec
from msgspec import Meta, Struct

from .errors import SceneError

if TYPE_CHECKING:
    from pathlib import Path

    from .storage import StoredPath

SCHEMA = "citiverse-scene/1"
NAME_PATTERN = "^[a-z0-9][a-z0-9-]{0,62}$"

SceneName = Annotated[str, Meta(pattern=NAME_PATTERN)]
LayerName = Annotated[str, Meta(pattern=NAME_PATTERN)]


class Layer(Struct, frozen=True):
    """One layer of tiles; `tileset` is a path inside the scene folder."""

    name: LayerName
    title: str
    kind: str
    reality: str
    tileset: str


class Attribution(Struct, frozen=True):
    """Who must be named where the scene is shown."""

    text: str
    licence: str = ""


class SpawnPoint(Struct, frozen=True):
    """Where people arrive: on the floor, looking clockwise from north."""

    position: tuple[float, float, float]
    heading_deg: float


class Origin(Struct, frozen=True):
    """Where the scene frame touches the Earth, degrees."""

    lon: float = 0.0
    lat: float = 0.0


class Extent(Struct, frozen=True):
    """The box of the scene, in its frame."""

    min: tuple[float, float, float]
    max: tuple[float, float, float]


class ForeignLayer(Struct, frozen=True):
    """A tileset of others beside the scene's own layers; `streamed` where it has a tree.bin."""

    name: LayerName
    streamed: bool
    attributions: list[Attribution] = []


class Restyle(Struct, frozen=True):
    """A feature that looks otherwise in a variant, and how, in words."""

    id: str
    look: str
    label: str


class ModelFile(Struct, frozen=True):
    """A file that a variant was made of; `to_scene` is empty, or a matrix (3, 4) row by row that
    takes the metres of a building model to the scene frame.
    """

    file: str
    sha256: str
    to_scene: Annotated[list[float], Meta(max_length=12)] = []


class Variant(Struct, frozen=True):
    """What the scene may become: layers of a scene in `folder`, and what makes room for them.

    Where it adds nothing, `folder` is "" and there are no layers.
    """

    name: LayerName
    folder: Annotated[str, Meta(pattern="^(variants/[a-z0-9][a-z0-9-]{0,62}-[0-9a-f]{8})?$")]
    layers: Annotated[list[Layer], Meta(max_length=16)]
    title: str = ""
    description: str = ""
    hides: Annotated[list[str], Meta(max_length=4096)] = []
    restyles: Annotated[list[Restyle], Meta(max_length=1024)] = []
    files: Annotated[list[ModelFile], Meta(max_length=256)] = []


class Manifest(Struct, frozen=True):
    """What the server itself needs of scene.json."""

    schema: str
    name: SceneName
    title: str
    layers: Annotated[list[Layer], Meta(min_length=1, max_length=256)]
    collider_cell_m: Annotated[float, Meta(ge=1.0)]
    origin: Origin = Origin()
    attributions: list[Attribution] = []
    spawn_points: list[SpawnPoint] = []
    extent: Extent = Extent((0.0, 0.0, 0.0), (0.0, 0.0, 0.0))
    checksums: dict[str, str] = {}
    foreign: Annotated[list[ForeignLayer], Meta(max_length=64)] = []
    variants: Annotated[list[Variant], Meta(max_length=16)] = []

    @property
    def named(self) -> list[Attribution]:
        """Who must be named for the scene and for the layers of others in it."""
        others = (one for layer in self.foreign for one in layer.attributions)
        return [*self.attributions, *others]


@dataclass(frozen=True, slots=True)
class ManifestFile:
    """A manifest with its bytes: `json` as on disk, `packed` as `welcome` carries it."""

    manifest: Manifest
    json: bytes
    packed: msgspec.Raw


def read_manifest(file: StoredPath, place: Path) -> ManifestFile:
    """Reads the scene.json of what lies at `place`.

    Raises `SceneError` where it is absent, unknown or malformed.
    """
    try:
        raw = file.read_bytes()
    except OSError:
        raise SceneError(
            "this is not a scene folder: it has no scene.json",
            place,
            remedy="make one with `citiverse tile FILE... -o SCENE`",
        ) from None
    try:
        manifest = msgspec.json.decode(raw, type=Manifest)
        packed = msgspec.Raw(msgspec.msgpack.encode(msgspec.json.decode(raw)))
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise SceneError(f"the manifest can't be read: {error}", place / "scene.json") from None
    if manifest.schema != SCHEMA:
        raise SceneError(
            f"the schema {manifest.schema!r} is not known; this server reads {SCHEMA!r}",
            place / "scene.json",
            remedy="tile the city again with this version",
        )
    return ManifestFile(manifest, raw, packed)
