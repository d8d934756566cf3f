"""The walkers of `bench crowd` really see each other, on a real server."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from citiverse.bench import crowd, walkers
from citiverse.bench.crowd import Measured
from citiverse.bench.walkers import Seen
from cli.test_serve import link, running

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

SEEN = Seen(
    busiest_kbit=50.0,
    mean_kbit=40.0,
    seen_p50_ms=30.0,
    seen_p99_ms=120.0,
    behind_near_p99_ms=130.0,
    behind_p99_ms=900.0,
    frames=1000,
)


def test_walkers_see_each_other(
    scene: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(walkers, "SETTLE_S", 0.2)
    with running("serve", scene, "--port", 0, "--state", tmp_path) as process:
        parts = urlsplit(link(process))
        seen = asyncio.run(walkers.walk(str(parts.hostname), parts.port or 0, scene.name, 3, 1.0))
    assert seen.frames > 0
    assert 0.0 < seen.seen_p50_ms <= seen.seen_p99_ms
    assert 0.0 < seen.mean_kbit <= seen.busiest_kbit <= 64.0


def test_goals_are_for_a_hundred() -> None:
    rows = list(crowd._rows(100, Measured(SEEN, 0.3, 70_000_000), 5))
    missed = [row.metric for row in rows if not row.reached]
    assert missed == ["pose_seen_p99_100"]
    assert [row.value for row in rows if row.metric == "server_memory_100"] == [70.0]
    assert all(row.goal is None for row in crowd._rows(500, Measured(SEEN, None, None), 5))
