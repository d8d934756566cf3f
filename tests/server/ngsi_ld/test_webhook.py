"""Notifications go where a stranger says, and nowhere else; whatever is there, nothing hangs."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from typing import TYPE_CHECKING

import pytest

from citiverse_server.standards.ngsi_ld.problems import NgsiError
from citiverse_server.standards.ngsi_ld.webhook import (
    LOOKING_UP,
    Sender,
    WebhookError,
    is_public,
    target_of,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

pytestmark = pytest.mark.anyio
LOCAL = "127.0.0.1"


@contextlib.asynccontextmanager
async def host(
    answering: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]],
) -> AsyncIterator[int]:
    """Somebody who listens, and does as he likes with whoever comes: his port."""
    server = await asyncio.start_server(answering, LOCAL, 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


def saying(answer: bytes, heard: list[bytes]) -> Callable[..., Awaitable[None]]:
    async def answering(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.readuntil(b"\r\n\r\n") + await reader.read(2))
        writer.write(answer)
        writer.close()

    return answering


def sender(port: int, timeout_s: float = 5.0) -> Sender:
    return Sender(frozenset({f"{LOCAL}:{port}"}), timeout_s=timeout_s)


async def test_a_notification_is_posted_with_its_headers() -> None:
    heard: list[bytes] = []
    async with host(saying(b"HTTP/1.1 204 No Content\r\n\r\n", heard)) as port:
        target = target_of(f"http://{LOCAL}:{port}/told?a=1#part")
        await sender(port).post(target, b"{}", {"x-key": "1", "content-type": "application/json"})
    (request,) = heard
    assert request.startswith(b"POST /told?a=1 HTTP/1.1\r\n")
    assert b"x-key: 1" in request
    assert f"host: {LOCAL}:{port}".encode() in request.lower()
    assert request.endswith(b"{}")


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (b"HTTP/1.1 500 Oops\r\n\r\n", "answers 500"),
        (b"HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\n\r\n", "answers 302"),
        (b"SSH-2.0-OpenSSH\r\n\r\n", "can't be reached"),
        (b"", "can't be reached"),
    ],
)
async def test_whoever_answers_otherwise_has_not_been_told(answer: bytes, says: str) -> None:
    async with host(saying(answer, [])) as port:
        with pytest.raises(WebhookError, match=says):
            await sender(port).post(target_of(f"http://{LOCAL}:{port}/"), b"{}", {})


async def test_who_never_answers_is_left_in_time() -> None:
    gone = asyncio.Event()

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        gone.set()
        writer.close()

    async with host(silent) as port:
        with pytest.raises(WebhookError, match=r"no answer within 0\.1 s"):
            await sender(port, 0.1).post(target_of(f"http://{LOCAL}:{port}/"), b"{}", {})
        await gone.wait()


async def test_who_answers_without_end_is_not_listened_to() -> None:
    async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 1000000000\r\n\r\n")
        with contextlib.suppress(ConnectionError):
            while not writer.is_closing():
                writer.write(b"x" * 65_536)
                await writer.drain()

    async with host(endless) as port:
        await sender(port).post(target_of(f"http://{LOCAL}:{port}/"), b"{}", {})


async def test_private_networks_are_not_notified() -> None:
    async with host(saying(b"HTTP/1.1 200 OK\r\n\r\n", [])) as port:
        for name in (LOCAL, "localhost", "[::1]", "0.0.0.0"):
            with pytest.raises(WebhookError, match=r"private network|nobody knows"):
                await Sender().post(target_of(f"http://{name}:{port}/"), b"{}", {})


async def test_a_name_with_one_private_address_is_private() -> None:
    async def both(_host: str, _port: int) -> list[str]:
        return ["93.184.215.14", "10.0.0.1"]

    with pytest.raises(WebhookError, match="private network"):
        await Sender(look_up=both).post(target_of("http://city.example/"), b"{}", {})


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
        "0.0.0.0", "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1%eth0", "fc00::1",
        "::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "ff02::1", "nonsense",
        "::7f00:1", "fec0::1", "5f00::1", "3fff::1", "192.0.0.192", "168.63.129.16", "192.88.99.1",
    ],
)  # fmt: skip
def test_these_are_no_public_addresses(address: str) -> None:
    assert not is_public(address)


async def test_names_that_nobody_answers_for_hold_up_no_other_work(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answered = threading.Event()
    asking: list[str] = []

    def slow(host: str, *_: object, **__: object) -> list[object]:
        asking.append(host)
        answered.wait(10.0)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    targets = [target_of(f"http://silent-{number}.example/") for number in range(40)]
    told = [asyncio.create_task(Sender().post(target, b"{}", {})) for target in targets]
    try:
        async with asyncio.timeout(5.0):
            # As long as there is a thread for it, it is done.
            assert await asyncio.to_thread(lambda: "done") == "done"
        assert len(asking) <= LOOKING_UP
    finally:
        answered.set()
        results = await asyncio.gather(*told, return_exceptions=True)
    assert all(isinstance(one, WebhookError) for one in results)


@pytest.mark.parametrize("address", ["93.184.215.14", "2606:2800:220:1:248:1893:25c8:1946"])
def test_these_are(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "uri",
    [
        "", "ftp://a/", "file:///etc/passwd", "http://", "http://me:word@host/", "http://h:99999/",
        "http://a b/", "http://a/\r\nx: y", "mqtt://host/topic", "http://é/",
        "http://h/" + "x" * 3000,
    ],
)  # fmt: skip
def test_these_are_no_endpoints(uri: str) -> None:
    with pytest.raises(NgsiError):
        target_of(uri)
