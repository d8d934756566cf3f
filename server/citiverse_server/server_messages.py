"""The messages that a server sends, as docs/contract/protocol.md has them."""

from __future__ import annotations

from typing import Literal

import msgspec
from msgspec import UNSET, Struct, UnsetType, field

from .message import CutPlane, Delivery, Encoding, Message, Quaternion, Vector
from .overlays.model import Reality


class Welcome(Message, tag="welcome", frozen=True):
    """The answer to `hello`; `manifest` is scene.json, already encoded."""

    protocol: tuple[int, int]
    session: str
    resume: str
    epoch: int
    revision: int
    time: int
    window_bytes: int
    delivery: Delivery
    manifest: msgspec.Raw
    resumed: bool
    role: str
    person: int
    name: str


class Scene(Message, tag="scene", frozen=True):
    """The city has been made anew, in the same frame: what follows has new numbers."""

    revision: int
    manifest: msgspec.Raw


class Making(Message, tag="making", frozen=True):
    """How far the making of the scene is, 0 to 1; `message` is a sentence where it failed."""

    state: Literal["reading", "writing", "failed", "done"]
    done: float
    message: str = ""


class Place(Message, tag="place", frozen=True):
    """One tile; `content` is absent when the client holds it already, or fetches it from `url`.

    Where `content` is only the first part, `size` is the length of the whole, and the other parts
    come under the number `parcel`. Nothing of a `hidden` one can be seen until they have come.
    """

    tile: int
    layer: int
    parent: int
    level: int
    children: list[int]
    geometric_error_m: float
    box: tuple[float, float, float, float, float, float]
    translation: Vector
    hash: bytes
    encoding: Encoding
    hidden: bool | UnsetType = UNSET
    content: bytes | UnsetType = UNSET
    parcel: int | UnsetType = UNSET
    size: int | UnsetType = UNSET
    url: str | UnsetType = UNSET


class Collider(Message, tag="collider", frozen=True):
    """What a walker stands on in one cell of one layer; content as in `Place`.

    `layers` are all that have something in the cell, this one too.
    """

    cell: tuple[int, int]
    layer: int
    layers: list[int]
    translation: Vector
    hash: bytes
    encoding: Encoding
    content: bytes | UnsetType = UNSET
    parcel: int | UnsetType = UNSET
    size: int | UnsetType = UNSET


class Part(Message, tag="part", frozen=True):
    """The next bytes of content that came only in part with its `place` or `collider`."""

    parcel: int
    content: bytes


class Drop(Message, tag="drop", frozen=True):
    """Tiles to take away; their parent shows again."""

    tiles: list[int]


class DropColliders(Message, tag="drop_colliders", frozen=True):
    """Collider cells to take away, as (layer, i, j)."""

    cells: list[tuple[int, int, int]]


class Visible(Message, tag="visible", frozen=True):
    """Everything that is in the picture of the view `seq` has been sent; the rest follows."""

    seq: int


class Complete(Message, tag="complete", frozen=True):
    """Everything wanted for the view `seq` has been sent."""

    seq: int
    degraded: bool


class DatastreamInfo(Struct, frozen=True, kw_only=True):
    """One sensor's stream of observations and where it hangs, for clients before 1.3."""

    id: int
    key: str
    name: str
    observed_property: str
    unit: str
    feature: str
    position: Vector | None
    stale_after_s: float
    range: tuple[float, float] | None


class Datastreams(Message, tag="datastreams", frozen=True):
    """All datastreams of the scene."""

    datastreams: list[DatastreamInfo]


class Observations(Message, tag="observations", frozen=True):
    """Latest values in columns: ids u32 LE (n,), values f64 LE (n,), times i64 LE µs (n,).

    For clients before 1.3.
    """

    time: int
    ids: bytes
    values: bytes
    times: bytes


