"""One client's messages in order, at a bearable rate, within its rights; clocks are the test's."""

from __future__ import annotations

import contextlib
from functools import partial
from random import Random
from typing import TYPE_CHECKING, cast, get_args

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from citiverse_server import protocol, resume
from citiverse_server import session as session_module
from citiverse_server.access import Role
from citiverse_server.clock import Now
from citiverse_server.config import Limits
from citiverse_server.decisions import SendTile
from citiverse_server.errors import ErrorCode, ProtocolError
from citiverse_server.invitations import Invitation, Inviter
from citiverse_server.limits import TokenBucket
from citiverse_server.outbox import MAX_REPLIES, Outbox
from citiverse_server.people.crowd import Crowd
from citiverse_server.scene import Scene, open_scene
from citiverse_server.session import PROFILES, Session, SessionOptions

if TYPE_CHECKING:
    from pathlib import Path

    from citiverse_server.hearing import Hearing

START = Now(100.0, 1_795_000_000_000_000)
INVITER = Inviter(b"i" * 32)
HELLO = msgpack.packb({"t": "hello", "protocol": [1, 0], "scene": "town"})
VIEW = {
    "t": "view",
    "seq": 1,
    "position": [0, 0, 2],
    "orientation": [0, 0, 0, 1],
    "fov": [1],
    "viewport": [1280, 720],
}


def later(seconds: float) -> Now:
    return Now(START.monotonic + seconds, START.micros + round(seconds * 1e6))


@pytest.fixture(scope="module")
def town(scene: Path) -> Scene:
    return open_scene(scene)


@pytest.fixture
def session(town: Scene) -> Session:
    return Session(options(town), "s-1", START)


def options(town: Scene, window_bytes: int = 1 << 20) -> SessionOptions:
    return SessionOptions(
        {"town": town},
        {"town": INVITER},
        {"town": Crowd(Random(1))},
        Limits(),
        window_bytes,
        epoch=7,
        revisions={"town": 3},
        secret=b"secret",
    )


def code_of(session: Session, data: bytes, now: Now = START) -> ErrorCode:
    with pytest.raises(ProtocolError) as caught:
        session.receive(data, now)
    return caught.value.code


def test_hello_is_answered_with_the_whole_manifest(session: Session, town: Scene) -> None:
    (welcome,) = session.receive(HELLO, START)
    assert isinstance(welcome, protocol.Welcome)
    sent = msgpack.unpackb(protocol.encode(welcome))
    assert sent["manifest"]["attributions"][0]["text"] == "Town of Harbour"
    assert sent["manifest"]["generator"] == "a test"
    assert (sent["session"], sent["epoch"], sent["role"]) == ("s-1", 7, "visitor")
    assert session.scene is town


def invited(role: Role, until_s: int) -> bytes:
    token = INVITER.issue(Invitation("town", role, until_s))
    hello = {"t": "hello", "protocol": [1, 0], "scene": "town", "token": token}
    return bytes(msgpack.packb(hello))


