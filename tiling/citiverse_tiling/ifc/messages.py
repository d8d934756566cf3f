"""What the process that reads an IFC file says, one message after the other."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, TypeAlias

import msgspec

if TYPE_CHECKING:
    from typing import BinaryIO, Protocol

    class Readable(Protocol):
        """Gives the next bytes of a stream."""

        def read(self, count: int, /) -> bytes: ...


Value: TypeAlias = str | int | float | bool

_LENGTH = struct.Struct("<I")
MOST_BYTES = 1 << 30
"""Of one message: a shape with more points than this holds is none of a building."""


class Conversion(msgspec.Struct, frozen=True):
    """How the coordinates of the model become those of a map (IFC 4.3.2, IfcMapConversion).

    `source` says where in the file it was found. A factor is how many metres of the map a metre of
    the model becomes along each axis; `rotation` is the direction of the model's x axis on the map,
    east and north. `shift` is in metres; in degrees, longitude first, where `is_geographic`.
    """

    source: str
    crs: str
    vertical: str
    shift: tuple[float, float, float]
    rotation: tuple[float, float]
    factors: tuple[float, float, float]
    is_geographic: bool
    remark: str = ""


class Site(msgspec.Struct, frozen=True):
    """Where IfcSite says that it is: degrees, metres, and its origin in metres of the model."""

    lon: float
    lat: float
    height: float
    origin: tuple[float, float, float]


class Start(msgspec.Struct, frozen=True, tag="start"):
    """What the file says of itself. `true_north` is the direction in the model's x and y.

    `ground_z` is the height of the ground floor's level, in metres of the model.
    """

    schema: str
    application: str
    title: str
    products: int
    true_north: tuple[float, float]
    ground_z: float
    conversions: tuple[Conversion, ...]
    site: Site | None


class Frame(msgspec.Struct, frozen=True):
    """Where the frame of a building or a storey is, in metres of the model, and where its y axis
    points to in the model's x and y."""

    origin: tuple[float, float, float]
    ahead: tuple[float, float]


class Element(msgspec.Struct, frozen=True, tag="element"):
    """One IfcProduct: its number in the file, its GlobalId, that of what it is a part of, and all
    that is said of it; `unkept` attributes more were too many.

    `has_body` is False where it has lines or points only, None where nothing of it is drawn.
    `frame` is that of a building or a storey.
    """

    number: int
    id: str
    class_name: str
    name: str
    parent: str
    has_body: bool | None
    attributes: dict[str, Value]
    unkept: int = 0
    frame: Frame | None = None


class Shape(msgspec.Struct, frozen=True, tag="shape"):
    """A shape in a frame of its own: float64 points (N, 3), int32 triangles (T, 3), and of each
    triangle the row of `colours` (red, green, blue, opacity; 0 to 1), −1 for none, int32 (T,)."""

    number: int
    points: bytes
    triangles: bytes
    looks: bytes
    colours: tuple[tuple[float, float, float, float], ...]


class Body(msgspec.Struct, frozen=True, tag="body"):
    """An element has a shape, moved by a float64 matrix (3, 4) to metres of the model."""

    number: int
    shape: int
    matrix: bytes


class Begun(msgspec.Struct, frozen=True, tag="begun"):
    """The shape of an element is being made: if nothing follows, that was what went wrong."""

    number: int


class Failed(msgspec.Struct, frozen=True, tag="failed"):
    """An element has a body that can't be made."""

    number: int
    problem: str


class Refused(msgspec.Struct, frozen=True, tag="refused"):
    """The file can't be used."""

    problem: str
    remedy: str = ""


class End(msgspec.Struct, frozen=True, tag="end"):
    """All has been said."""


Message: TypeAlias = Start | Element | Shape | Body | Begun | Failed | Refused | End

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Message)


def write(stream: BinaryIO, message: Message) -> None:
    """Say one thing."""
    data = _encoder.encode(message)
    stream.write(_LENGTH.pack(len(data)))
    stream.write(data)


def read(stream: Readable) -> Message | None:
    """Hear one thing; None where the stream has ended, whole or in the middle of a message.

    Raises msgspec.DecodeError where it is none.
    """
    head = stream.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    (length,) = _LENGTH.unpack(head)
    if length > MOST_BYTES:
        raise msgspec.DecodeError(f"a message of {length:,} bytes")
    data = stream.read(length)
    return None if len(data) < length else _decoder.decode(data)
