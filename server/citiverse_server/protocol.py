"""The messages of the stream, as docs/contract/protocol.md has them: bytes in, typed messages out.

Every message is one MessagePack map with its type under `t`. Decoding is strict where a client
could harm the server (size, nesting, numbers, ranges) and lenient where the protocol may grow
(unknown keys are skipped). Nothing but `ProtocolError` leaves `decode_client`.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from . import plausible
from .errors import ErrorCode, ProtocolError
from .msgpack_shape import check_shape

VERSION = (1, 0)
SUBPROTOCOL = "citiverse.v1"

MAX_MESSAGE_BYTES = 16 * 1024
MAX_HELLO_BYTES = 128 * 1024
MAX_HAVE = 4096

Vector = tuple[float, float, float]
Quaternion = tuple[float, float, float, float]
Profile = Literal["desktop", "phone", "headset"]
Encoding = Literal["identity", "gzip", "held"]
Hash = Annotated[bytes, Meta(min_length=16, max_length=16)]
Name = Annotated[str, Meta(max_length=256)]
Token = Annotated[str, Meta(max_length=1024)]
# JavaScript holds whole numbers exactly up to 2^53 − 1.
Count = Annotated[int, Meta(ge=0, le=2**53 - 1)]
Positive = Annotated[int, Meta(gt=0, le=2**53 - 1)]


class Message(Struct, tag_field="t", frozen=True, kw_only=True):
    """Any message; the type is the tag under `t`."""


class Hello(Message, tag="hello", frozen=True):
    """The first message of a client; `have` holds hashes of content it still holds."""

    protocol: tuple[Count, Count]
    scene: Name
    profile: Profile = "desktop"
    budget_bytes: Positive | None = None
    token: Token | None = None
    name: Name | None = None
    resume: Name | None = None
    have: Annotated[list[Hash], Meta(max_length=MAX_HAVE)] = []


class View(Message, tag="view", frozen=True):
    """Where the viewer is and looks: metres and radians in the scene frame, viewport in pixels."""

    seq: Count
    position: Vector
    orientation: Quaternion
    fov: Annotated[list[float], Meta(min_length=1, max_length=2)]
    viewport: tuple[float, float]
    velocity: Vector = (0.0, 0.0, 0.0)


class Credit(Message, tag="credit", frozen=True):
    """Content bytes consumed, counted as they were sent."""

    bytes: Positive


class Evicted(Message, tag="evicted", frozen=True):
    """Tiles the client has given up, and with them everything below them.

    `revision` is that of the scene whose tiles they are.
    """

    tiles: list[Count]
    revision: Count = 0


class Pause(Message, tag="pause", frozen=True):
    """A hidden page stops content, not the session."""

    paused: bool


class Pose(Message, tag="pose", frozen=True):
    """Where a person's eye is, in metres; heading clockwise from north and pitch up, in radians."""

    position: Vector
    heading: float
    pitch: float
    hands: Annotated[list[Vector], Meta(max_length=2)] = []


class Rename(Message, tag="rename", frozen=True):
    """How the person wants to be called from now on."""

    name: Name


class Block(Message, tag="block", frozen=True):
    """From now on (not) to see each other."""

    person: Count
    blocked: bool


class Comment(Message, tag="comment", frozen=True):
    """A comment at a point, made from a viewpoint; `feature` is the identity of what it is about.

    `key` is chosen by the client: the same comment sent again with it is stored once.
    """

    key: str
    text: str
    position: Vector
    eye: Vector
    orientation: Quaternion
    feature: str = ""


class Hide(Message, tag="hide", frozen=True):
    """A host hides a comment, or shows it again, and says why."""

    comment: Count
    hidden: bool
    reason: Annotated[str, Meta(max_length=200)]


class Ping(Message, tag="ping", frozen=True):
    """Asks for a `pong` with the server's time."""

    id: Count


class Welcome(Message, tag="welcome", frozen=True):
    """The answer to `hello`; `manifest` is scene.json, already encoded."""

    protocol: tuple[int, int]
    session: str
    resume: str
    epoch: int
    revision: int
    time: int
    window_bytes: int
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
    """One tile; `content` is absent when the client holds it already."""

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
    content: bytes | UnsetType = UNSET


class Collider(Message, tag="collider", frozen=True):
    """What a walker stands on in one cell of one layer."""

    cell: tuple[int, int]
    layer: int
    translation: Vector
    hash: bytes
    encoding: Encoding
    content: bytes | UnsetType = UNSET


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
    """One sensor's stream of observations and where it hangs."""

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
    """Latest values in columns: ids u32 LE (n,), values f64 LE (n,), times i64 LE µs (n,)."""

    time: int
    ids: bytes
    values: bytes
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


class CommentInfo(Struct, frozen=True, kw_only=True):
    """One comment as others see it; a hidden one has its text for hosts only."""

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


ClientMessage = (
    Hello | View | Credit | Evicted | Pause | Pose | Rename | Block | Comment | Hide | Ping
)
ServerMessage = (
    Welcome
    | Scene
    | Making
    | Place
    | Collider
    | Drop
    | DropColliders
    | Visible
    | Complete
    | Datastreams
    | Observations
    | People
    | Presence
    | Comments
    | Commented
    | Pong
    | Error
)
CLIENT_MESSAGES: tuple[type[Message], ...] = ClientMessage.__args__

_decoder: msgspec.msgpack.Decoder[ClientMessage] = msgspec.msgpack.Decoder(ClientMessage)
_encoder = msgspec.msgpack.Encoder()


def encode(message: ServerMessage) -> bytes:
    """One server message as it goes on the wire."""
    return _encoder.encode(message)


def decode_client(data: bytes) -> ClientMessage:
    """One client message; raises `ProtocolError` (`bad-message`, `too-large`) and nothing else."""
    if len(data) > MAX_HELLO_BYTES:
        raise _too_large(len(data), MAX_HELLO_BYTES)
    check_shape(data)
    try:
        message = _decoder.decode(data)
    except (msgspec.MsgspecError, ValueError) as error:
        raise ProtocolError(
            ErrorCode.BAD_MESSAGE, f"This message can't be read: {error}."
        ) from None
    if len(data) > MAX_MESSAGE_BYTES and not isinstance(message, Hello):
        raise _too_large(len(data), MAX_MESSAGE_BYTES)
    match message:
        case View():
            plausible.check_view(message)
        case Pose():
            plausible.check_pose(message)
        case Comment():
            plausible.check_comment(message)
    return message


def message_type(message: Message | type[Message]) -> str:
    """The type of a message as it stands under `t`."""
    return str(message.__struct_config__.tag)


def _too_large(size: int, limit: int) -> ProtocolError:
    return ProtocolError(
        ErrorCode.TOO_LARGE, f"This message has {size} bytes; at most {limit} are taken."
    )
