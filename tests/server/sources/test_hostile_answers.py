"""What answers to a pull may do to us: take long, swell, lead elsewhere, or be all columns."""

from __future__ import annotations

import asyncio
import gzip
import io
import tracemalloc
from typing import TYPE_CHECKING, Any

import pytest

from citiverse_server.overlays.reading import Record
from citiverse_server.overlays.sources import http_client, persistence, pull
from citiverse_server.overlays.sources.documents import parse
from citiverse_server.overlays.sources.http_client import HttpClient
from citiverse_server.overlays.sources.intake import SourceDown
from citiverse_server.overlays.sources.records import records
from server.answering import Answered, answering
from server.sources.taking import Taking, first, until

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

pytestmark = pytest.mark.anyio

MIB = 1024 * 1024


def bomb() -> bytes:
    """Some 256 MiB in a quarter of one."""
    packed = io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb", compresslevel=6) as file:
        for _ in range(256):
            file.write(bytes(MIB))
    return packed.getvalue()


async def refused(answered: Answered) -> str:
    """Why nothing is taken of an answer."""
    with answering(lambda _: answered) as place:
        async with HttpClient(place.url) as client:
            with pytest.raises(SourceDown) as down:
                await client.get(place.url)
    return str(down.value)


async def test_an_answer_may_be_packed() -> None:
    packed = Answered(gzip.compress(b'[{"v": 1}]'), headers={"Content-Encoding": "gzip"})
    with answering(lambda _: packed) as place:
        found = await first(pull.arrivals(Taking().intake("pull", place.url)), 1)
        assert place.asked[0].headers["accept-encoding"] == "gzip"
    assert found == [Record("city", {"v": 1})]


async def test_a_packed_answer_is_never_longer_than_a_plain_one_here() -> None:
    answer = Answered(bomb(), headers={"Content-Encoding": "gzip"})
    tracemalloc.start()
    try:
        assert "longer than 16 MiB" in await refused(answer)
        assert tracemalloc.get_traced_memory()[1] < 64 * MIB
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("encoding", ["gzip, gzip", "br", "deflate", "x" * 1000])
async def test_an_encoding_that_nobody_asked_for_is_refused(encoding: str) -> None:
    said = await refused(Answered(b"x", headers={"Content-Encoding": encoding}))
    assert "that nobody asked for" in said
    assert len(said) < 120


async def test_what_is_no_gzip_is_refused() -> None:
    said = await refused(Answered(b"[]", headers={"Content-Encoding": "gzip"}))
    assert "can't be unpacked" in said


async def test_an_answer_that_trickles_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_client, "ANSWER_S", 0.2)
    writers: list[asyncio.StreamWriter] = []

    async def trickle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
        while not writer.is_closing():
            writer.write(b" ")
            await asyncio.sleep(0.01)

    server = await asyncio.start_server(trickle, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with HttpClient(url) as client:
        with pytest.raises(SourceDown, match="no answer within"):
            await client.get(url)
    for writer in writers:
        writer.transport.abort()
    server.close()


@pytest.mark.parametrize(
    "link",
    [
        "http://[",
        "http://127.0.0.1:99999/",
        "file:///etc/passwd",
        "http://127.0.0.1@169.254.169.254/",
        "http://169.254.169.254\\@127.0.0.1/",
        "//169.254.169.254/",
        "http://127.0.0.1:1\n/",
        "x" * 70_000,
    ],
)
async def test_no_link_leads_to_another_server_or_is_a_bug(link: str) -> None:
    client = HttpClient("http://127.0.0.1:1/v1.1")
    with pytest.raises(SourceDown, match="its answer leads to"):
        client.follow(link)


@pytest.mark.parametrize("token", ["öffne dich", "open\nsesame"])
async def test_a_credential_that_no_header_can_hold_is_told_without_it(
    token: str, caplog: pytest.LogCaptureFixture
) -> None:
    taking = Taking()
    settings: Any = {"token_env": "AIR", "environment": {"AIR": token}}
    arrivals = pull.arrivals(taking.intake("pull", "http://127.0.0.1:1/", **settings))
    await until(arrivals, lambda: taking.losses)
    assert "holds a character that no header" in caplog.text
    assert "dich" not in caplog.text
    assert "sesame" not in caplog.text


async def test_what_a_file_ends_with_is_no_part_of_a_credential() -> None:
    settings: Any = {"token_env": "AIR", "environment": {"AIR": "sesame\n"}}
    assert Taking().intake("pull", **settings).token == "sesame"


async def test_a_credential_that_is_missing_is_told_by_its_variable(
    caplog: pytest.LogCaptureFixture,
) -> None:
    taking = Taking()
    arrivals = pull.arrivals(taking.intake("pull", "http://127.0.0.1:1/", token_env="AIR"))
    await until(arrivals, lambda: taking.losses)
    assert "the environment variable AIR isn't set" in caplog.text


async def test_what_nobody_thought_of_silences_a_source_for_a_while_only(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(persistence, "LONGEST_PAUSE_S", 0.0)
    taking, answers = Taking(), iter(["a bug"])

    async def attempt() -> AsyncGenerator[Record, None]:
        if next(answers, None):
            raise RuntimeError("a bug of ours")
        yield Record("city", 1)

    arrivals = persistence.persistently(taking.intake("pull"), attempt)
    assert await first(arrivals, 1) == [Record("city", 1)]
    assert taking.losses == 1
    assert "a bug of ours" in caplog.text


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"," * MIB, "longer than 128 KiB"),
        (b"a,b\n" + b"," * MIB, "longer than 128 KiB"),
        (b'"\n",' * 100_000, "names its columns"),
        (",".join(f"c{n}" for n in range(256)).encode() + (b"\n" + b"," * 255) * 5000, "more than"),
        (b'a,b\n1,"' + b"2" * 200_000, "CSV"),
        (b"a,b\n1,\x00\n\xff,2", "CSV"),
    ],
    ids=["header", "row", "lines", "cells", "quoted", "bytes"],
)
def test_a_table_is_as_wide_and_as_long_as_can_be_held(body: bytes, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        records(body, "text/csv")


@pytest.mark.parametrize("inside", [b"[]", b"{}", b'{"a":[]}'])
def test_a_document_holds_no_more_than_can_be_held(inside: bytes) -> None:
    with pytest.raises(ValueError, match="more than 500000"):
        parse(b"[" + b",".join([inside] * 500_001) + b"]")
