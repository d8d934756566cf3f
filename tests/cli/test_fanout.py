"""The clients of `bench fanout` really are visitors of a real server."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from citiverse.bench.fanout import bench, strollers
from citiverse.bench.fanout.bench import Measured
from citiverse.bench.fanout.strollers import Visited
from citiverse.bench.serving import serving

if TYPE_CHECKING:
    from pathlib import Path

VISITED = Visited(
    view_p50_ms=5.0,
    view_p99_ms=300.0,
    late_p99_ms=5.0,
    views=1000,
    poses=2000,
    messages=3000,
    content_bytes=40_000,
)


def test_walkers_are_answered_and_get_tiles(
    scene: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(strollers, "SETTLE_S", 0.1)
    monkeypatch.setattr(strollers, "TIMED", 1)
    with serving([scene], "--state", str(tmp_path)) as (address, _):
        parts = urlsplit(address)
        walk = strollers.stroll(str(parts.hostname), parts.port or 0, scene.name, 3, 0.6)
        visited = asyncio.run(walk)
    assert 15 <= visited.poses <= 21
    assert 0 < visited.views <= visited.poses
    assert 0.0 < visited.view_p50_ms <= visited.view_p99_ms
    assert visited.messages > 0


def test_goals_are_for_five_hundred() -> None:
    rows = list(bench._rows(500, Measured(VISITED, 6.0, 70_000_000), 5))
    assert [row.metric for row in rows if not row.reached] == [
        "view_latency_p99_500",
        "server_cpu_500",
    ]
    figures = {row.metric: row.value for row in rows}
    assert figures["cpu_per_walker_hour_500"] == pytest.approx(8.64)
    assert figures["content_per_walker_500"] == 16.0
    assert all(row.goal is None for row in bench._rows(200, Measured(VISITED, 6.0, 1), 5))
