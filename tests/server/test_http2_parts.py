"""The parts of HTTP/2 one by one: what is weighed, what goes first, what a priority says."""

from __future__ import annotations

import itertools
import struct
from dataclasses import dataclass, field

import pytest
from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import DataReceived, StreamEnded
from h2.settings import SettingCodes
from hypothesis import given
from hypothesis import strategies as st

from citiverse_server.http2 import meter
from citiverse_server.http2.meter import Flood, FrameMeter
from citiverse_server.http2.priority import Priority, parse
from citiverse_server.http2.sending import Sender
from citiverse_server.http2.stream import LIVE_BYTES, Stream
from citiverse_server.http2.websocket import upgrade_request

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
PING, WINDOW_UPDATE, DATA, HEADERS, CONTINUATION = 0x6, 0x8, 0x0, 0x1, 0x9


def frame(kind: int, flags: int, payload: bytes = b"") -> bytes:
    return len(payload).to_bytes(3, "big") + struct.pack(">BBI", kind, flags, 1) + payload


def is_flood(data: bytes, cuts: list[int]) -> bool:
    scale = FrameMeter(0.0)
    places = [0, *sorted({cut % (len(data) + 1) for cut in cuts}), len(data)]
    try:
        for start, stop in itertools.pairwise(places):
            scale.weigh(data[start:stop], 0.0)
    except Flood:
        return True
    return False


@given(
    st.integers(0, 2 * int(meter.IDLE_FRAMES_BURST)), st.lists(st.integers(0, 40_000), max_size=9)
)
def test_a_flood_is_one_however_it_is_cut(pings: int, cuts: list[int]) -> None:
    data = PREFACE + frame(PING, 0, bytes(8)) * pings
    assert is_flood(data, cuts) == (pings > meter.IDLE_FRAMES_BURST)


@pytest.mark.parametrize("pieces", [1, 30, 33, 100])
def test_a_head_may_have_so_many_bytes_and_no_more(pieces: int) -> None:
    data = PREFACE + frame(HEADERS, 0) + frame(CONTINUATION, 0, bytes(1000)) * pieces
    assert is_flood(data, []) == (1000 * pieces > meter.MAX_HEAD_BYTES)


def test_heads_that_end_don_t_add_up_and_data_is_free() -> None:
    head = frame(HEADERS, meter.END_HEADERS, bytes(1000))
    assert not is_flood(PREFACE + head * 2000 + frame(DATA, 0, b"x") * 5000, [])
    assert is_flood(PREFACE + frame(DATA, 0) * 2000, [])


def test_a_head_under_way_is_told() -> None:
    scale = FrameMeter(0.0)
    scale.weigh(PREFACE + frame(HEADERS, 0, b"abc"), 0.0)
    assert scale.in_head
    scale.weigh(frame(CONTINUATION, meter.END_HEADERS, b"d"), 0.0)
    assert not scale.in_head


def test_windows_open_as_often_as_data_is_sent() -> None:
    updates = frame(WINDOW_UPDATE, 0, bytes(4)) * 5000
    assert is_flood(PREFACE + updates, [])
    scale = FrameMeter(0.0)
    scale.sent(2000)
    scale.weigh(PREFACE + updates, 0.0)


@pytest.mark.parametrize(
    ("value", "priority"),
    [
        (b"u=1", Priority(1)),
        (b"u=5, i", Priority(5, incremental=True)),
        (b"i, u=0", Priority(0, incremental=True)),
        (b"i=?1", Priority(3, incremental=True)),
        (b"i=?0", Priority(3)),
        (b"", Priority()),
        (b"u=9", Priority()),
        (b"\xff;;u=", Priority()),
    ],
)
def test_a_priority_is_read_as_rfc_9218_has_it(value: bytes, priority: Priority) -> None:
    assert parse(value) == priority


def test_an_extended_connect_becomes_an_upgrade() -> None:
    request = upgrade_request(b"/ws", [(b"host", b"localhost"), (b"sec-websocket-version", b"13")])
    lines = request.split(b"\r\n")
    assert lines[0] == b"GET /ws HTTP/1.1"
    assert b"host: localhost" in lines
    assert request.endswith(b"\r\n\r\n")


