"""What a browser's form sends: bounded, from a page of ours, and read without trust."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request

MAX_BODY_BYTES = 16 * 1024
MAX_FIELDS = 16
BODY_TIMEOUT_S = 10.0
FORM_TYPE = "application/x-www-form-urlencoded"


class BadFormError(ValueError):
    """The form can't be taken: a status of HTTP and a sentence."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


async def form_of(request: Request) -> Mapping[str, str]:
    """The fields of a form; raises `BadFormError`."""
    if not is_same_origin(request.headers):
        raise BadFormError(403, "Please write on the page itself; other pages may not write here.")
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != FORM_TYPE:
        raise BadFormError(415, "This isn't a form of this page.")
    try:
        async with asyncio.timeout(BODY_TIMEOUT_S):
            body = await _body(request)
    except TimeoutError:
        raise BadFormError(408, "What you sent took too long to arrive.") from None
    try:
        fields = parse_qsl(
            body.decode("latin-1"),
            keep_blank_values=True,
            max_num_fields=MAX_FIELDS,
            errors="replace",
        )
    except ValueError:
        raise BadFormError(400, "This isn't a form of this page.") from None
    return dict(fields)


def is_same_origin(headers: Mapping[str, str]) -> bool:
    """Whether a page of this very server sent it (Fetch Metadata, else RFC 6454).

    A request that says nothing about where it comes from isn't taken. The scheme isn't compared,
    for a proxy may hold the certificate.
    """
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    try:
        origin = urlsplit(headers.get("origin", ""))
    except ValueError:
        return False
    return bool(origin.netloc) and origin.netloc == headers.get("host")


async def _body(request: Request) -> bytes:
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > MAX_BODY_BYTES:
            raise BadFormError(413, "This is too long; a comment has at most 1000 characters.")
    return bytes(body)
