"""Our server with a door for readings that costs as little as another's: lines over TCP.

    python -m citiverse.bench.sensors.fed SCENE SENSOR-FILE DOOR-PORT MAX-SESSIONS

A line is a topic, a blank, and the payload. All else is the server that `citiverse serve` runs.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from citiverse_server.config import ServerConfig
from citiverse_server.overlays.reading import Arrival, Reading
from citiverse_server.run import serve

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

CHUNK_BYTES = 64 * 1024


async def lines(port: int) -> AsyncIterator[Arrival]:
    """Readings of the one who comes through the door, for ever."""
    waiting: asyncio.Queue[bytes] = asyncio.Queue(16)

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        rest = b""
        while data := await reader.read(CHUNK_BYTES):
            whole, _, rest = (rest + data).rpartition(b"\n")
            if whole:
                await waiting.put(whole)
        writer.close()

    async with await asyncio.start_server(take, "127.0.0.1", port):
        while True:
            for line in (await waiting.get()).split(b"\n"):
                topic, _, payload = line.partition(b" ")
                yield Reading(topic.decode(), payload)


def main(scene: str, sensors: str, door: str, sessions: str) -> None:
    """Serve until ended."""
    serve(
        ServerConfig(
            scenes=(Path(scene),),
            port=0,
            max_sessions=int(sessions),
            sensors=Path(sensors),
            feed=lambda: lines(int(door)),
        )
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
