"""Conditions, ranges and encodings, clause by clause of RFC 9110."""

from __future__ import annotations

import pytest

from citiverse_server.representation import Representation, answer, coding_for

BODY = bytes(range(100))
TILE = Representation(BODY, '"e"', "model/gltf-binary", coding="", cache_control="public")


@pytest.mark.parametrize(
    ("accepted", "gzip"),
    [
        ("", False),
        ("gzip", True),
        ("GZIP", True),
        ("br, gzip;q=0.5", True),
        ("gzip;q=0", False),
        ("gzip; q=0.000", False),
        ("*", True),
        ("*;q=0", False),
        ("gzip;q=0, *", False),
        ("identity", False),
        ("identity;q=1, gzip;q=0.5", False),
        ("identity;q=0.5, gzip;q=0.8", True),
        ("identity;q=0, gzip;q=0.1", True),
        ("gzip;q=nonsense", False),
        ("br, deflate", False),
        ("," * 5000, False),
    ],
)
def test_gzip_is_sent_to_those_who_like_it_best(accepted: str, gzip: bool) -> None:
    assert coding_for(accepted, ("gzip",)) == ("gzip" if gzip else "")


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("gzip, deflate, br, zstd", "br"),
        ("gzip, deflate", "gzip"),
        ("br;q=0.5, gzip", "gzip"),
        ("*", "br"),
        ("br;q=0, *", "gzip"),
        ("identity, br;q=0.9", ""),
        ("x-gzip", "gzip"),
        ("", ""),
    ],
)
def test_of_several_codings_the_most_welcome_is_sent(accepted: str, coding: str) -> None:
    assert coding_for(accepted, {"br": b"", "gzip": b""}) == coding
    assert coding_for(accepted, ()) == ""


@pytest.mark.parametrize(
    ("span", "status", "body"),
    [
        (b"bytes=0-0", 206, BODY[:1]),
        (b"bytes=10-19", 206, BODY[10:20]),
        (b"bytes=90-", 206, BODY[90:]),
        (b"bytes=90-500", 206, BODY[90:]),
        (b"bytes=-5", 206, BODY[-5:]),
        (b"bytes=-500", 206, BODY),
        (b"bytes=100-", 416, b""),
        (b"bytes=-0", 416, b""),
        (b"bytes=5-4", 200, BODY),
        (b"bytes=-", 200, BODY),
        (b"bytes=0-1,3-4", 200, BODY),
        (b"lines=0-1", 200, BODY),
        (b"bytes=0-" + b"9" * 400, 200, BODY),
        (b"\xff", 200, BODY),
    ],
)
def test_a_single_range(span: bytes, status: int, body: bytes) -> None:
    result = answer(TILE, "GET", {b"range": span})
    assert (result.status, result.body) == (status, body)
    assert dict(result.headers)[b"content-length"] == str(len(body)).encode()


def test_a_range_means_nothing_to_head() -> None:
    result = answer(TILE, "HEAD", {b"range": b"bytes=0-9"})
    assert result.status == 200
    assert dict(result.headers)[b"content-length"] == b"100"


@pytest.mark.parametrize(
    ("condition", "status"),
    [(b'"e"', 304), (b'W/"e"', 304), (b"*", 304), (b'"a", "e"', 304), (b'"a"', 200), (b"e", 200)],
)
def test_if_none_match(condition: bytes, status: int) -> None:
    assert answer(TILE, "GET", {b"if-none-match": condition}).status == status
