"""What a server sends to a page of a browser, by kind of message."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from playwright.sync_api import Page


class _Content(msgspec.Struct):
    """The keys of messages with content, of any type (docs/contract/protocol.md)."""

    t: str
    encoding: str = ""
    content: bytes = b""
    hash: bytes = b""
    parcel: int = -1


_read = msgspec.msgpack.Decoder(_Content).decode


class Received:
    """Counts from now on: messages by type, "held" ones for themselves, and bytes of content."""

    def __init__(self, page: Page) -> None:
        self.messages: Counter[str] = Counter()
        self.hashes: set[bytes] = set()
        self._parcels: dict[int, bytes] = {}
        self.content_bytes = 0
        page.on("websocket", lambda line: line.on("framereceived", self._hear))

    def forget(self) -> None:
        """Counts from now on."""
        self.messages.clear()
        self.content_bytes = 0

    def _hear(self, frame: bytes | str) -> None:
        if isinstance(frame, str):
            return
        message = _read(frame)
        if message.t not in ("place", "collider", "part"):
            return
        held = message.encoding == "held"
        self.messages[f"{message.t} held" if held else message.t] += 1
        self.content_bytes += len(message.content)
        if message.t != "part":
            self._parcels[message.parcel] = message.hash
        if held or message.content:
            # What has only begun may never come.
            self.hashes.add(message.hash or self._parcels[message.parcel])
