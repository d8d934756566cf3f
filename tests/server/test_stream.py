"""A stranger's client against a real server: the stream as protocol.md promises it."""

from __future__ import annotations

import asyncio
import hashlib
import socket
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any

import msgpack
import pytest
import websockets

from citiverse_server.config import Limits
from server.scenes import SceneOptions, write_scene
from server.stranger import Stranger

if TYPE_CHECKING:
    from pathlib import Path

    from server.conftest import Running, Serving

pytestmark = pytest.mark.anyio

VIEW = {
    "t": "view",
    "seq": 1,
    "position": [0, 0, 2],
    "orientation": [0, 0, 0, 1],
    "fov": [1],
    "viewport": [1280, 720],
}


async def closing_error(stranger: Stranger) -> tuple[dict[str, Any], int]:
    """The fatal error a client gets, and the close code after it."""
    error = await stranger.until("error")
    with pytest.raises(websockets.ConnectionClosed) as closed:
        await stranger.socket.recv()
    assert closed.value.rcvd is not None
    return error, closed.value.rcvd.code


async def test_a_stranger_walks_and_holds_a_whole_cut(serving: Serving) -> None:
    async with serving() as running, running.stranger() as stranger:
        await stranger.hello("town")
        await stranger.look([-200.0, -200.0, 2.0])
        near = set(stranger.tiles)
        complete = await stranger.look([200.0, 200.0, 2.0])
        assert complete["degraded"] is False
        assert near - set(stranger.tiles), "what was too fine was taken back"
        assert set(stranger.tiles) - near, "new tiles came under way"
        for tile in stranger.tiles.values():
            family = set(tile["children"])
            assert family <= set(stranger.tiles) or not family & set(stranger.tiles)
            assert tile["parent"] == -1 or tile["parent"] in stranger.tiles
        assert {tile["layer"] for tile in stranger.tiles.values()} == {0, 1}
        assert (0, 3, 3) in stranger.colliders
        assert (0, -4, -4) not in stranger.colliders


async def test_a_client_that_comes_back_is_sent_no_content_twice(serving: Serving) -> None:
    async with serving() as running:
        async with running.stranger() as first:
            await first.hello("town")
            await first.look([0.0, 0.0, 2.0])
        have = [tile["hash"] for tile in first.tiles.values()]
        async with running.stranger() as second:
            await second.hello("town", resume=first.welcome["resume"], have=have)
            assert second.welcome["resumed"] is True
            assert second.welcome["session"] == first.welcome["session"]
            await second.look([0.0, 0.0, 2.0])
            assert {tile["encoding"] for tile in second.tiles.values()} == {"held"}
            assert set(second.tiles) == set(first.tiles)
        async with running.stranger() as third:
            await third.hello("town", resume="someone-else." + "0" * 32)
            assert third.welcome["resumed"] is False


async def test_who_keeps_content_is_sent_what_is_missing_of_it_alone(serving: Serving) -> None:
    async with serving() as running:
        async with running.stranger() as first:
            await first.hello("town")
            await first.look([0.0, 0.0, 2.0])
        hashes = [tile["hash"] for tile in first.tiles.values()]
        hashes += [hashlib.sha256(content).digest() for content in first.colliders.values()]
        async with running.stranger() as second:
            kept = b"".join(content_hash[:8] for content_hash in hashes)
            await second.hello("town", protocol=[1, 2], kept=kept)
            await second.look([0.0, 0.0, 2.0])
            assert {tile["encoding"] for tile in second.tiles.values()} == {"held"}
            assert set(second.colliders.values()) == {b""}
            tile, cell = min(second.tiles), min(second.colliders)
            await second.send({"t": "missing", "tiles": [tile], "cells": [cell]})
            await second.until("complete")
            assert [row for row, sent in second.tiles.items() if sent["content"]] == [tile]
            assert [key for key, sent in second.colliders.items() if sent] == [cell]


async def test_ping_is_answered_with_the_servers_time(serving: Serving) -> None:
    async with serving() as running, running.stranger() as stranger:
        await stranger.hello("town")
        await stranger.send({"t": "ping", "id": 7})
        pong = await stranger.until("pong")
        assert pong["id"] == 7
        assert pong["time"] >= stranger.welcome["time"]


@pytest.mark.parametrize(
    ("message", "code", "close"),
    [
        (b"\xc1", "bad-message", 1008),
        ({"t": "shout"}, "bad-message", 1008),
        ({"t": "view", "seq": 1}, "bad-message", 1008),
        ({"t": "ping", "id": 1}, "wrong-order", 1008),
        ({"t": "hello", "protocol": [2, 0], "scene": "town"}, "unsupported-protocol", 1008),
        ({"t": "hello", "protocol": [1, 0], "scene": "atlantis"}, "unknown-scene", 1008),
        ({"t": "hello", "protocol": [1, 0], "scene": "town", "token": "x"}, "bad-invite", 1008),
        ({"t": "ping", "id": 1, "x": bytes(20_000)}, "too-large", 1009),
    ],
)
async def test_a_wrong_message_costs_its_sender_the_connection(
    serving: Serving, message: bytes | dict[str, object], code: str, close: int
) -> None:
    async with serving() as running, running.stranger() as good, running.stranger() as bad:
        await good.hello("town")
        await bad.socket.send(message if isinstance(message, bytes) else msgpack.packb(message))
        error, closed = await closing_error(bad)
        assert (error["code"], closed) == (code, close)
        assert error["fatal"] is True
        assert error["message"].endswith(".")
        await good.look([0.0, 0.0, 2.0])