@dataclass
class Line:
    """A server's end and a client's, with streams open between them."""

    server: H2Connection = field(
        default_factory=lambda: H2Connection(H2Configuration(client_side=False))
    )
    client: H2Connection = field(default_factory=lambda: H2Connection(H2Configuration()))
    order: list[int] = field(default_factory=list)
    bodies: dict[int, bytes] = field(default_factory=dict)
    ended: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.client.initiate_connection()
        self.client.update_settings({SettingCodes.INITIAL_WINDOW_SIZE: 50_000})
        self.server.initiate_connection()
        self.exchange()
        self.sender = Sender(self.server, FrameMeter(0.0))

    def exchange(self) -> None:
        for _ in range(2):
            self.server.receive_data(self.client.data_to_send())
            self.hear(self.server.data_to_send())

    def hear(self, data: bytes) -> None:
        for event in self.client.receive_data(data):
            if isinstance(event, DataReceived) and event.data:
                number = event.stream_id or 0
                self.order.append(number)
                self.bodies[number] = self.bodies.get(number, b"") + event.data
            elif isinstance(event, StreamEnded):
                self.ended.add(event.stream_id or 0)

    def stream(self, priority: Priority) -> Stream:
        number = self.client.get_next_available_stream_id()
        fields = {":method": "GET", ":scheme": "https", ":authority": "a", ":path": "/"}
        self.client.send_headers(number, list(fields.items()), end_stream=True)
        self.exchange()
        self.server.send_headers(number, [(":status", "200")])
        return Stream(number, priority, self, lambda: 0.0)

    def send_all(self) -> None:
        while (turn := self.sender.next()) is not None:
            self.hear(turn[1])

    def send(self, stream: Stream) -> None:
        self.sender.add(stream)

    def flush(self) -> None:
        """Nothing is sent before the test says so."""

    def head(self, stream: Stream, headers: list[tuple[bytes, bytes]], *, end: bool) -> None:
        raise AssertionError("the tests here send bodies only")

    def consumed(self, stream: Stream, size: int) -> None:
        raise AssertionError("the tests here receive nothing")

    def reset(self, stream: Stream, code: int) -> None:
        raise AssertionError("the tests here reset nothing")


def test_the_urgent_stream_goes_first_and_what_is_small_before_all() -> None:
    line = Line()
    late, early, small = (line.stream(Priority(urgency)) for urgency in (5, 1, 7))
    for stream, size in ((late, 30_000), (early, 30_000), (small, LIVE_BYTES)):
        stream.write(bytes(size))
    line.send_all()
    assert list(dict.fromkeys(line.order)) == [small.number, early.number, late.number]


def test_of_equals_the_first_is_finished_first_unless_they_share() -> None:
    line = Line()
    first, second = (line.stream(Priority(3)) for _ in range(2))
    for stream in (first, second):
        stream.write(bytes(20_000))
    line.send_all()
    assert line.order == sorted(line.order)
    sharing = Line()
    streams = [sharing.stream(Priority(3, incremental=True)) for _ in range(2)]
    for stream in streams:
        stream.write(bytes(32_000))
        sharing.server.outbound_flow_control_window = 2**20
    for _ in range(2):
        turn = sharing.sender.next()
        assert turn is not None
        sharing.order.append(turn[0].number)
    assert set(sharing.order) == {stream.number for stream in streams}


@given(st.lists(st.binary(min_size=1, max_size=40_000), min_size=1, max_size=4))
def test_what_was_written_arrives_whole_within_the_windows(pieces: list[bytes]) -> None:
    line = Line()
    stream = line.stream(Priority())
    for piece in pieces:
        stream.write(piece)
    stream.end()
    for _ in range(20):
        line.send_all()
        line.client.increment_flow_control_window(20_000)
        if stream.number not in line.ended:
            line.client.increment_flow_control_window(20_000, stream.number)
        line.exchange()
    assert line.bodies[stream.number] == b"".join(pieces)
    assert line.ended == {stream.number}
    assert not stream.has_more
