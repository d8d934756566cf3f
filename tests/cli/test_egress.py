"""What is pulled in `bench egress` is what the server sent."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from citiverse.bench import egress
from citiverse.bench.serving import serving

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_tiles_are_pulled_by_get_and_by_the_stream(
    scene: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(egress, "STREAMS", 2)
    paths, mean = egress._paths(scene)
    with serving([scene], "--state", str(tmp_path)) as (address, server):
        port = urlsplit(address).port or 0
        wanted = 8 * len(paths) * int(mean)
        assert egress._get(port, None, paths, wanted) >= wanted
        assert egress._stream(port, None, scene.name, 1000) >= 1000
        assert egress._cost_of(server, lambda: 1) >= 0.0


def test_each_way_is_held_against_nginx_and_told_alone_without_it() -> None:
    costs = {"http": [3.0, 3.0, 6.0], "stream": [1.0, 1.0, 1.0]}
    rows = {row.metric: row for row in egress._rows("tls", "x", costs, [2.0, 1.0, 2.0])}
    assert rows["of_nginx_http_tls"].value == 3.0
    assert not rows["of_nginx_http_tls"].reached
    assert rows["of_nginx_stream_tls"].goal is None
    alone = [row.metric for row in egress._rows("plain", "x", costs, [])]
    assert alone == ["cpu_per_gb_http_plain", "cpu_per_gb_stream_plain"]
