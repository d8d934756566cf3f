"""The messages of the stream, as docs/contract/protocol.md has them: bytes in, typed messages out.

Every message is one MessagePack map with its type under `t`. Decoding is strict where a client
could harm the server (size, nesting, numbers, ranges) and lenient where the protocol may grow
(unknown keys are skipped). Nothing but `ProtocolError` leaves `decode_client`.
"""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta, Struct, field

from . import plausible
from .claims import NAME_BYTES
from .errors import ErrorCode, ProtocolError
from .message import (
    Count,
    CutPlane,
    Encoding,
    Hash,
    Message,
    Name,
    Positive,
    Profile,
    Quaternion,
    Token,
    Vector,
)
from .msgpack_shape import check_shape
from .server_messages import (
    Collider,
    Commented,
    CommentInfo,
    Comments,
    Complete,
    DatastreamInfo,
    DatastreamKind,
    Datastreams,
    Drop,
    DropColliders,
    Error,
    Making,
    MoverInfo,
    Movers,
    Observations,
    Part,
    People,
    PersonInfo,
    Place,
    Pong,
    Presence,
    Readings,
    Scene,
    SensorInfo,
    SensorList,
    ServerMessage,
    StyleInfo,
    Visible,
    Welcome,
)

__all__ = [
    "CLIENT_MESSAGES",
    "MAX_HAVE",
    "MAX_HELLO_BYTES",
    "MAX_MESSAGE_BYTES",
    "SUBPROTOCOL",
    "VERSION",
    "WITH_HIDDEN",
    "WITH_INTEREST",
    "WITH_PIECES",
    "Block",
    "ClientMessage",
    "Collider",
    "Comment",
    "CommentInfo",
    "Commented",
    "Comments",
    "Complete",
    "Credit",
    "DatastreamInfo",
    "DatastreamKind",
    "Datastreams",
    "Drop",
    "DropColliders",
    "Encoding",
    "Error",
    "Evicted",
    "Heard",
    "Hello",
    "Hide",
    "Kept",
    "Making",
    "Message",
    "Missing",
    "MoverInfo",
    "Movers",
    "Observations",
    "Overlays",
    "Part",
    "Pause",
    "People",
    "PersonInfo",
    "Ping",
    "Place",
    "Pong",
    "Pose",
    "Presence",
    "Profile",
    "Quaternion",
    "Readings",
    "Rename",
    "Scene",
    "SensorInfo",
    "SensorList",
    "ServerMessage",
    "Start",
    "StyleInfo",
    "Variant",
    "Vector",
    "View",
    "Visible",
    "Welcome",
    "decode_client",
    "encode",
    "message_type",
    "scene_named",
]

VERSION = (1, 3)
WITH_PIECES = (1, 1)
"""From this version on clients put content together that comes in pieces."""
WITH_HIDDEN = (1, 2)
"""From this version on they know of tiles that can't be seen, and choose among variants."""
WITH_INTEREST = (1, 3)
"""From this version on they hear of the sensors near them, in rows, and of things that move."""
SUBPROTOCOL = "citiverse.v1"

MAX_MESSAGE_BYTES = 16 * 1024
MAX_HELLO_BYTES = 128 * 1024
MAX_HAVE = 4096


class Start(Struct, frozen=True):
    """What the client looks with while it stands where everyone arrives; as in `View`."""

    fov: Annotated[list[float], Meta(min_length=1, max_length=2)]
    viewport: tuple[float, float]


class Heard(Struct, frozen=True):
    """What the client knows of the sensors: everything up to `tick`, and the first `sensors`.

    `epoch` and `revision` are those of the `welcome` after which it was told.
    """

    epoch: Count
    revision: Count
    tick: Count
    sensors: Count


