"""Packets of MQTT 3.1.1 and 5 as bytes: those that a client needs which subscribes and publishes.

Implements a subset of both: CONNECT, SUBSCRIBE, PUBLISH at QoS 0 and 1, PUBACK, PINGREQ and
DISCONNECT, and the answers to them. As no more than QoS 1 is asked for, no broker sends QoS 2. Of
properties (MQTT 5, 2.2.2) those of CONNECT are written that say how much may come; all that come
are passed by.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

CONNACK, PUBLISH, PUBACK, SUBACK, PINGRESP, DISCONNECT = 2, 3, 4, 9, 13, 14
MAX_PACKET_BYTES = 1024 * 1024
FAILURE = 0x80
"""Reason codes from here on are failures (MQTT 5, 2.4); for topics in 3.1.1, too (3.9.3)."""

UNKNOWN_VERSION = (1, 0x84)
REASONS = {
    1: "it doesn't speak this version of MQTT",
    2: "it doesn't want this client id",
    3: "it isn't ready",
    4: "user name or password are wrong",
    5: "user name or password are missing or wrong, or don't allow this",
    0x84: "it doesn't speak this version of MQTT",
    0x85: "it doesn't want this client id",
    0x86: "user name or password are wrong",
    0x87: "user name or password are missing or wrong, or don't allow this",
    0x88: "it isn't ready",
    0x89: "it is busy",
    0x8B: "it is stopping",
    0x8E: "another has our client id",
    0x95: "a message is too long",
}


class PacketError(ValueError):
    """What came is no MQTT."""


class Packet(NamedTuple):
    """The kind, the flags beside it, and what follows the length."""

    kind: int
    flags: int
    body: bytes


class Message(NamedTuple):
    """A PUBLISH; `number` is that to acknowledge, 0 at QoS 0. `kept`: the broker had it before."""

    topic: str
    payload: bytes
    number: int
    kept: bool


@dataclass(frozen=True, slots=True)
class Hello:
    """What CONNECT says; `kept_s` is how long the broker is to keep what we miss (MQTT 5)."""

    five: bool
    client_id: str
    keep_alive_s: int
    username: str | None
    password: str | None
    kept_s: int
    most_received: int


def connect(hello: Hello) -> bytes:
    """CONNECT (3.1); with a client id the session is kept."""
    flags = (0 if hello.client_id else 2) | (hello.password is not None) << 6
    flags |= (hello.username is not None) << 7
    variable = _text("MQTT") + bytes((5 if hello.five else 4, flags)) + _two(hello.keep_alive_s)
    if hello.five:
        kept = b"\x11" + hello.kept_s.to_bytes(4, "big") if hello.client_id else b""
        receive = b"\x21" + _two(hello.most_received)
        largest = b"\x27" + MAX_PACKET_BYTES.to_bytes(4, "big")
        properties = kept + receive + largest
        variable += _length(len(properties)) + properties
    payload = _text(hello.client_id)
    payload += b"".join(_text(one) for one in (hello.username, hello.password) if one is not None)
    return _packet(0x10, variable + payload)


def subscribe(number: int, topics: Sequence[str], *, five: bool) -> bytes:
    """SUBSCRIBE (3.8) at QoS 1."""
    filters = b"".join(_text(topic) + b"\x01" for topic in topics)
    return _packet(0x82, _two(number) + (b"\x00" if five else b"") + filters)


def publish(number: int, topic: str, payload: bytes, *, five: bool) -> bytes:
    """PUBLISH (3.3) at QoS 1."""
    return _packet(0x32, _text(topic) + _two(number) + (b"\x00" if five else b"") + payload)


def puback(number: int) -> bytes:
    """PUBACK (3.4): the message is safe."""
    return b"\x40\x02" + number.to_bytes(2, "big")


PINGREQ = b"\xc0\x00"
GOODBYE = b"\xe0\x00"


def packets(buffer: bytearray) -> Iterator[Packet]:
    """Takes whole packets out of what came; the rest stays. Raises `PacketError`."""
    at = 0
    try:
        while (head := _head(buffer, at)) is not None:
            begin, size = head
            if len(buffer) < begin + size:
                return
            first = buffer[at]
            at = begin + size
            yield Packet(first >> 4, first & 0x0F, bytes(buffer[begin:at]))
    finally:
        del buffer[:at]


def message_of(packet: Packet, *, five: bool) -> Message:
    """What a PUBLISH says. Raises `PacketError`."""
    body, quality = packet.body, packet.flags >> 1 & 3
    if quality > 1:
        raise PacketError("a message of QoS 2, which wasn't asked for")
    end = 2 + int.from_bytes(body[:2], "big")
    at, number = end, 0
    if quality:
        number = int.from_bytes(body[end : end + 2], "big")
        at = end + 2
    if five:
        head = _number(body, at)
        if head is None:
            raise PacketError("a message is cut")
        at = head[0] + head[1]
    if at > len(body) or end < 2 or (quality and not number):
        raise PacketError("a message is cut")
    try:
        return Message(body[2:end].decode(), body[at:], number, bool(packet.flags & 1))
    except UnicodeDecodeError:
        raise PacketError("a topic is no UTF-8") from None


def connected(packet: Packet) -> int:
    """The reason of a CONNACK (3.2), 0 for success. Raises `PacketError`."""
    if len(packet.body) < 2:
        raise PacketError("an answer is cut")
    return packet.body[1]


def granted(packet: Packet, *, five: bool) -> tuple[int, bytes]:
    """The number and the reasons of a SUBACK (3.9). Raises `PacketError`."""
    at = 2
    if five:
        head = _number(packet.body, 2)
        if head is None:
            raise PacketError("an answer is cut")
        at = head[0] + head[1]
    return acknowledged(packet), packet.body[at:]


def acknowledged(packet: Packet) -> int:
    """The number in an answer. Raises `PacketError`."""
    if len(packet.body) < 2:
        raise PacketError("an answer is cut")
    return int.from_bytes(packet.body[:2], "big")


def reason(code: int) -> str:
    """A reason code in words."""
    return REASONS.get(code, f"reason {code}")


def _head(buffer: bytearray, at: int) -> tuple[int, int] | None:
    """Where a packet's body begins and how long it is; None where that isn't there yet."""
    found = _number(buffer, at + 1)
    if found is not None and found[1] > MAX_PACKET_BYTES:
        raise PacketError(f"a packet of more than {MAX_PACKET_BYTES >> 20} MiB")
    return found


def _number(data: bytes | bytearray, at: int) -> tuple[int, int] | None:
    """Where a variable byte integer (1.5.5) ends, and the integer; None where it is cut."""
    value = 0
    for place, byte in enumerate(data[at : at + 4]):
        value |= (byte & 0x7F) << 7 * place
        if byte < 0x80:
            return at + place + 1, value
    if len(data) - at >= 4:
        raise PacketError("a length of more than four bytes")
    return None


def _packet(first: int, rest: bytes) -> bytes:
    return bytes((first,)) + _length(len(rest)) + rest


def _length(size: int) -> bytes:
    out = bytearray()
    while size > 0x7F:
        out.append(size & 0x7F | 0x80)
        size >>= 7
    out.append(size)
    return bytes(out)


def _text(text: str) -> bytes:
    data = text.encode()
    return _two(len(data)) + data


def _two(number: int) -> bytes:
    return number.to_bytes(2, "big")
