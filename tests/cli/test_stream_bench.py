"""A shaped line does to frames what it says, and the report of its visits adds up."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from citiverse.bench.stream import line as lines
from citiverse.bench.stream import network, report, servers
from citiverse.bench.stream.line import Direction, Line, mobile_rates
from citiverse.bench.stream.line_check import Measured
from citiverse.bench.stream.report import System
from citiverse.bench.stream.visits import Visit
from citiverse.certificates import Files

if TYPE_CHECKING:
    from collections.abc import Iterator

    from citiverse.bench.row import Row

DSL = Line(rtt_s=0.05, rate_bps=20e6)
FRAME = bytes(1250)
"""Half a millisecond at 20 Mbit/s."""
OURS, DEFAULT = System("ours", "http2"), System("default", "http2")
TUNED = System("tuned", "http2")


def arrivals(direction: Direction, step_s: float, until: float) -> Iterator[tuple[float, bytes]]:
    """What comes out at each step of time, with the time."""
    for tick in range(round(until / step_s) + 1):
        now = tick * step_s
        for frame in direction.take(now + 1e-9):
            yield now, frame


def test_a_frame_takes_its_time_on_the_line_and_half_a_round_trip() -> None:
    direction = Direction(DSL, began=0.0, salt=0)
    assert direction.offer(FRAME, now=0.0)
    assert direction.next_arrival == pytest.approx(0.0255)
    assert direction.take(0.0254) == []
    assert direction.take(0.0256) == [FRAME]
    assert direction.next_arrival is None


def test_frames_that_come_at_once_go_out_at_the_lines_rate_in_order() -> None:
    direction = Direction(DSL, began=0.0, salt=0)
    frames = [bytes([number]) * 1250 for number in range(50)]
    for frame in frames:
        direction.offer(frame, now=0.0)
    out = list(arrivals(direction, 0.0005, until=0.06))
    assert [frame for _, frame in out] == frames
    gaps = [after - before for (before, _), (after, _) in pairwise(out)]
    assert gaps == pytest.approx([0.0005] * 49)


def test_what_finds_no_room_is_dropped_and_room_comes_back_as_frames_leave() -> None:
    direction = Direction(DSL, began=0.0, salt=0)
    taken = [direction.offer(FRAME, now=0.0) for _ in range(300)]
    assert sum(taken) == DSL.buffer_bytes // len(FRAME) == 200
    assert [direction.offer(FRAME, now=0.0011) for _ in range(3)] == [True, True, False]


@pytest.mark.parametrize("rate_bps", [1e6, 5e6, 20e6, 100e6])
def test_the_buffer_holds_a_tenth_of_a_second_and_64_kib_at_least(rate_bps: float) -> None:
    line = replace(DSL, rate_bps=rate_bps)
    assert line.buffer_bytes == max(65_536, rate_bps / 80)


def test_losses_are_as_many_as_said_and_the_same_each_time() -> None:
    lossy = replace(DSL, loss=0.01)

    def lost() -> list[bool]:
        direction = Direction(lossy, began=0.0, salt=0)
        return [not direction.offer(FRAME, now=number * 0.001) for number in range(10_000)]

    assert lost() == lost()
    assert 70 < sum(lost()) < 130
    other = Direction(lossy, began=0.0, salt=1)
    assert [not other.offer(FRAME, now=n * 0.001) for n in range(10_000)] != lost()


@settings(max_examples=20)
@given(st.integers(0, 1000), st.floats(1e5, 1e9))
def test_a_made_up_phone_line_has_its_mean_and_is_the_same_for_a_seed(
    seed: int, mean_bps: float
) -> None:
    rates = mobile_rates(mean_bps, seed)
    assert len(rates) == 600
    assert sum(rates) / 600 == pytest.approx(mean_bps)
    assert min(rates) > 0
    assert rates == mobile_rates(mean_bps, seed)


@settings(max_examples=30)
@given(st.integers(0, 50), st.lists(st.floats(0.0, 0.3), min_size=1, max_size=60))
def test_a_phone_line_never_carries_more_than_its_rates_allow(seed: int, gaps: list[float]) -> None:
    line = Line(0.0, 5e6, mobile=True, seed=seed)
    direction = Direction(line, began=0.0, salt=0)
    rates = mobile_rates(5e6, seed)
    now = sent_bits = 0.0
    for gap in gaps:
        now += gap
        if not direction.offer(FRAME, now):
            continue
        sent_bits += 8 * len(FRAME)
        last = direction._under_way[-1][0]
        assert last >= now
        steps, rest = divmod(last, lines.STEP_S)
        whole = sum(rates[step % 600] for step in range(int(steps))) * lines.STEP_S
        assert sent_bits <= whole + rates[int(steps) % 600] * rest + 1.0


@pytest.mark.parametrize(
    ("line", "name"),
    [
        (DSL, "50ms_20mbit"),
        (replace(DSL, loss=0.01), "50ms_20mbit_loss1"),
        (Line(0.06, 20e6, mobile=True), "60ms_20mbit_lte"),
    ],
)
def test_a_line_has_a_short_name(line: Line, name: str) -> None:
    assert line.name == name


@pytest.mark.parametrize(
    ("rtt_s", "rate_bps", "matches"),
    [(0.051, 19.5e6, True), (0.056, 20e6, False), (0.05, 17.9e6, False), (0.05, 22.1e6, False)],
)
def test_a_line_that_is_off_by_more_than_a_tenth_is_not_reported_of(
    rtt_s: float, rate_bps: float, matches: bool
) -> None:
    assert Measured(rtt_s, rate_bps).matches(DSL) is matches


def test_without_root_the_bench_stays_on_loopback_and_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with network.shaped("stream") as found:
        assert found is None
    assert "it needs root" in capsys.readouterr().err


def test_only_namespaces_of_ours_are_ever_cleared_away() -> None:
    listed = "citiverse-123-client (id: 0)\nmine\nnot-citiverse-7-wire\ncitiverse-9-other\n"
    assert network.NAMESPACE.findall(listed) == [("123", "client")]


def test_without_nginx_ours_is_measured_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("CITIVERSE_NGINX", raising=False)
    monkeypatch.setattr(servers, "PLACES", str(tmp_path))
    with servers.peers(tmp_path, (), "127.0.0.1", tmp_path, Files(tmp_path)) as found:
        assert found is None
    assert "ours alone" in capsys.readouterr().err


def visit(script_ms: float, complete_ms: float, content_bytes: int = 250_000) -> Visit:
    return Visit(script_ms, script_ms + 10, complete_ms, content_bytes, tiles=30, holes=0)


def figures(visits: report.Visits, line: Line | None = DSL) -> dict[str, Row]:
    return {row.metric: row for row in report.rows(line, visits, "a test")}


def test_how_many_times_as_fast_is_the_median_of_the_runs_side_by_side() -> None:
    rows = figures(
        {
            OURS: [visit(100, 300), visit(100, 700), visit(100, 200)],
            TUNED: [visit(100, 900), visit(100, 1300), visit(100, 400)],
        }
    )
    from_script = rows["faster_from_script_http2_than_tuned_http2_50ms_20mbit"]
    assert from_script.values == (4.0, 2.0, 3.0)
    assert (from_script.value, from_script.goal, from_script.direction) == (3.0, 2.0, "min")
    from_navigation = rows["faster_from_navigation_http2_than_tuned_http2_50ms_20mbit"]
    assert from_navigation.value == 2.0
    assert from_navigation.goal == 1.5
    assert rows["complete_from_script_ours_http2_50ms_20mbit"].value == 200
    assert rows["complete_from_navigation_tuned_http2_50ms_20mbit"].value == 900


def test_the_ideal_is_the_least_content_at_the_full_rate_after_two_round_trips() -> None:
    assert report.ideal_ms(DSL, 250_000) == pytest.approx(200)
    rows = figures({OURS: [visit(100, 500, 500_000)], TUNED: [visit(100, 700)]})
    assert rows["over_ideal_ours_http2_50ms_20mbit"].value == pytest.approx(2.0)
    assert rows["over_ideal_tuned_http2_50ms_20mbit"].value == pytest.approx(3.0)


def test_the_first_view_is_held_against_eight_round_trips_and_a_little() -> None:
    rows = figures({OURS: [visit(100, 500)]})
    assert rows["first_view_ours_http2_50ms_20mbit"].goal == pytest.approx(750)
    assert rows["first_view_ours_http2_50ms_20mbit"].value == 110
    slow = figures({OURS: [visit(100, 500)]}, replace(DSL, rate_bps=5e6))
    assert slow["first_view_ours_http2_50ms_5mbit"].goal is None


@pytest.mark.parametrize(
    ("our", "peer", "line", "expected"),
    [
        (OURS, DEFAULT, DSL, (2.8, 2.0)),
        (OURS, TUNED, DSL, (2.0, 1.5)),
        (OURS, TUNED, replace(DSL, rtt_s=0.15), (2.0, None)),
        (OURS, TUNED, replace(DSL, rtt_s=0.02), (1.0, None)),
        (OURS, TUNED, replace(DSL, rate_bps=5e6), (1.0, None)),
        (System("ours", "http1"), TUNED, DSL, (1.0, None)),
        (OURS, System("tuned", "http1"), DSL, (None, None)),
        (OURS, System("inlined", "http2"), DSL, (None, None)),
        (OURS, TUNED, replace(DSL, loss=0.01), (None, None)),
        (OURS, TUNED, None, (None, None)),
    ],
)
def test_each_cell_has_its_goals(
    our: System, peer: System, line: Line | None, expected: tuple[float | None, float | None]
) -> None:
    assert report.goals(our, peer, line) == expected


def test_painted_pictures_are_compared_with_painted_ones_only() -> None:
    painted = [replace(system, painted=True) for system in (OURS, TUNED)]
    rows = figures({system: [visit(100, 300)] for system in (OURS, TUNED, *painted)})
    compared = [name for name in rows if name.startswith("faster_from_script")]
    assert compared == [
        "faster_from_script_http2_than_tuned_http2_50ms_20mbit",
        "faster_from_script_http2_painted_than_tuned_http2_painted_50ms_20mbit",
    ]
    assert rows[compared[1]].goal is None


def test_every_kind_of_figure_is_explained() -> None:
    rows = figures({OURS: [visit(100, 300)], TUNED: [visit(100, 300)]})
    sizes = {row.metric for row in report.size_rows({OURS: [visit(100, 300)]}, "a test")}
    document = Path(__file__).resolve().parents[2] / "docs" / "benchmarks.md"
    section = document.read_text().partition("## stream")[2].partition("\n## ")[0]
    documented = re.findall(r"`([a-z_]+)_…", section)
    for metric in {*rows, *sizes}:
        assert any(metric.startswith(name) for name in documented), metric
