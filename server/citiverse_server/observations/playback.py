"""A recorded time for the time slider: all datastreams by the same steps, and where things were."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from ..overlays.place import Frame
    from .store import Overview, Span
    from .tracks import Track

# Datastreams × steps: 5 bytes each.
MOST_CELLS = 2_000_000
MOST_STEPS = 2_000
MOST_MOVERS = 200
# Things that move are told of so often in a step: they go a long way in one.
FIXES_A_STEP = 12


@dataclass(frozen=True, slots=True)
class Recorded:
    """What is known of a time: values of datastreams, and tracks of things, each by their keys."""

    keys: Sequence[str]
    overview: Overview
    tracks: Mapping[str, Track]


class Playback(msgspec.Struct, frozen=True):
    """The answer; `begin` in ms since 1970 UTC, columns little-endian, datastream by datastream.

    `values` f32, NaN where nothing was observed; `quality` u8. Then thing by thing: how many fixes
    u32, their times f64 in ms, positions f32 (n, 3) in the scene frame, headings f32 in radians
    from north; NaN where nobody said.
    """

    begin: float
    step_s: float
    steps: int
    datastreams: list[str]
    values: bytes
    quality: bytes
    movers: list[str]
    fix_counts: bytes
    fix_times: bytes
    positions: bytes
    headings: bytes


def told(recorded: Recorded, span: Span, step_us: int, frame: Frame) -> bytes:
    """The answer as MessagePack; `frame` is that of the scene."""
    overview, tracks = recorded.overview, recorded.tracks.values()
    playback = Playback(
        begin=span.begin_us / 1_000,
        step_s=step_us / 1_000_000,
        steps=overview.means.shape[1],
        datastreams=list(recorded.keys),
        values=overview.means.astype("<f4").tobytes(),
        quality=overview.quality.tobytes(),
        movers=list(recorded.tracks),
        fix_counts=np.array([len(track.times) for track in tracks], dtype="<u4").tobytes(),
        fix_times=b"".join((track.times / 1_000).astype("<f8").tobytes() for track in tracks),
        positions=b"".join(_places(track, frame).astype("<f4").tobytes() for track in tracks),
        headings=b"".join(np.radians(track.headings).astype("<f4").tobytes() for track in tracks),
    )
    return msgspec.msgpack.encode(playback)


def _places(track: Track, frame: Frame) -> NDArray[np.float64]:
    """Points (n, 3) of the scene frame; without a height they are on the ground: z is NaN."""
    unknown = np.isnan(track.heights)
    heights = np.where(unknown, 0.0, track.heights)
    places = frame.to_scene(track.longitudes, track.latitudes, heights)
    places[unknown, 2] = np.nan
    return places
