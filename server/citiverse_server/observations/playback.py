"""A recorded time for the time slider: all datastreams of a scene by the same steps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .store import Overview, Span

# Datastreams × steps: 5 bytes each.
MOST_CELLS = 2_000_000
MOST_STEPS = 2_000


class Playback(msgspec.Struct, frozen=True):
    """The answer; `begin` in ms since 1970 UTC, columns little-endian, datastream by datastream.

    `values` f32, NaN where nothing was observed; `quality` u8.
    """

    begin: float
    step_s: float
    steps: int
    datastreams: list[str]
    values: bytes
    quality: bytes


def told(keys: Sequence[str], overview: Overview, span: Span, step_us: int) -> bytes:
    """The answer as MessagePack."""
    playback = Playback(
        begin=span.begin_us / 1_000,
        step_s=step_us / 1_000_000,
        steps=overview.means.shape[1],
        datastreams=list(keys),
        values=overview.means.astype("<f4").tobytes(),
        quality=overview.quality.tobytes(),
    )
    return msgspec.msgpack.encode(playback)
