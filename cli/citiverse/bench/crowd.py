"""`citiverse bench crowd`: what walkers on one square hear of each other, and what that costs."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import msgspec

from citiverse.bench.row import Row
from citiverse.bench.serving import PROCESSES, cost, serving
from citiverse.bench.usage import BenchError
from citiverse.bench.walkers import BEGIN, Seen
from citiverse.commands import demo

if TYPE_CHECKING:
    from collections.abc import Iterator

FULL_SIZES, QUICK_SIZES = (100, 200, 500), (100,)
FULL_SECONDS, QUICK_SECONDS = 20, 5
# The goals are for so many walkers; other figures inform.
GOAL_SIZE = 100
DOWN_GOAL_KBIT = 64.0
SEEN_GOAL_MS = 100.0
MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True)
class Measured:
    """One run: what was seen, and what the server used meanwhile; None where that can't be read."""

    seen: Seen
    cpu_cores: float | None
    resident_bytes: int | None


def run(quick: bool) -> Iterator[Row]:
    """Presence, latency, processor and memory for each size of the crowd. Raises BenchError."""
    seconds = QUICK_SECONDS if quick else FULL_SECONDS
    if not PROCESSES.is_dir():
        print("bench crowd reads a server's cost from /proc only: left out.", file=sys.stderr)
    with tempfile.TemporaryDirectory() as folder:
        scene = demo.prepare(Path(folder)) / demo.NAME
        for size in QUICK_SIZES if quick else FULL_SIZES:
            # Each crowd has a server of its own, or the one before would be in its figures.
            with serving([scene], "--max-sessions", str(size)) as (address, server):
                measured = _measure(address, server, size, seconds)
            yield from _rows(size, measured, seconds)


def _rows(size: int, measured: Measured, seconds: int) -> Iterator[Row]:
    seen = measured.seen
    about = f"{size} walkers on 100 m × 100 m, 10 poses a second each, {seconds} s, loopback"
    goal = size == GOAL_SIZE
    for metric, value, unit, bound in (
        ("presence_down_busiest_second", seen.busiest_kbit, "kbit/s", DOWN_GOAL_KBIT),
        ("presence_down_mean", seen.mean_kbit, "kbit/s", None),
        ("pose_seen_p50", seen.seen_p50_ms, "ms", None),
        ("pose_seen_p99", seen.seen_p99_ms, "ms", SEEN_GOAL_MS),
        ("behind_near_p99", seen.behind_near_p99_ms, "ms", None),
        ("behind_p99", seen.behind_p99_ms, "ms", None),
    ):
        yield Row("crowd", f"{metric}_{size}", (value,), unit, about, bound if goal else None)
    if measured.cpu_cores is not None and measured.resident_bytes is not None:
        memory = measured.resident_bytes / MEGABYTE
        yield Row("crowd", f"server_cpu_{size}", (measured.cpu_cores,), "cores", about)
        yield Row("crowd", f"server_memory_{size}", (memory,), "MB", about)


def _measure(address: str, server: int, size: int, seconds: int) -> Measured:
    parts = urlsplit(address)
    command = (sys.executable, "-m", "citiverse.bench.walkers")
    words = (str(parts.hostname), str(parts.port), demo.NAME, str(size), str(seconds))
    with subprocess.Popen((*command, *words), stdout=subprocess.PIPE, text=True) as walkers:
        assert walkers.stdout is not None
        begun = walkers.stdout.readline().strip() == BEGIN
        before = cost(server) if begun else None
        said = walkers.stdout.readline()
        after = cost(server) if said else None
    if not said or walkers.returncode != 0:
        raise BenchError(f"{size} walkers didn't come through; see above")
    seen = msgspec.json.decode(said, type=Seen)
    if before is None or after is None:
        return Measured(seen, None, None)
    return Measured(seen, (after.cpu_s - before.cpu_s) / seconds, after.resident_bytes)
