"""Decoding never harms the server, and both ends agree on the golden bytes."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import msgpack
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from citiverse_server import protocol
from citiverse_server.errors import ErrorCode, ProtocolError, Refusal
from citiverse_server.msgpack_shape import MAX_ELEMENTS
from contract.protocol import write

GOLDEN = write.FOLDER
ENTRIES = write.described()
CLIENT = [entry for entry in ENTRIES if entry["from"] == "client"]
SERVER = [entry for entry in ENTRIES if entry["from"] == "server"]
DOCUMENT = GOLDEN.parents[2] / "docs" / "contract" / "protocol.md"

VIEW = next(entry["message"] for entry in CLIENT if entry["name"] == "view-full")


def golden(entry: dict[str, Any]) -> bytes:
    return (GOLDEN / f"{entry['name']}.msgpack").read_bytes()


def refusal(data: bytes) -> ErrorCode:
    with pytest.raises(ProtocolError) as caught:
        protocol.decode_client(data)
    return caught.value.code


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry["name"])
def test_golden_bytes_are_what_the_description_says(entry: dict[str, Any]) -> None:
    assert golden(entry) == write.encoded(entry["message"])


@pytest.mark.parametrize("entry", CLIENT, ids=lambda entry: entry["name"])
def test_every_key_of_a_golden_client_message_is_read(entry: dict[str, Any]) -> None:
    message = protocol.decode_client(golden(entry))
    assert protocol.message_type(message) == entry["message"]["t"]
    read = msgspec.to_builtins(message, builtin_types=(bytes,))
    written = msgspec.to_builtins(entry["message"], builtin_types=(bytes,))
    assert {key: _listed(read[key]) for key in written} == written


@pytest.mark.parametrize("entry", SERVER, ids=lambda entry: entry["name"])
def test_the_server_writes_golden_messages(entry: dict[str, Any]) -> None:
    message = msgspec.msgpack.decode(golden(entry), type=protocol.ServerMessage)
    assert msgpack.unpackb(protocol.encode(message)) == entry["message"]


def test_every_message_type_has_golden_bytes_and_a_row_in_the_document() -> None:
    served = {protocol.message_type(kind) for kind in protocol.ServerMessage.__args__}
    taken = {protocol.message_type(kind) for kind in protocol.CLIENT_MESSAGES}
    assert served == {entry["message"]["t"] for entry in SERVER}
    assert taken == {entry["message"]["t"] for entry in CLIENT}
    text = DOCUMENT.read_text(encoding="utf-8")
    assert [name for name in sorted(served | taken) if f"| `{name}` |" not in text] == []


def test_every_error_code_has_a_row_in_the_document() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    for code in ErrorCode:
        close = ProtocolError(code, "").close_code
        assert f"| `{code.value}` | {close} |" in text
    for refusal in Refusal:
        assert f"`{refusal.value}`" in text


def test_unknown_keys_are_ignored() -> None:
    message = protocol.decode_client(msgpack.packb({"t": "ping", "id": 1, "new": {"x": [1, 2]}}))
    assert message == protocol.Ping(id=1)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("position", [float("nan"), 0.0, 0.0]),
        ("position", [float("inf"), 0.0, 0.0]),
        ("position", [100_001.0, 0.0, 0.0]),
        ("position", [0.0, 0.0]),
        ("velocity", [1e300, 1e300, 0.0]),
        ("orientation", [0.0, 0.0, 0.0, 0.0]),
        ("fov", []),
        ("fov", [0.0]),
        ("fov", [5e-324]),
        ("fov", [3.2]),
        ("fov", [1.0, 1.0, 1.0]),
        ("viewport", [0, 720]),
        ("viewport", [1280, 1e9]),
        ("seq", -1),
        ("seq", "1"),
        ("seq", 1.5),
        ("seq", 2**63),
    ],
)
def test_a_view_with_absurd_numbers_is_refused(key: str, value: object) -> None:
    assert refusal(msgpack.packb({**VIEW, key: value})) is ErrorCode.BAD_MESSAGE


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xc1",
        b"hello",
        msgpack.packb([1, 2]),
        msgpack.packb({"t": "shout"}),
        msgpack.packb({"id": 1}),
        msgpack.packb({"t": "ping"}),
        msgpack.packb({"t": "ping", "id": 1}) + b"\x00",
        msgpack.packb({"t": "ping", "id": 1})[:-1],
        msgpack.packb({"t": "credit", "bytes": 0}),
        msgpack.packb({"t": "ping", "id": 1, "x": {str(n): n for n in range(65)}}),
        b"\x83\xa1t\xa4ping\xa2id\x01\xa1x" + b"\x91" * 9 + b"\x00",
        b"\x83\xa1t\xa4ping\xa2id\x01\xa1x" + b"\x91" * 15_000 + b"\x00",
        b"\x83\xa1t\xa4ping\xa2id\x01\xa1x\xdd\xff\xff\xff\xff",
        b"\x83\xa1t\xa4ping\xa2id\x01\xa1x\xdf\xff\xff\xff\xff",
        b"\x83\xa1t\xa4ping\xa2id\x01\xa1x\xc6\xff\xff\xff\xff",
        msgpack.packb({"t": "evicted", "tiles": [0] * MAX_ELEMENTS}),
        msgpack.packb({"t": "hello", "protocol": [1, 0], "scene": "x", "have": [b"short"]}),
        msgpack.packb({"t": "hello", "protocol": [1, 2], "scene": "x", "kept": b"no eight"[:7]}),
        msgpack.packb({"t": "kept", "hashes": b"eight bytes and more"}),
        msgpack.packb({"t": "missing", "tiles": [-1]}),
        msgpack.packb({"t": "missing", "cells": [[0, 1]]}),
    ],
)
def test_malformed_messages_are_refused_with_the_code(data: bytes) -> None:
    assert refusal(data) is ErrorCode.BAD_MESSAGE


def test_only_hello_may_be_long() -> None:
    have = [number.to_bytes(16, "big") for number in range(protocol.MAX_HAVE)]
    long_hello = msgpack.packb({"t": "hello", "protocol": [1, 0], "scene": "x", "have": have})
    assert isinstance(protocol.decode_client(long_hello), protocol.Hello)
    long_ping = msgpack.packb({"t": "ping", "id": 1, "x": b"x" * protocol.MAX_MESSAGE_BYTES})
    assert refusal(long_ping) is ErrorCode.TOO_LARGE
    assert refusal(b"\x80" * (protocol.MAX_HELLO_BYTES + 1)) is ErrorCode.TOO_LARGE


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused_with_a_code(data: bytes) -> None:
    _read_or_refuse(data)
    _read_or_refuse(b"\x82\xa1t\xa4view\xa1x" + data)


@given(st.data())
def test_damaged_golden_messages_are_read_or_refused_with_a_code(data: st.DataObject) -> None:
    original = golden(data.draw(st.sampled_from(CLIENT)))
    damaged = bytearray(original)
    for _ in range(data.draw(st.integers(1, 4))):
        damaged[data.draw(st.integers(0, len(original) - 1))] = data.draw(st.integers(0, 255))
    _read_or_refuse(bytes(damaged))


def _read_or_refuse(data: bytes) -> None:
    with suppress(ProtocolError):
        protocol.decode_client(data)


def _listed(value: object) -> object:
    if isinstance(value, dict):
        return {key: _listed(part) for key, part in value.items()}
    return [_listed(part) for part in value] if isinstance(value, tuple | list) else value
