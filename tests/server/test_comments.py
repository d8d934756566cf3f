"""Comments over the stream: on the disk before they are told, once, and harmless to everyone."""

from __future__ import annotations

import contextlib
import logging
import resource
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING, Any, NoReturn

import httpx
import msgpack
import pytest
import websockets

from citiverse_server.access import Role
from citiverse_server.clock import Now
from citiverse_server.config import Limits
from citiverse_server.consultation.requests import MAX_TEXT_LENGTH, Post
from citiverse_server.consultation.store import FILE, Store
from citiverse_server.invitations import Invitation
from citiverse_server.people.crowd import Crowd
from citiverse_server.scene import open_scene
from citiverse_server.session import Session, SessionOptions
from citiverse_server.state import locked
from server.scenes import FEATURE
from server.stranger import Stranger

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from server.conftest import Running, Serving

pytestmark = pytest.mark.anyio

COMMENT = {
    "t": "comment",
    "key": "a-key-of-mine",
    "text": "A bench here, please.",
    "feature": FEATURE,
    "position": [5.0, 5.0, 18.0],
    "eye": [5.0, -20.0, 1.7],
    "orientation": [0.5, -0.5, -0.5, 0.5],
}


@dataclass
class Guest:
    """Somebody in the town. `told` are the comments she was told of, as they came."""

    stranger: Stranger
    told: list[dict[str, Any]] = field(default_factory=list)

    async def enter(self, **more: object) -> list[dict[str, Any]]:
        """Says hello; returns the comments that are there."""
        await self.stranger.hello("town", **more)
        return list((await self.stranger.until("comments"))["comments"])

    async def say(self, **changes: object) -> dict[str, Any]:
        """Sends a comment; returns what its key is answered by."""
        message = {**COMMENT, **changes}
        await self.stranger.send(message)
        while (answer := await self.receive()).get("key") != message["key"]:
            pass
        return answer

    async def refusal(self, **changes: object) -> str:
        """Why a comment is refused."""
        answer = await self.say(**changes)
        assert (answer["t"], answer["fatal"]) == ("error", False)
        assert answer["message"].endswith(".")
        return str(answer["code"])

    async def hears(self, count: int) -> list[dict[str, Any]]:
        """Listens until she was told of so many."""
        while len(self.told) < count:
            await self.receive()
        return self.told

    async def receive(self) -> dict[str, Any]:
        """The next message, whatever it is."""
        message: dict[str, Any] = msgpack.unpackb(await self.stranger.socket.recv())
        if message["t"] == "comments":
            self.told += message["comments"]
        return message


@contextlib.asynccontextmanager
async def guest(running: Running) -> AsyncIterator[Guest]:
    """Somebody who has said nothing yet."""
    async with running.stranger() as stranger:
        yield Guest(stranger)


def as_host(running: Running) -> str:
    inviter = running.application.hub.inviters["town"]
    return inviter.issue(Invitation("town", Role.HOST, int(time.time()) + 3600))


async def test_a_comment_is_on_the_disk_and_everyone_sees_it(
    serving: Serving, tmp_path: Path
) -> None:
    async with serving() as running, guest(running) as one, guest(running) as other:
        assert await one.enter(name="Ada") == []
        assert await other.enter() == []
        answer = await one.say()
        assert answer["t"] == "commented"
        with closing(sqlite3.connect(tmp_path / "state" / "town.state" / FILE)) as connection:
            assert connection.execute("SELECT id, text FROM comment").fetchall() == [
                (answer["id"], COMMENT["text"])
            ]
        (seen,) = await other.hears(1)
        assert seen == {
            "id": answer["id"],
            "time": answer["time"],
            "name": "Ada",
            "role": "visitor",
            "hidden": False,
            **{name: value for name, value in COMMENT.items() if name not in ("t", "key")},
        }
    async with serving() as running, guest(running) as later:
        assert await later.enter() == [seen]


async def test_a_replay_is_answered_alike_stored_once_and_not_told_again(serving: Serving) -> None:
    async with serving() as running, guest(running) as one, guest(running) as other:
        await one.enter()
        await other.enter()
        first = await one.say()
        assert await one.say() == first
        assert await other.say() == first
        assert await one.refusal(text="Something else.") == "key-reused"
        await one.say(key="another-key", text="The last.")
        told = [comment["text"] for comment in await other.hears(2)]
        assert told == [COMMENT["text"], "The last."]