async def test_text_frames_and_second_hellos_are_refused(serving: Serving) -> None:
    async with serving() as running, running.stranger() as talker, running.stranger() as twice:
        await talker.socket.send("hello")
        assert (await closing_error(talker))[0]["code"] == "bad-message"
        await twice.hello("town")
        await twice.send({"t": "hello", "protocol": [1, 0], "scene": "town"})
        assert (await closing_error(twice))[0]["code"] == "wrong-order"


async def test_an_enormous_frame_is_refused_unread(serving: Serving) -> None:
    async with serving() as running, running.stranger() as stranger:
        await stranger.socket.send(bytes(300_000))
        with pytest.raises(websockets.ConnectionClosed) as closed:
            await stranger.socket.recv()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1009


async def test_a_flood_is_cut_off_and_others_do_not_notice(serving: Serving) -> None:
    async with serving() as running, running.stranger() as good, running.stranger() as flood:
        await good.hello("town")
        await flood.hello("town")
        for number in range(1000):
            try:
                await flood.send({"t": "ping", "id": number})
            except websockets.ConnectionClosed:
                break
        assert (await closing_error(flood))[0]["code"] == "too-many"
        await good.look([0.0, 0.0, 2.0])


async def test_who_says_nothing_is_let_go(serving: Serving) -> None:
    limits = Limits(hello_timeout_s=0.05)
    async with serving(limits=limits) as running, running.stranger() as silent:
        error, close = await closing_error(silent)
        assert (error["code"], close) == ("hello-timeout", 1008)


async def test_who_returns_no_credit_is_cut_off(serving: Serving) -> None:
    limits = Limits(credit_timeout_s=0.05)
    window = serving(limits=limits, window_bytes=1000)
    async with window as running, running.stranger() as greedy:
        await greedy.hello("town")
        greedy.consume = False
        looking = asyncio.create_task(greedy.look([0.0, 0.0, 2.0]))
        with pytest.raises(websockets.ConnectionClosed) as closed:
            await looking
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.reason == "slow-consumer"


async def test_who_never_reads_is_cut_off_and_others_do_not_notice(
    serving: Serving, tmp_path: Path
) -> None:
    large = SceneOptions(content_bytes=1_000_000)
    scene = write_scene(tmp_path / "large", large)
    limits = Limits(send_timeout_s=0.2)
    start = serving(scenes=(scene,), limits=limits, window_bytes=1 << 30)
    async with start as running, running.stranger() as good:
        await good.hello("town")
        with socket.socket() as narrow:
            narrow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            narrow.connect(("127.0.0.1", running.port))
            url = f"ws://127.0.0.1:{running.port}/ws"
            async with websockets.connect(url, sock=narrow, max_queue=1, close_timeout=0.1) as deaf:
                await Stranger(deaf).send({"t": "hello", "protocol": [1, 0], "scene": "town"})
                await Stranger(deaf).send(VIEW)
                while running.application.hub.metrics.refused == 0:
                    await asyncio.sleep(0.01)
                assert running.application.hub.metrics.sessions == 1
                await good.look([0.0, 0.0, 2.0])
                assert len(good.tiles) == 42


async def test_a_full_server_says_so_and_takes_the_next_when_one_leaves(serving: Serving) -> None:
    async with serving(max_sessions=1) as running:
        async with running.stranger() as inside, running.stranger() as outside:
            await inside.hello("town")
            error, close = await closing_error(outside)
            assert (error["code"], close) == ("server-full", 1013)
        async with running.stranger() as late:
            await late.hello("town")


async def test_a_hidden_page_gets_no_content_until_it_shows_again(serving: Serving) -> None:
    async with serving() as running, running.stranger() as stranger:
        await stranger.hello("town")
        await stranger.send({"t": "pause", "paused": True})
        looking = asyncio.create_task(stranger.look([0.0, 0.0, 2.0]))
        other = await asyncio.wait_for(_pong_on_second_socket(running), 5)
        assert other["id"] == 1
        assert not stranger.tiles
        assert not looking.done()
        await stranger.send({"t": "pause", "paused": False})
        await looking
        assert stranger.tiles


async def test_stopping_tells_every_client_to_come_back(serving: Serving) -> None:
    async with AsyncExitStack() as stack:
        running = await stack.enter_async_context(serving())
        stranger = await stack.enter_async_context(running.stranger())
        await stranger.hello("town")
        began = asyncio.get_running_loop().time()
        running.server.should_exit = True
        error, close = await closing_error(stranger)
        assert (error["code"], close) == ("going-away", 1001)
        assert asyncio.get_running_loop().time() - began < 2.0


async def _pong_on_second_socket(running: Running) -> dict[str, Any]:
    async with running.stranger() as other:
        await other.hello("town")
        await other.send({"t": "ping", "id": 1})
        answer: dict[str, Any] = await other.until("pong")
        return answer
