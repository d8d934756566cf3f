"""Weighs what a client sends, frame by frame, before anything of it is understood (RFC 9113, 4.1).

Frames that carry nothing cost the sender nine bytes and the receiver a walk through its state
machine: resets, pings, settings, window updates, headers that never end. Each is cheap to refuse.
"""

from __future__ import annotations

from ..limits import TokenBucket

PREFACE_BYTES = 24
FRAME_HEAD_BYTES = 9
MAX_HEAD_BYTES = 32 * 1024
IDLE_FRAMES_PER_S = 100.0
IDLE_FRAMES_BURST = 1000.0

DATA, HEADERS, WINDOW_UPDATE, CONTINUATION = 0x0, 0x1, 0x8, 0x9
END_STREAM, END_HEADERS = 0x1, 0x4


class Flood(Exception):
    """The client sends more than any use of the protocol needs; the text says what."""


class FrameMeter:
    """Raises `Flood`; `in_head` tells that a block of header fields has begun and not ended."""

    def __init__(self, now: float) -> None:
        self._idle_frames = TokenBucket(IDLE_FRAMES_PER_S, IDLE_FRAMES_BURST, now)
        self._due_updates = 0
        self._to_skip = PREFACE_BYTES
        self._frame_head = b""
        self._head_bytes = 0
        self.in_head = False

    def sent(self, frames: int) -> None:
        """So many frames of data went out: the client may open its windows again, both of them."""
        self._due_updates += 2 * frames

    def weigh(self, data: bytes, now: float) -> None:
        """What has just arrived, wherever it begins and ends; `now` in monotonic seconds."""
        at = 0
        while at < len(data):
            if self._to_skip:
                skipped = min(self._to_skip, len(data) - at)
                self._to_skip -= skipped
                at += skipped
                continue
            missing = FRAME_HEAD_BYTES - len(self._frame_head)
            self._frame_head += data[at : at + missing]
            at += missing
            if len(self._frame_head) == FRAME_HEAD_BYTES:
                head, self._frame_head = self._frame_head, b""
                length = int.from_bytes(head[:3], "big")
                self._to_skip = length
                self._count(head[3], head[4], length, now)

    def _count(self, kind: int, flags: int, length: int, now: float) -> None:
        if kind in (HEADERS, CONTINUATION):
            self._head_bytes += length
            if self._head_bytes > MAX_HEAD_BYTES:
                raise Flood("the head of a request is too long")
            self.in_head = not flags & END_HEADERS
            if not self.in_head:
                self._head_bytes = 0
                return
        elif kind == DATA and (length or flags & END_STREAM):
            return
        elif kind == WINDOW_UPDATE and self._due_updates:
            self._due_updates -= 1
            return
        if not self._idle_frames.take(now):
            raise Flood("too many frames carry nothing")
