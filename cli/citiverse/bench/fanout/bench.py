"""`citiverse bench fanout`: how soon many walkers are answered, and what each of them costs."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import msgspec

from citiverse.bench.fanout.strollers import BEGIN, Visited
from citiverse.bench.row import Row
from citiverse.bench.serving import cost, on_one_core, serving
from citiverse.bench.usage import BenchError
from citiverse.commands import demo

if TYPE_CHECKING:
    from collections.abc import Iterator

FULL_SIZES, QUICK_SIZES = (50, 100, 200, 500, 1000), (50, 200)
FULL_SECONDS, QUICK_SECONDS = 20, 5
# The goals are for so many walkers; other figures inform.
GOAL_SIZE = 500
VIEW_GOAL_MS = 250.0
MEGABYTE = 1_000_000
HOUR_S = 3600.0


@dataclass(frozen=True, slots=True)
class Measured:
    """One run: what was seen, and what the server used meanwhile."""

    visited: Visited
    cpu_s: float
    resident_bytes: int


def run(quick: bool) -> Iterator[Row]:
    """Walkers of each number. Raises BenchError."""
    if not hasattr(os, "sched_setaffinity"):
        raise BenchError("bench fanout needs Linux: it keeps the server on one core")
    seconds = QUICK_SECONDS if quick else FULL_SECONDS
    with tempfile.TemporaryDirectory() as folder:
        scene = demo.prepare(Path(folder)) / demo.NAME
        for size in QUICK_SIZES if quick else FULL_SIZES:
            yield from _rows(size, walked(scene, size, seconds), seconds)


def walked(scene: Path, size: int, seconds: int) -> Measured:
    """So many walkers in a server of their own, on one core. Raises BenchError."""
    with serving([scene], "--max-sessions", str(size)) as (address, server):
        on_one_core(server)
        parts = urlsplit(address)
        command = (sys.executable, "-m", "citiverse.bench.fanout.strollers")
        words = (str(parts.hostname), str(parts.port), scene.name, str(size), str(seconds))
        with subprocess.Popen((*command, *words), stdout=subprocess.PIPE, text=True) as strollers:
            assert strollers.stdout is not None
            begun = strollers.stdout.readline().strip() == BEGIN
            before = cost(server)
            said = strollers.stdout.readline()
            after = cost(server)
        if not begun or not said or before is None or after is None:
            raise BenchError(f"{size} walkers didn't come through; see above")
        visited = msgspec.json.decode(said, type=Visited)
        return Measured(visited, after.cpu_s - before.cpu_s, after.resident_bytes)


def _rows(size: int, measured: Measured, seconds: int) -> Iterator[Row]:
    visited = measured.visited
    load = os.getloadavg()[0]
    about = f"{size} walkers in the demo town, {seconds} s, loopback, load {load:.1f}"
    goal = VIEW_GOAL_MS if size == GOAL_SIZE else None
    cores = measured.cpu_s / seconds
    for metric, value, unit, bound in (
        ("view_latency_p50", visited.view_p50_ms, "ms", None),
        ("view_latency_p99", visited.view_p99_ms, "ms", goal),
        ("walkers_late_p99", visited.late_p99_ms, "ms", None),
        ("server_cpu", cores, "cores", 1.0 if goal else None),
        ("cpu_per_walker_hour", cores * HOUR_S / size, "s", None),
        ("server_memory", measured.resident_bytes / MEGABYTE, "MB", None),
        ("content_per_walker", visited.content_bytes / size / seconds, "B/s", None),
    ):
        yield Row("fanout", f"{metric}_{size}", (value,), unit, about, bound)
