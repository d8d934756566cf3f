"""Taking only what has changed: by ETag or Last-Modified (RFC 9110, 13), else by its bytes."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from .http_client import NOT_MODIFIED

if TYPE_CHECKING:
    from .http_client import Answer, HttpClient


class Fetched:
    """What a server said of the representation that was fetched last."""

    def __init__(self) -> None:
        self._etag = ""
        self._modified = ""
        self._digest = b""

    async def newer(self, client: HttpClient, url: str) -> Answer | None:
        """The representation, or None where it is the one that was fetched last.

        Raises `SourceDown`.
        """
        asked = {"If-None-Match": self._etag, "If-Modified-Since": self._modified}
        answer = await client.get(url, {name: value for name, value in asked.items() if value})
        if answer.status == NOT_MODIFIED:
            return None
        self._etag = answer.headers.get("etag", "")
        self._modified = "" if self._etag else answer.headers.get("last-modified", "")
        before, self._digest = self._digest, hashlib.sha256(answer.body).digest()
        return None if self._digest == before else answer
