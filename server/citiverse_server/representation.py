"""One HTTP answer from bytes at hand: conditions, a single range, choice of encoding (RFC 9110).

ETag and range belong to the encoded bytes, so every answer says `Vary: Accept-Encoding`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

Headers = list[tuple[bytes, bytes]]

IMMUTABLE = "public, max-age=31536000, immutable"
REVALIDATED = "public, max-age=0, must-revalidate"
CORS: Headers = [
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", b"accept-ranges, content-range, content-length, etag"),
    (b"cross-origin-resource-policy", b"cross-origin"),
]
PREFLIGHT: Headers = [
    *CORS,
    (b"access-control-allow-methods", b"GET, HEAD, OPTIONS"),
    (b"access-control-allow-headers", b"range, if-none-match, if-range, accept, content-type"),
    (b"access-control-max-age", b"86400"),
    (b"allow", b"GET, HEAD, OPTIONS"),
]

_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


@dataclass(frozen=True, slots=True)
class Representation:
    """Encoded bytes and what is said about them; `coding` is "gzip", "br" or nothing."""

    body: bytes
    etag: str
    content_type: str
    coding: str
    cache_control: str


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, headers and body; the body of a HEAD is left out by the sender."""

    status: int
    headers: Headers
    body: bytes


def answer(representation: Representation, method: str, request: dict[bytes, bytes]) -> Answer:
    """The answer to a GET or HEAD with these request headers (lower-case names).

    A range means something to GET alone (RFC 9110, 14.2).
    """
    headers: Headers = [
        (b"content-type", representation.content_type.encode()),
        (b"etag", representation.etag.encode()),
        (b"cache-control", representation.cache_control.encode()),
        (b"vary", b"accept-encoding"),
        (b"x-content-type-options", b"nosniff"),
    ]
    if _matches(request.get(b"if-none-match", b"").decode("latin-1"), representation.etag):
        return Answer(304, headers, b"")
    headers.append((b"accept-ranges", b"bytes"))
    if representation.coding:
        headers.append((b"content-encoding", representation.coding.encode()))
    body, size = representation.body, len(representation.body)
    span = _span(request, representation.etag, size) if method == "GET" else None
    if span is None:
        return Answer(200, [*headers, _length(size)], body)
    start, stop = span
    if start >= stop:
        unsatisfied = (b"content-range", f"bytes */{size}".encode())
        return Answer(416, [*headers[1:], unsatisfied, _length(0)], b"")
    part = (b"content-range", f"bytes {start}-{stop - 1}/{size}".encode())
    return Answer(206, [*headers, part, _length(stop - start)], body[start:stop])


def coding_for(accept_encoding: str, available: Iterable[str]) -> str:
    """The one of these codings that is most welcome; "" where none is as welcome as no coding.

    Of equally welcome ones the first is taken (RFC 9110, 12.5.3).
    """
    weights: dict[str, float] = {}
    for item in accept_encoding.lower().split(",")[:32]:
        name, *parameters = (part.strip() for part in item.split(";"))
        weights[name.removeprefix("x-")] = _weight(parameters)
    anything = weights.get("*", 0.0)
    best = max(available, key=lambda coding: weights.get(coding, anything), default="")
    weight = weights.get(best, anything)
    # Identity is always acceptable unless it is named; unnamed, any accepted coding beats it.
    return best if weight > 0.0 and weight >= weights.get("identity", 0.0) else ""


def _weight(parameters: list[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            return float(value) if re.fullmatch(r"\s*[01](\.\d{0,3})?\s*", value) else 0.0
    return 1.0


def _matches(if_none_match: str, etag: str) -> bool:
    """Weak comparison (RFC 9110, 13.1.2)."""
    if if_none_match.strip() == "*":
        return True
    return etag in (tag.strip().removeprefix("W/") for tag in if_none_match.split(","))


def _span(request: dict[bytes, bytes], etag: str, size: int) -> tuple[int, int] | None:
    """First byte and the one after the last; equal where nothing is left; None: all of it.

    Several ranges, and units we don't know, are answered with the whole, as RFC 9110, 14.2 allows.
    """
    match = _RANGE.fullmatch(request.get(b"range", b"").decode("latin-1").strip())
    if match is None or match[1] == match[2] == "":
        return None
    condition = request.get(b"if-range")
    if condition is not None and condition.decode("latin-1").strip() != etag:
        return None
    if match[1] == "":
        return (max(0, size - int(match[2])), size)
    first, last = int(match[1]), int(match[2] or size)
    if match[2] and last < first:
        return None
    return (min(first, size), min(last + 1, size))


def _length(size: int) -> tuple[bytes, bytes]:
    return (b"content-length", str(size).encode())