class DatastreamKind(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What many datastreams have in common, said once a message."""

    observed_property: str
    unit: str
    stale_after_s: float
    ucum: str = ""
    definition: str = ""
    range: tuple[float, float] | None = None
    period_s: float = 0.0
    reality: Reality = "measured"
    licence: str = ""
    attribution: str = ""


class SensorInfo(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One datastream: `kind` is its place in the message's `kinds`."""

    id: int
    kind: int
    key: str
    name: str
    thing: str = ""
    feature: str = ""
    position: Vector | None = None


class MoverInfo(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing that moves; `stale_after_s` after its last fix it isn't shown any more."""

    id: int
    key: str
    name: str
    stale_after_s: float
    reality: Reality = "measured"
    licence: str = ""
    attribution: str = ""


class StyleInfo(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How to show what has this observed property, or a key like this; as in the sensor file."""

    look: str
    observed_property: str = ""
    key: str = ""
    title: str = ""
    scale: tuple[float, float] | None = None
    palette: str = ""
    steps: list[tuple[float, str]] = field(default_factory=list)
    body: str = ""


class SensorList(Message, tag="sensors", frozen=True, omit_defaults=True):
    """Sensors and things that move, some at a time, near ones first; the `first` begins anew.

    After the `last`, the client knows all of them.
    """

    kinds: list[DatastreamKind] = field(default_factory=list)
    sensors: list[SensorInfo] = field(default_factory=list)
    movers: list[MoverInfo] = field(default_factory=list)
    styles: list[StyleInfo] = field(default_factory=list)
    first: bool = False
    last: bool = False


class Readings(Message, tag="readings", frozen=True):
    """Latest values as rows (`overlays.rows`); everything up to `tick` has now been sent."""

    time: int
    rows: bytes
    tick: int | UnsetType = UNSET


class Movers(Message, tag="movers", frozen=True):
    """Where things are that move, in little-endian columns (n,).

    `ids` u32, `positions` f32 (n, 3) metres in the scene frame, `headings` f32 radians clockwise
    from north, `speeds` f32 m/s, `times` i64 µs since 1970 UTC; NaN where nobody says.
    """

    time: int
    ids: bytes
    positions: bytes
    headings: bytes
    speeds: bytes
    times: bytes


class PersonInfo(Struct, frozen=True, kw_only=True):
    """Someone who is in the scene."""

    person: int
    name: str
    role: str


class People(Message, tag="people", frozen=True):
    """Who came, or is called otherwise now, and who left."""

    joined: list[PersonInfo]
    left: list[int]


class Presence(Message, tag="presence", frozen=True, omit_defaults=True):
    """Where those near are, in little-endian columns; an empty column is left out.

    `near` u16 (n,), `near_offsets` i16 (n, 3) in cm from `origin`, `near_turns` i16 (n, 2) heading
    and pitch in tenths of a degree; `far` u16 (m,), `far_offsets` i16 (m, 3) in dm, `far_turns` u8
    (m,) heading in 256ths of a turn; `hands` u16 (k,), `hand_offsets` i16 (k, 3) in cm; `gone`
    u16 (g,).
    """

    time: int
    origin: Vector
    near: bytes = b""
    near_offsets: bytes = b""
    near_turns: bytes = b""
    far: bytes = b""
    far_offsets: bytes = b""
    far_turns: bytes = b""
    hands: bytes = b""
    hand_offsets: bytes = b""
    gone: bytes = b""


class CommentInfo(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One comment as others see it; a hidden one has its text for hosts only.

    `variant` to `planes` are as in `comment`.
    """

    id: int
    time: int
    name: str
    role: str
    text: str
    feature: str
    position: Vector
    eye: Vector
    orientation: Quaternion
    hidden: bool
    variant: str = ""
    fov: float | None = None
    planes: list[CutPlane] = []


class Comments(Message, tag="comments", frozen=True):
    """Comments that were made or changed, oldest first."""

    comments: list[CommentInfo]


class Commented(Message, tag="commented", frozen=True):
    """The comment with this key is on the disk."""

    key: str
    id: int
    time: int


class Pong(Message, tag="pong", frozen=True):
    """The answer to `ping`; `time` is the server's, in microseconds since 1970 UTC."""

    id: int
    time: int


class Error(Message, tag="error", frozen=True):
    """A coded error and a sentence for a person; `key` is that of a comment that was refused."""

    code: str
    message: str
    fatal: bool
    key: str | UnsetType = UNSET


ServerMessage = (
    Welcome
    | Scene
    | Making
    | Place
    | Collider
    | Part
    | Drop
    | DropColliders
    | Visible
    | Complete
    | Datastreams
    | Observations
    | SensorList
    | Readings
    | Movers
    | People
    | Presence
    | Comments
    | Commented
    | Pong
    | Error
)
