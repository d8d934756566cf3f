"""HTTP/2 on the server's one port: the same answers and stream, and an end for every abuse."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import struct
from typing import TYPE_CHECKING, Any, cast

import h2.events
import httpx
import pytest
import websockets
from h2.errors import ErrorCodes

from citiverse_server.http2 import connection, meter
from server.http2_client import connected
from server.scenes import SceneOptions, write_scene
from server.stranger import Stranger

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    from citiverse.certificates import Files
    from server.conftest import Running, Serving
    from server.http2_client import Client

    Secure = Callable[..., AbstractAsyncContextManager[tuple[Running, Client]]]

pytestmark = pytest.mark.anyio

HEADERS, CONTINUATION, SETTINGS, PING, PRIORITY, DATA = 0x1, 0x9, 0x4, 0x6, 0x2, 0x0


@pytest.fixture
def secure(serving: Serving, certificate: Files) -> Secure:
    """A server that speaks TLS, and a client of HTTP/2."""

    @contextlib.asynccontextmanager
    async def start(window: int = 2**31 - 1, **more: Any) -> AsyncIterator[tuple[Running, Client]]:
        async with (
            serving(tls_cert=certificate.server, tls_key=certificate.server_key, **more) as running,
            connected(running, certificate.authority, window) as client,
        ):
            yield running, client

    return start


def frame(kind: int, flags: int, stream: int, payload: bytes = b"") -> bytes:
    return len(payload).to_bytes(3, "big") + struct.pack(">BBI", kind, flags, stream) + payload


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0.01)


async def test_the_answers_are_those_of_http_1(
    serving: Serving, certificate: Files, scene: Path
) -> None:
    (tile, *_) = (scene / "tiles" / "ground").glob("*.glb")
    paths = ("/", "/scenes", f"/scenes/town/tiles/ground/{tile.name}", "/no-such-page", "/healthz")
    trust = ssl.create_default_context(cafile=certificate.authority)
    files = {"tls_cert": certificate.server, "tls_key": certificate.server_key}
    async with (
        serving(**files) as running,
        httpx.AsyncClient(http2=True, verify=trust) as new,
        httpx.AsyncClient(http2=False, verify=trust) as old,
    ):
        root = f"https://localhost:{running.port}"
        for path in paths:
            answers = [await client.get(root + path) for client in (new, old)]
            assert [answer.http_version for answer in answers] == ["HTTP/2", "HTTP/1.1"]
            assert answers[0].status_code == answers[1].status_code
            assert answers[0].content == answers[1].content
            fields = [{k: v for k, v in a.headers.items() if k != "date"} for a in answers]
            assert fields[0] == fields[1]
        head = await new.head(f"{root}/scenes")
        assert (head.status_code, head.content) == (200, b"")
        assert int(head.headers["content-length"]) > 2
        assert (await new.get(f"{root}/scenes", headers={"if-none-match": "*"})).status_code == 304
        form = await new.post(f"{root}/s/town/comments", data={"text": "Good."})
        assert form.status_code == 403


async def test_many_requests_share_one_connection(secure: Secure) -> None:
    async with secure() as (running, client):
        asked = [await client.ask("/scenes") for _ in range(connection.MAX_STREAMS)]
        for number in asked:
            await client.until(h2.events.StreamEnded, number)
        assert {bytes(client.bodies[number]) for number in asked} == {bytes(client.bodies[1])}
        assert len(running.server.server_state.connections) == 1


async def test_a_walk_over_a_stream_of_the_pages_own_connection(secure: Secure) -> None:
    async with secure() as (running, client):
        assert (await client.get("/healthz")) == ("200", b"ok\n")
        socket = await client.open_socket()
        assert socket.head[":status"] == "200"
        assert socket.head["sec-websocket-protocol"] == "citiverse.v1"
        stranger = Stranger(cast("websockets.ClientConnection", socket))
        await stranger.hello("town")
        assert not (await stranger.look([0.0, 0.0, 1.7]))["degraded"]
        assert stranger.tiles
        assert (await client.get("/healthz")) == ("200", b"ok\n")
        assert running.application.hub.metrics.sessions_http2 == 1


async def test_a_client_that_speaks_http_1_only_has_its_socket_too(
    serving: Serving, certificate: Files
) -> None:
    trust = ssl.create_default_context(cafile=certificate.authority)
    files = {"tls_cert": certificate.server, "tls_key": certificate.server_key}
    async with (
        serving(**files) as running,
        websockets.connect(
            f"wss://localhost:{running.port}/ws",
            ssl=trust,
            subprotocols=[websockets.Subprotocol("citiverse.v1")],
        ) as socket,
    ):
        await Stranger(socket).hello("town")
        assert running.application.hub.metrics.sessions_http2 == 0


async def test_a_socket_that_leaves_leaves_nothing_behind(secure: Secure) -> None:
    async with secure() as (running, client):
        first = await client.open_socket()
        await Stranger(cast("websockets.ClientConnection", first)).hello("town")
        client.h2.end_stream(first.number)
        await client.flush()
        second = await client.open_socket()
        await Stranger(cast("websockets.ClientConnection", second)).hello("town")
        client.h2.reset_stream(second.number, ErrorCodes.CANCEL)
        await client.flush()
        await until(lambda: running.application.hub.metrics.sessions == 0)
        assert len(running.server.server_state.connections) == 1
        assert (await client.get("/healthz")) == ("200", b"ok\n")


async def test_a_message_that_breaks_the_protocol_ends_its_stream_alone(secure: Secure) -> None:
    async with secure() as (_, client):
        socket = await client.open_socket()
        await socket.send(b"nonsense")
        error = await Stranger(cast("websockets.ClientConnection", socket)).until("error")
        assert error["code"] == "bad-message"
        await socket.feed()
        await client.until(h2.events.StreamEnded, socket.number)
        assert (await client.get("/healthz")) == ("200", b"ok\n")


@pytest.fixture
async def unhandled() -> list[dict[str, Any]]:
    """What nobody has caught in the loop."""
    caught: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: caught.append(context))
    return caught


async def test_a_server_that_stops_says_goodbye_to_streams_and_connections(
    secure: Secure, unhandled: list[dict[str, Any]]
) -> None:
    async with secure() as (running, client):
        socket = await client.open_socket()
        stranger = Stranger(cast("websockets.ClientConnection", socket))
        await stranger.hello("town")
        running.server.should_exit = True
        assert (await stranger.until("error"))["code"] == "going-away"
        farewell = await client.ended()
        assert farewell is not None
        assert farewell.error_code == ErrorCodes.NO_ERROR
    assert unhandled == []


async def test_a_stream_without_an_answer_to_its_farewell_is_let_go_after_the_connection(
    secure: Secure, monkeypatch: pytest.MonkeyPatch, unhandled: list[dict[str, Any]]
) -> None:
    async with secure() as (running, client):
        monkeypatch.setattr(connection, "GOODBYE_S", 0.05)
        socket = await client.open_socket()
        await socket.send(b"nonsense")
        await Stranger(cast("websockets.ClientConnection", socket)).until("error")
        monkeypatch.setattr(connection, "GOODBYE_S", 0.0)
        for one in tuple(running.server.server_state.connections):
            one.shutdown()
        monkeypatch.setattr(connection, "GOODBYE_S", 0.5)
        await until(lambda: not running.server.server_state.connections)
    assert unhandled == []


async def test_what_is_small_and_urgent_overtakes_a_large_answer(
    secure: Secure, tmp_path: Path
) -> None:
    scene = write_scene(tmp_path / "large", SceneOptions(content_bytes=6_000_000, levels=1))
    (tile, *_) = (scene / "tiles" / "ground").glob("*.glb")
    async with secure(window=2**20, scenes=(scene,)) as (_, client):
        large = await client.ask(f"/scenes/town/tiles/ground/{tile.name}", priority="u=5")
        await client.until(h2.events.DataReceived, large)
        small = await client.ask("/healthz")
        await client.until(h2.events.StreamEnded, small)
        assert len(client.bodies[large]) < 2_000_000


async def test_a_request_too_many_is_refused_and_the_others_go_on(
    secure: Secure, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "MAX_STREAMS", 3)
    async with secure() as (_, client):
        sockets = [await client.open_socket() for _ in range(2)]
        for socket in sockets:
            await Stranger(cast("websockets.ClientConnection", socket)).hello("town")
        assert (await client.get("/healthz")) == ("200", b"ok\n")


async def test_an_upgrade_to_something_else_is_not_implemented(secure: Secure) -> None:
    async with secure() as (_, client):
        number = await client.begin("/ws", {":method": "CONNECT", ":protocol": "telnet"})
        assert (await client.head(number))[":status"] == "501"


async def test_a_handshake_that_cannot_be_read_ends_its_stream_alone(secure: Secure) -> None:
    async with secure() as (_, client):
        fields = {
            ":method": "CONNECT",
            ":protocol": "websocket",
            "sec-websocket-version": "13",
        }
        number = await client.begin("/w s", fields)
        assert await client.until(h2.events.StreamReset, number)
        assert (await client.get("/healthz")) == ("200", b"ok\n")


async def test_a_path_that_is_none_is_refused(secure: Secure) -> None:
    async with secure() as (_, client):
        number = await client.ask("*", method="OPTIONS")
        assert await client.until(h2.events.StreamReset, number)
        assert (await client.get("/healthz")) == ("200", b"ok\n")


@pytest.mark.parametrize(
    "flood",
    [
        frame(SETTINGS, 0, 0),
        frame(PING, 0, 0, bytes(8)),
        frame(PRIORITY, 0, 3, bytes(5)),
        frame(0xB, 0, 0, b"unknown"),
    ],
    ids=["settings", "pings", "priorities", "unknown"],
)
async def test_frames_that_carry_nothing_are_cut_off(secure: Secure, flood: bytes) -> None:
    async with secure() as (_, client):
        with contextlib.suppress(ConnectionError):
            await client.raw(flood * int(meter.IDLE_FRAMES_BURST * 2))
        farewell = await client.ended()
        assert farewell is not None
        assert farewell.error_code == ErrorCodes.ENHANCE_YOUR_CALM


async def test_requests_that_are_taken_back_at_once_are_cut_off(secure: Secure) -> None:
    """The rapid reset of CVE-2023-44487."""
    async with secure() as (running, client):
        with contextlib.suppress(ConnectionError, h2.exceptions.ProtocolError):
            for _ in range(20):
                for _ in range(100):
                    number = await client.ask("/scenes")
                    client.h2.reset_stream(number, ErrorCodes.CANCEL)
                await client.flush()
        farewell = await client.ended()
        assert farewell is None or farewell.error_code == ErrorCodes.ENHANCE_YOUR_CALM
        await until(lambda: not running.server.server_state.connections)
        assert len(running.server.server_state.tasks) <= connection.MAX_STREAMS


async def test_a_head_without_an_end_is_cut_off(secure: Secure) -> None:
    async with secure() as (_, client):
        piece = bytes(1000)
        with contextlib.suppress(ConnectionError):
            await client.raw(frame(HEADERS, 0x1, 1, piece))
            for _ in range(60):
                await client.raw(frame(CONTINUATION, 0, 1, piece))
        farewell = await client.ended()
        assert farewell is not None
        assert farewell.error_code == ErrorCodes.ENHANCE_YOUR_CALM


async def test_a_head_that_does_not_end_in_time_is_cut_off(
    secure: Secure, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "HEAD_TIMEOUT_S", 0.05)
    async with secure() as (running, client):
        socket = await client.open_socket()
        await Stranger(cast("websockets.ClientConnection", socket)).hello("town")
        await client.raw(frame(HEADERS, 0x1, 3, bytes(10)))
        await client.ended()
        await until(lambda: not running.server.server_state.connections)


async def test_a_connection_that_asks_for_nothing_is_said_goodbye(
    secure: Secure, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "IDLE_TIMEOUT_S", 0.05)
    async with secure() as (_, client):
        assert (await client.get("/healthz")) == ("200", b"ok\n")
        farewell = await client.ended()
        assert farewell is not None
        assert farewell.error_code == ErrorCodes.NO_ERROR


async def test_an_answer_whose_window_never_opens_is_given_up(
    secure: Secure, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "STALL_TIMEOUT_S", 0.05)
    async with secure(window=0) as (running, client):
        number = await client.ask("/scenes")
        await client.until(h2.events.StreamReset, number)
        await until(lambda: not running.server.server_state.tasks)


async def test_a_client_that_does_not_read_at_all_is_cut_off(
    secure: Secure, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "STALL_TIMEOUT_S", 0.1)
    scene = write_scene(tmp_path / "large", SceneOptions(content_bytes=8_000_000, levels=1))
    (tile, *_) = (scene / "tiles" / "ground").glob("*.glb")
    async with secure(scenes=(scene,)) as (running, client):
        cast("asyncio.Transport", client.writer.transport).pause_reading()
        for _ in range(3):
            await client.ask(f"/scenes/town/tiles/ground/{tile.name}")
        await until(lambda: not running.server.server_state.connections)


async def test_more_than_the_window_is_an_error_of_the_connection(secure: Secure) -> None:
    async with secure() as (_, client):
        number = await client.begin("/healthz", {":method": "POST"})
        with contextlib.suppress(ConnectionError):
            await client.raw(frame(DATA, 0, number, bytes(16_384)) * 8)
        await client.ended()


async def test_nonsense_is_cut_off(serving: Serving, certificate: Files) -> None:
    trust = ssl.create_default_context(cafile=certificate.authority)
    trust.set_alpn_protocols(["h2"])
    async with serving(tls_cert=certificate.server, tls_key=certificate.server_key) as running:
        for nonsense in (b"GET / HTTP/1.1\r\n\r\n", bytes(100), b"\xff" * 1000):
            reader, writer = await asyncio.open_connection(
                "127.0.0.1", running.port, ssl=trust, server_hostname="localhost"
            )
            writer.write(nonsense)
            async with asyncio.timeout(5):
                await reader.read()
            writer.transport.abort()
        await until(lambda: not running.server.server_state.connections)
