"""What many scenes cost in memory, before anybody has come and after."""

from __future__ import annotations

import asyncio
import json
import shutil
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from citiverse.bench import socket_client
from citiverse.bench.fanout.idlers import Idler
from citiverse.bench.row import Row
from citiverse.bench.serving import cost, serving
from citiverse.bench.usage import BenchError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SCENES = 20
MEGABYTE = 1_000_000


def rows(scene: Path, folder: Path) -> Iterator[Row]:
    """A server of one scene, of 20 that nobody has visited, and of 20 that were. Raises BenchError.

    The 20 are the same town under other names.
    """
    copies = [_copy(scene, folder / "scenes" / f"town-{number}") for number in range(SCENES)]
    about = f"{SCENES} copies of the demo town"
    with serving([scene]) as (_, server):
        yield _row("memory_1_scene", server, "the demo town")
    with serving(copies) as (address, server):
        yield _row(f"memory_{SCENES}_scenes", server, about)
        asyncio.run(_visit(address, [copy.name for copy in copies]))
        yield _row(f"memory_{SCENES}_scenes_visited", server, f"{about}, each visited once")


def _copy(scene: Path, folder: Path) -> Path:
    shutil.copytree(scene, folder)
    manifest = json.loads((folder / "scene.json").read_text())
    (folder / "scene.json").write_text(json.dumps({**manifest, "name": folder.name}))
    return folder


async def _visit(address: str, scenes: list[str]) -> None:
    parts = urlsplit(address)
    for scene in scenes:
        visitor = Idler(scene)
        await socket_client.connect(str(parts.hostname), parts.port or 0, "/ws", visitor)
        await visitor.welcomed
        visitor.leave()


def _row(metric: str, server: int, about: str) -> Row:
    used = cost(server)
    if used is None:
        raise BenchError("bench fanout needs Linux: it reads a server's cost from /proc")
    return Row("fanout", metric, (used.resident_bytes / MEGABYTE,), "MB", about)