@pytest.mark.parametrize(
    "changes",
    [
        {"text": ""},
        {"text": " \n\t \u202e\u200d "},
        {"text": "x" * (MAX_TEXT_LENGTH + 1)},
        {"key": "short"},
        {"key": "k" * 65},
        {"key": "no spaces!"},
        {"feature": "town/ATLANTIS"},
        {"feature": "x" * 5000},
    ],
)
async def test_what_can_not_be_a_comment_is_refused_and_the_session_goes_on(
    serving: Serving, changes: dict[str, object]
) -> None:
    async with serving() as running, guest(running) as visitor:
        await visitor.enter()
        assert await visitor.refusal(**changes) == "bad-comment"
        assert (await visitor.say())["t"] == "commented"


async def test_what_tricks_is_plain_text_for_everyone(serving: Serving) -> None:
    async with serving() as running, guest(running) as one, guest(running) as other:
        await one.enter()
        await other.enter()
        await one.say(text="<script>alert(1)</script>\u202egpj.exe\x00\r\nCafe\u0301", feature="")
        (seen,) = await other.hears(1)
        assert seen["text"] == "<script>alert(1)</script>gpj.exe\nCaf\u00e9"
        async with httpx.AsyncClient(base_url=running.http) as client:
            page = (await client.get("/s/town/comments")).text
            assert "<script" not in page
            assert "&lt;script&gt;alert(1)&lt;/script&gt;gpj.exe\nCaf\u00e9" in page
            answer = await client.get("/scenes/town/comments")
            assert answer.headers["content-type"] == "application/json"
            assert answer.json()["comments"][0]["text"] == seen["text"]


async def test_a_host_hides_and_others_lose_the_text(serving: Serving, tmp_path: Path) -> None:
    async with serving() as running, guest(running) as host, guest(running) as visitor:
        await host.enter(token=as_host(running), name="Mayor")
        await visitor.enter()
        number = (await visitor.say())["id"]
        hide = {"t": "hide", "comment": number, "hidden": True, "reason": "names a\nneighbour"}
        await host.stranger.send(hide)
        seen = (await visitor.hears(2))[1]
        assert (seen["id"], seen["hidden"], seen["text"]) == (number, True, "")
        seen = (await host.hears(2))[1]
        assert (seen["hidden"], seen["text"]) == (True, COMMENT["text"])
        await host.stranger.send({**hide, "comment": 99})
        assert (await host.stranger.until("error"))["code"] == "unknown-comment"
        async with guest(running) as later:
            assert (await later.enter())[0]["text"] == ""
        with closing(sqlite3.connect(tmp_path / "state" / "town.state" / FILE)) as connection:
            audit = connection.execute("SELECT comment, hidden, name, session, reason FROM audit")
            session = host.stranger.welcome["session"]
            assert audit.fetchall() == [(number, 1, "Mayor", session, "names a neighbour")]
        await visitor.stranger.send(hide)
        assert (await visitor.stranger.until("error"))["code"] == "not-allowed"
        with pytest.raises(websockets.ConnectionClosed):
            await visitor.receive()


async def test_a_burst_is_refused_and_others_are_not_disturbed(serving: Serving) -> None:
    async with serving() as running, guest(running) as good, guest(running) as flood:
        await good.enter()
        await flood.enter()
        for number in range(100):
            await flood.stranger.send({**COMMENT, "key": f"flooding-{number}"})
        began = time.monotonic()
        await good.stranger.send({"t": "ping", "id": 1})
        await good.stranger.until("pong")
        assert time.monotonic() - began < 1.0
        answers: list[dict[str, Any]] = []
        while len(answers) < 100:
            answers += [message for message in [await flood.receive()] if "key" in message]
        refused = [one["code"] for one in answers if one["t"] == "error"]
        assert refused == ["too-many-comments"] * 95
        async with httpx.AsyncClient(base_url=running.http) as client:
            assert len((await client.get("/scenes/town/comments")).json()["comments"]) == 5
            metrics = (await client.get("/metrics")).text
        assert "citiverse_comments_total 5" in metrics
        assert 'citiverse_requests_refused_total{reason="too-many-comments"} 95' in metrics
        assert (await good.say(key="the-good-one"))["t"] == "commented"


