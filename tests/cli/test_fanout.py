"""The clients of `bench fanout` really are visitors of a real server."""

from __future__ import annotations

import asyncio
import re
import urllib.request
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from citiverse.bench.fanout import bench, hostile, idle, strollers
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


@pytest.mark.parametrize("alpn", ["", "h2"])
def test_idle_clients_are_held_over_each_kind_of_line(
    scene: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, alpn: str
) -> None:
    monkeypatch.setattr(idle, "LINES", (("one", alpn),))
    monkeypatch.setattr(idle, "FIRST", 3)
    monkeypatch.setattr(idle, "QUICK_CLIENTS", 5)
    (row,) = idle.rows(scene, tmp_path, quick=True)
    assert row.metric == "memory_per_idle_client_one"


def test_hostile_clients_do_harm_and_come_again(scene: Path, tmp_path: Path) -> None:
    with serving([scene], "--state", str(tmp_path)) as (address, _):
        parts = urlsplit(address)
        harm = hostile.harass(
            str(parts.hostname), parts.port or 0, scene.name, reads=True, pause_s=0.001
        )
        with pytest.raises(TimeoutError):
            asyncio.run(asyncio.wait_for(harm, 1.5))
        with urllib.request.urlopen(f"{address}metrics") as answer:
            metrics = answer.read().decode()
    counts = dict(re.findall(r"^citiverse_(\w+) (\d+)$", metrics, re.MULTILINE))
    assert int(counts["refused_total"]) >= 1
    assert int(counts["sessions_total"]) >= 2
