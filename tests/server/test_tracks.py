"""Where things were: kept with all that is observed, and told for a time slider."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pytest

from citiverse_server.observations import playback
from citiverse_server.observations.keeper import open_store
from citiverse_server.observations.store import Overview, Retention, Span
from citiverse_server.observations.tracks import record, track
from citiverse_server.overlays.model import Fix
from citiverse_server.overlays.place import frame_at

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.anyio

SECOND_US = 1_000_000
BEGIN_US = 1_795_000_000 * SECOND_US
SPAN = Span(BEGIN_US, BEGIN_US + 60 * SECOND_US)


def fix(second: float, lon: float, **known: float) -> Fix:
    return Fix(BEGIN_US + round(second * SECOND_US), lon, 52.0, **known)


async def test_fixes_outlive_a_restart_with_what_was_said_of_them(tmp_path: Path) -> None:
    store = open_store(tmp_path, Retention())
    record(store, [("tram", fix(1, 13.0, heading=90.0)), ("bus", fix(1, 7.0))], BEGIN_US)
    record(store, [("tram", fix(3, 13.1, height=34.0))], BEGIN_US)
    await store.close()
    store = open_store(tmp_path, Retention())
    found = await track(store, "tram", SPAN, 1)
    await store.close()
    assert (found.times - BEGIN_US).tolist() == [SECOND_US, 3 * SECOND_US]
    assert found.longitudes.tolist() == [13.0, 13.1]
    assert found.latitudes.tolist() == [52.0, 52.0]
    assert found.headings[0] == 90.0
    assert math.isnan(found.headings[1])
    assert math.isnan(found.heights[0])
    assert found.heights[1] == 34.0


async def test_of_many_fixes_the_first_of_each_stretch_is_told() -> None:
    store = open_store(None, Retention())
    way = [("tram", fix(second + 0.5, 13.0 + second / 1000)) for second in range(60)]
    record(store, way, BEGIN_US)
    found = await track(store, "tram", SPAN, 10 * SECOND_US)
    assert ((found.times - BEGIN_US) / SECOND_US).tolist() == [0.5, 10.5, 20.5, 30.5, 40.5, 50.5]
    nothing = await track(store, "ferry", SPAN, 1)
    assert len(nothing.times) == 0
    await store.close()


async def test_playback_has_places_in_the_frame_of_the_scene() -> None:
    store = open_store(None, Retention())
    way = [("tram", fix(1, 13.0, heading=90.0)), ("bus", fix(2, 13.0, height=5.0))]
    record(store, way, BEGIN_US)
    tracks = {key: await track(store, key, SPAN, 1) for key in ("tram", "bus", "ferry")}
    await store.close()
    nothing = Overview(np.zeros((0, 1), np.float32), np.zeros((0, 1), np.uint8))
    recorded = playback.Recorded((), nothing, tracks)
    answer = msgspec.msgpack.decode(
        playback.told(recorded, SPAN, 60 * SECOND_US, frame_at(13.0, 52.0)), type=playback.Playback
    )
    assert answer.movers == ["tram", "bus", "ferry"]
    assert np.frombuffer(answer.fix_counts, "<u4").tolist() == [1, 1, 0]
    times = np.frombuffer(answer.fix_times, "<f8") * 1000 - BEGIN_US
    assert times.tolist() == [SECOND_US, 2 * SECOND_US]
    tram, bus = np.frombuffer(answer.positions, "<f4").reshape(-1, 3).tolist()
    assert tram[:2] == pytest.approx([0, 0], abs=1e-3)
    assert math.isnan(tram[2])
    assert bus == pytest.approx([0, 0, 5], abs=1e-3)
    assert np.frombuffer(answer.headings, "<f4")[0] == pytest.approx(math.pi / 2)