def test_of_a_thousand_comments_in_a_minute_few_are_taken(scene: Path) -> None:
    town = open_scene(scene)
    options = SessionOptions(
        {"town": town}, {}, {"town": Crowd(Random(1))}, Limits(), 1 << 20, {"town": 0}, 7, b"secret"
    )
    session = Session(options, "a-session", Now(0.0, 0))
    session.receive(msgpack.packb({"t": "hello", "protocol": [1, 0], "scene": "town"}), Now(0, 0))
    taken = 0
    for number in range(1000):
        message = msgpack.packb({**COMMENT, "key": f"flooding-{number}"})
        (answer,) = session.receive(message, Now(number * 0.06, 0))
        taken += isinstance(answer, Post)
    assert taken == 5 + 9


async def test_where_nothing_can_be_kept_the_city_is_open_and_says_so_once(
    serving: Serving, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("in the way")
    caplog.set_level(logging.ERROR, "citiverse.consultation")
    async with serving(state=tmp_path / "file") as running, guest(running) as visitor:
        assert await visitor.enter() == []
        await visitor.stranger.look([0.0, 0.0, 2.0])
        for _ in range(2):
            assert await visitor.refusal() == "not-stored"
    (said,) = caplog.messages
    assert "comments are off" in said
    assert said.endswith("--state.")


async def test_what_another_server_keeps_can_be_read_and_later_be_written(
    serving: Serving, tmp_path: Path
) -> None:
    folder = tmp_path / "state" / "town.state"
    async with serving() as running, guest(running) as first:
        await first.enter()
        await first.say()
    with contextlib.ExitStack() as other_server:
        other_server.enter_context(locked(folder))
        async with serving() as running, guest(running) as second:
            assert len(await second.enter()) == 1
            assert await second.refusal(key="while-it-is-held") == "not-stored"
            other_server.close()
            assert (await second.say(key="while-it-is-held"))["t"] == "commented"


async def test_a_mistake_of_ours_costs_one_comment_and_not_the_next(
    serving: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> NoReturn:
        raise ValueError("a mistake")

    async with serving() as running, guest(running) as visitor:
        await visitor.enter()
        with monkeypatch.context() as patched:
            patched.setattr(Store, "do", fail)
            assert await visitor.refusal() == "not-stored"
        assert (await visitor.say())["t"] == "commented"


@pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="only Linux can fill a disk like this")
async def test_a_full_disk_refuses_and_goes_on_when_there_is_room(
    scene: Path, tmp_path: Path
) -> None:
    serve = 'ulimit -S -f 300; exec "$0" -m citiverse serve "$1" --port 0 --state "$2"'
    command = ("bash", "-c", serve, sys.executable, str(scene), str(tmp_path))
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            address = server.stdout.readline().strip().replace("http", "ws") + "ws"
            stored, refused = await fill(address)
            assert stored
            unlimited = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
            resource.prlimit(server.pid, resource.RLIMIT_FSIZE, unlimited)
            async with session_at(address) as visitor:
                assert [comment["id"] for comment in await visitor.enter()] == stored
                assert (await visitor.say(key=refused, text="x" * 1000))["t"] == "commented"
        finally:
            server.kill()


@contextlib.asynccontextmanager
async def session_at(address: str) -> AsyncIterator[Guest]:
    async with websockets.connect(address, max_size=None) as socket:
        yield Guest(Stranger(socket))


async def fill(address: str) -> tuple[list[int], str]:
    """Comments until one isn't stored; the ids of those before it, and its key."""
    stored: list[int] = []
    while True:
        async with session_at(address) as visitor:
            await visitor.enter()
            for _ in range(5):
                key = f"filling-{len(stored)}"
                answer = await visitor.say(key=key, text="x" * 1000)
                if answer["t"] == "error":
                    assert answer["code"] == "not-stored"
                    return stored, key
                stored.append(answer["id"])