def test_an_invitation_makes_a_host(session: Session) -> None:
    (welcome,) = session.receive(invited(Role.HOST, START.micros // 1_000_000 + 60), START)
    assert isinstance(welcome, protocol.Welcome)
    assert welcome.role == "host"


def test_an_invitation_that_is_over_lets_nobody_in(session: Session) -> None:
    hello = invited(Role.HOST, START.micros // 1_000_000)
    assert code_of(session, hello) is ErrorCode.EXPIRED_INVITE
    assert session.scene is None


def test_a_visitor_may_not_hide(session: Session) -> None:
    session.receive(HELLO, START)
    hide = msgpack.packb({"t": "hide", "comment": 1, "hidden": True, "reason": ""})
    assert code_of(session, hide) is ErrorCode.NOT_ALLOWED


def test_a_token_of_this_server_resumes_the_session(session: Session, town: Scene) -> None:
    (first,) = session.receive(HELLO, START)
    assert isinstance(first, protocol.Welcome)
    back = Session(options(town), "s-2", later(60))
    hello = {"t": "hello", "protocol": [1, 9], "scene": "town", "resume": first.resume}
    (again,) = back.receive(msgpack.packb(hello), later(60))
    assert isinstance(again, protocol.Welcome)
    assert (again.resumed, again.session) == (True, "s-1")


def test_resume_tokens_hold_for_one_scene_and_one_secret() -> None:
    token = resume.issue(b"a", "s", "town")
    assert resume.session_of(b"a", token, "town") == "s"
    assert resume.session_of(b"a", token, "harbour") is None
    assert resume.session_of(b"b", token, "town") is None
    for forged in ("", ".", "s.", "s." + "0" * 32, "é.é"):
        assert resume.session_of(b"a", forged, "town") is None


def test_messages_before_hello_and_a_second_hello_are_out_of_order(session: Session) -> None:
    assert code_of(session, msgpack.packb(VIEW)) is ErrorCode.WRONG_ORDER
    session.receive(HELLO, START)
    assert code_of(session, HELLO) is ErrorCode.WRONG_ORDER


def test_a_burst_passes_a_flood_does_not_and_time_heals(session: Session) -> None:
    session.receive(HELLO, START)
    ping = msgpack.packb({"t": "ping", "id": 1})
    for _ in range(119):
        session.receive(ping, START)
    assert code_of(session, ping) is ErrorCode.TOO_MANY
    for _ in range(60):
        session.receive(ping, later(1.01))
    assert code_of(session, ping, later(1.01)) is ErrorCode.TOO_MANY


def test_views_have_a_lower_rate_since_each_is_work(session: Session) -> None:
    session.receive(HELLO, START)
    looks = (msgpack.packb({**VIEW, "seq": seq}) for seq in range(200))
    for _ in range(100):
        session.receive(next(looks), START)
    for second in (1.0, 2.0):
        for _ in range(30):
            session.receive(next(looks), later(second))
    assert code_of(session, next(looks), later(2.0)) is ErrorCode.TOO_MANY


def test_no_client_can_ask_for_more_content_than_the_server_can_choose_from(
    town: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session_module, "MAX_BUDGET_BYTES", 1)
    greedy = Session(options(town), "s", START)
    hello = {"t": "hello", "protocol": [1, 0], "scene": "town", "budget_bytes": 2**53 - 1}
    greedy.receive(msgpack.packb(hello), START)
    greedy.receive(msgpack.packb(VIEW), START)
    assert greedy.viewer is not None
    sent = list(iter(partial(greedy.viewer.next, 0.0), None))
    assert sent[-1] == protocol.Complete(seq=1, degraded=True)


def test_credit_for_each_content_is_free_and_more_is_not(session: Session) -> None:
    session.receive(HELLO, START)
    session.receive(msgpack.packb(VIEW), START)
    assert session.viewer is not None
    while session.viewer.next(0.0) is not None:
        pass
    credit = msgpack.packb({"t": "credit", "bytes": 1})
    free = session.viewer.contents_sent
    assert free > 10
    for _ in range(free + 118):
        session.receive(credit, START)
    assert code_of(session, credit) is ErrorCode.TOO_MANY


def test_silence_and_unreturned_credit_end_a_session(town: Scene) -> None:
    session = Session(options(town, window_bytes=700), "s", START)
    session.check(later(9.9))
    with pytest.raises(ProtocolError) as silent:
        session.check(later(10.1))
    assert silent.value.code is ErrorCode.HELLO_TIMEOUT
    session.receive(HELLO, START)
    session.receive(msgpack.packb(VIEW), START)
    assert session.viewer is not None
    while session.viewer.next(START.monotonic) is not None:
        pass
    session.check(later(59.9))
    with pytest.raises(ProtocolError) as stalled:
        session.check(later(60.1))
    assert stalled.value.code is ErrorCode.SLOW_CONSUMER


@given(st.binary(max_size=200), st.booleans(), st.booleans())
def test_whatever_a_client_sends_is_answered_or_refused_with_a_code(
    town: Scene, data: bytes, opened: bool, damaged: bool
) -> None:
    session = Session(options(town), "s", START)
    if opened:
        session.receive(HELLO, START)
    message = msgpack.packb(VIEW) if damaged else b""
    at = data[0] % (len(message) + 1) if data else 0
    with contextlib.suppress(ProtocolError):
        session.receive(message[:at] + data + message[at + len(data) :], START)


def test_every_profile_of_the_protocol_has_defaults() -> None:
    assert set(PROFILES) == set(get_args(protocol.Profile))


def test_a_bucket_never_holds_more_than_its_burst() -> None:
    bucket = TokenBucket(10.0, 5.0, now=0.0)
    assert [bucket.take(1000.0) for _ in range(6)] == [True] * 5 + [False]
    assert bucket.take(1000.11)


class Ear:
    """So much of a hearing as an outbox needs: frames that wait for their turn."""

    def __init__(self, *frames: bytes) -> None:
        self.frames = list(frames)

    def next(self, time_us: int) -> bytes | None:
        assert time_us == START.micros
        return self.frames.pop(0) if self.frames else None


def test_replies_overtake_sensors_and_those_take_turns_with_content(session: Session) -> None:
    session.receive(HELLO, START)
    session.receive(msgpack.packb(VIEW), START)
    assert session.viewer is not None
    outbox = Outbox()
    outbox.open(session.viewer, cast("Hearing", Ear(b"list", b"values", b"end")))
    outbox.reply(b"pong")
    assert outbox.next(START) == b"pong"
    assert outbox.next(START) == b"list"
    assert isinstance(outbox.next(START), SendTile)
    assert outbox.next(START) == b"values"
    rest = list(iter(lambda: outbox.next(START), None))
    assert b"end" in rest
    assert isinstance(rest[0], SendTile)


def test_a_session_knows_where_its_client_is_and_what_it_shows(session: Session) -> None:
    session.receive(HELLO, START)
    assert session.place == pytest.approx((0.0, 0.0, 1.65), abs=50.0)
    session.receive(msgpack.packb({**VIEW, "position": [300, 4, 2]}), START)
    assert session.place == (300.0, 4.0, 2.0)
    assert session.overlays is None
    session.receive(msgpack.packb({"t": "overlays", "properties": ["noise"]}), START)
    assert session.overlays == protocol.Overlays(properties=["noise"])


@pytest.mark.parametrize(
    ("version", "epoch", "heard", "near"),
    [([1, 3], 0, True, True), ([1, 3], 1, False, True), ([1, 2], 0, True, False)],
)
def test_what_was_heard_of_another_epoch_counts_for_nothing(
    session: Session, town: Scene, version: list[int], epoch: int, heard: bool, near: bool
) -> None:
    known = {
        "epoch": options(town).epoch + epoch,
        "revision": options(town).revisions["town"],
        "tick": 5,
        "sensors": 1,
    }
    hello = {"t": "hello", "protocol": version, "scene": "town", "heard": known}
    session.receive(msgpack.packb(hello), START)
    assert (session.heard is not None) is heard
    assert session.hears_of_near is near


def test_replies_that_pile_up_end_the_session() -> None:
    outbox = Outbox()
    for _ in range(MAX_REPLIES):
        outbox.reply(b"pong")
    with pytest.raises(ProtocolError) as caught:
        outbox.reply(b"pong")
    assert caught.value.code is ErrorCode.SLOW_CONSUMER