class Hello(Message, tag="hello", frozen=True):
    """The first message of a client; `have` holds hashes of content it still holds, `kept` the
    first 8 bytes of each that it keeps in a store.

    `start` asks for the view from where everyone arrives, without waiting for the manifest;
    `references` says that it can fetch content by address; `heard` is what it knows of sensors.
    """

    protocol: tuple[Count, Count]
    scene: Name
    profile: Profile = "desktop"
    budget_bytes: Positive | None = None
    token: Token | None = None
    name: Name | None = None
    resume: Name | None = None
    have: Annotated[list[Hash], Meta(max_length=MAX_HAVE)] = field(default_factory=list)
    kept: Annotated[bytes, Meta(max_length=NAME_BYTES * MAX_HAVE)] = b""
    start: Start | None = None
    references: bool = False
    heard: Heard | None = None


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

    `revision` is that of the scene whose tiles they are. `full`: for want of memory.
    """

    tiles: list[Count]
    revision: Count = 0
    full: bool = False


class Kept(Message, tag="kept", frozen=True):
    """Content that the client keeps in a store from now on: the first 8 bytes of each hash."""

    hashes: bytes


class Missing(Message, tag="missing", frozen=True):
    """Tiles and cells [layer, i, j] that were called held, and that the client doesn't hold.

    `revision` is that of the scene whose they are.
    """

    tiles: list[Count] = field(default_factory=list)
    cells: list[tuple[int, int, int]] = field(default_factory=list)
    revision: Count = 0


class Pause(Message, tag="pause", frozen=True):
    """A hidden page stops content, not the session."""

    paused: bool


class Variant(Message, tag="variant", frozen=True):
    """The variant that is looked at from now on, "" for the scene as it is."""

    variant: Annotated[str, Meta(max_length=63)]


class Overlays(Message, tag="overlays", frozen=True):
    """The observed properties that are shown from now on, and whether things that move are.

    Nothing is sent of others; None stands for all of them.
    """

    properties: Annotated[list[Name], Meta(max_length=64)] | None = None
    movers: bool = True


class Pose(Message, tag="pose", frozen=True):
    """Where a person's eye is, in metres; heading clockwise from north and pitch up, in radians."""

    position: Vector
    heading: float
    pitch: float
    hands: Annotated[list[Vector], Meta(max_length=2)] = field(default_factory=list)


class Rename(Message, tag="rename", frozen=True):
    """How the person wants to be called from now on."""

    name: Name


class Block(Message, tag="block", frozen=True):
    """From now on (not) to see each other."""

    person: Count
    blocked: bool


class Comment(Message, tag="comment", frozen=True):
    """A comment at a point, made from a viewpoint; `feature` is the identity of what it is about.

    `key` is chosen by the client: the same comment sent again with it is stored once. `variant` is
    the one that is looked at, "" for the scene as it is; `fov` in radians, from the lower to the
    upper edge of the picture; `planes` cut open what is looked at: a point and the direction in
    which nothing is shown.
    """

    key: str
    text: str
    position: Vector
    eye: Vector
    orientation: Quaternion
    feature: str = ""
    variant: Annotated[str, Meta(max_length=63)] = ""
    fov: float | None = None
    planes: Annotated[list[CutPlane], Meta(max_length=6)] = field(default_factory=list)


class Hide(Message, tag="hide", frozen=True):
    """A host hides a comment, or shows it again, and says why."""

    comment: Count
    hidden: bool
    reason: Annotated[str, Meta(max_length=200)]


class Ping(Message, tag="ping", frozen=True):
    """Asks for a `pong` with the server's time."""

    id: Count


ClientMessage = (
    Hello
    | View
    | Credit
    | Evicted
    | Kept
    | Missing
    | Pause
    | Variant
    | Overlays
    | Pose
    | Rename
    | Block
    | Comment
    | Hide
    | Ping
)
CLIENT_MESSAGES: tuple[type[Message], ...] = ClientMessage.__args__

_decoder: msgspec.msgpack.Decoder[ClientMessage] = msgspec.msgpack.Decoder(ClientMessage)
_encoder = msgspec.msgpack.Encoder()


def encode(message: ServerMessage) -> bytes:
    """One server message as it goes on the wire."""
    return _encoder.encode(message)


class _Asking(Struct):
    scene: str = ""


def scene_named(data: bytes) -> str:
    """The scene that a `hello` asks for; "" where it can't be read, which `decode_client` tells."""
    try:
        return msgspec.msgpack.decode(data, type=_Asking).scene
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return ""


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
        case Hello():
            plausible.check_names("hello", message.kept)
            if message.start is not None:
                plausible.check_sight("hello", message.start.fov, message.start.viewport)
        case Kept():
            plausible.check_names("kept", message.hashes)
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
