"""Runs benchmarks by name and prints their rows."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from typing import TypeAlias

import typer

from citiverse.bench import bytes as tile_bytes
from citiverse.bench import (
    client,
    crowd,
    egress,
    glance,
    ifc,
    incremental,
    metropolis,
    peers,
    proposal,
    quality,
    reconnect,
    store,
    tile,
    walk,
)
from citiverse.bench.fanout import bench as fanout
from citiverse.bench.row import Row
from citiverse.bench.sensors import bench as sensors
from citiverse.bench.stream import bench as stream
from citiverse.bench.usage import BenchError
from citiverse.bench.visit import bench as visit
from citiverse.exits import one_sentence

Bench: TypeAlias = Callable[[bool], Iterator[Row]]

BENCHES: tuple[tuple[str, Bench], ...] = (
    ("tile", tile.run),
    ("metropolis", metropolis.run),
    ("incremental", incremental.run),
    ("bytes", tile_bytes.run),
    ("peers", peers.run),
    ("ifc", ifc.run),
    ("proposal", proposal.run),
    ("glance", glance.run),
    ("client", client.run),
    ("stream", stream.run),
    ("visit", visit.run),
    ("reconnect", reconnect.run),
    ("walk", walk.run),
    ("crowd", crowd.run),
    ("store", store.run),
    ("quality", quality.run),
    ("sensors", sensors.run),
    ("fanout", fanout.run),
    ("egress", egress.run),
)


def run(names: tuple[str, ...], as_json: bool, quick: bool) -> None:
    """Run the named benchmarks, or all; a row is printed as soon as it is there."""
    known = [name for name, _ in BENCHES]
    for name in names:
        if name not in known:
            raise typer.BadParameter(f"there is no benchmark {name}: choose {', '.join(known)}")
    with one_sentence(BenchError, OSError):
        for name, bench in BENCHES:
            if not names or name in names:
                for row in bench(quick):
                    print(json.dumps(row.as_map()) if as_json else sentence(row))
                    sys.stdout.flush()


def sentence(row: Row) -> str:
    """A row for a person."""
    goal = ""
    if row.goal is not None:
        bound = "at most" if row.direction == "max" else "at least"
        goal = f", goal {bound} {row.goal:g}: {'reached' if row.reached else 'MISSED'}"
    return f"{row.bench} {row.metric}: {row.value:.3g} {row.unit} (against {row.versus}){goal}"
