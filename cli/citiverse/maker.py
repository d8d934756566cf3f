"""Has a city made by a process of its own, and tells the server how far it is."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from citiverse.order import Done, Failed, FirstLook, Order, Step, Told
from citiverse_server.making import Ended, Progress, Remade

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from citiverse_server.making import News, Stage

LONGEST_LINE = 1 << 20
_DECODER = msgspec.json.Decoder(Told)


@contextlib.contextmanager
def begun(order: Order) -> Iterator[subprocess.Popen[bytes]]:
    """The process that makes the city; it ends with the block, done or not."""
    words = msgspec.json.encode(order).decode()
    process = subprocess.Popen(
        (sys.executable, "-m", "citiverse.make", words),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


async def news_of(
    process: subprocess.Popen[bytes], scene: Path, heard: Callable[[Told], None]
) -> AsyncIterator[News]:
    """What a process tells that makes `scene`; `heard` is called with each word of it."""
    ended = False
    yield Progress("reading", 0.0)
    async for told in _lines(process):
        heard(told)
        match told:
            case Step(stage, done, total) if total:
                yield Progress(_stage_of(stage), min(done / total, 1.0))
            case FirstLook(first):
                yield Remade(Path(first))
            case Failed(problem):
                ended = True
                yield Ended(problem)
            case Done():
                ended = True
                yield Remade(scene)
                yield Ended()
    if not ended:
        code = await asyncio.to_thread(process.wait)
        how = f"signal {-code}" if code < 0 else "a fault of this program, which is told above"
        yield Ended(f"the making of the city was ended by {how}")


async def _lines(process: subprocess.Popen[bytes]) -> AsyncIterator[Told]:
    assert process.stdout is not None
    reader = asyncio.StreamReader(LONGEST_LINE)
    loop = asyncio.get_running_loop()
    transport, _ = await loop.connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), process.stdout
    )
    with contextlib.closing(transport):
        async for line in reader:
            yield _DECODER.decode(line)


def _stage_of(stage: str) -> Stage:
    return "writing" if stage.startswith("writing") else "reading"
