"""`citiverse bench fanout`: how soon many walkers are answered, and what each of them costs."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import msgspec

from citiverse.bench.fanout import idle, scenes
from citiverse.bench.fanout.hostile import READY
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
HOSTILE_SIZE, HOSTILE_RUNS, HOSTILE_CLIENTS = 200, 3, 3
HOSTILE_GOAL = 1.2
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
        yield from _hostile_rows(scene, seconds, 1 if quick else HOSTILE_RUNS)
        yield from idle.rows(scene, Path(folder), quick)
        yield from scenes.rows(scene, Path(folder))


def walked(scene: Path, size: int, seconds: int, *, with_hostile: bool = False) -> Measured:
    """So many walkers in a server of their own, on one core. Raises BenchError."""
    with serving([scene], "--max-sessions", str(size + HOSTILE_CLIENTS)) as (address, server):
        on_one_core(server)
        parts = urlsplit(address)
        where = (str(parts.hostname), str(parts.port), scene.name)
        command = (sys.executable, "-m", "citiverse.bench.fanout.strollers")
        words = (*where, str(size), str(seconds))
        with (
            _harassed(where) if with_hostile else nullcontext(),
            subprocess.Popen((*command, *words), stdout=subprocess.PIPE, text=True) as strollers,
        ):
            assert strollers.stdout is not None
            begun = strollers.stdout.readline().strip() == BEGIN
            before = cost(server)
            said = strollers.stdout.readline()
            after = cost(server)
        if not begun or not said or before is None or after is None:
            raise BenchError(f"{size} walkers didn't come through; see above")
        visited = msgspec.json.decode(said, type=Visited)
        return Measured(visited, after.cpu_s - before.cpu_s, after.resident_bytes)


@contextmanager
def _harassed(where: tuple[str, ...]) -> Iterator[None]:
    command = (sys.executable, "-m", "citiverse.bench.fanout.hostile", *where)
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as hostile:
        assert hostile.stdout is not None
        try:
            if hostile.stdout.readline().strip() != READY:
                raise BenchError("the hostile clients didn't come; see above")
            yield
        finally:
            hostile.terminate()


def _hostile_rows(scene: Path, seconds: int, runs: int) -> Iterator[Row]:
    """Walkers with and without hostile clients in turn."""
    latencies, more_memory = [], []
    for _ in range(runs):
        calm = walked(scene, HOSTILE_SIZE, seconds)
        harassed = walked(scene, HOSTILE_SIZE, seconds, with_hostile=True)
        latencies.append(harassed.visited.view_p99_ms / calm.visited.view_p99_ms)
        more_memory.append((harassed.resident_bytes - calm.resident_bytes) / MEGABYTE)
    about = (
        f"{HOSTILE_SIZE} walkers alone, {seconds} s, loopback, load {os.getloadavg()[0]:.1f}; one"
        " never reads, one teleports, one sends 1,000 views a second"
    )
    goal = HOSTILE_GOAL
    yield Row("fanout", "view_latency_p99_with_hostile", tuple(latencies), "times", about, goal)
    yield Row("fanout", "more_memory_with_hostile", tuple(more_memory), "MB", about)


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
