"""Makes the whole of a city in a process of its own, and tells the server how far it is."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE
from typing import TYPE_CHECKING

import msgspec

from citiverse.exits import Exit
from citiverse_server.making import Ended, Progress, Remade

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import AsyncIterator, Callable, Sequence
    from pathlib import Path

    from citiverse_server.making import News, Stage

NICENESS = 10
"""Those who walk come first."""

LONGEST_LINE = 1 << 20
OURS = "citiverse: "


class Line(msgspec.Struct, frozen=True):
    """What `citiverse tile --progress-lines` prints."""

    stage: str
    done: int
    total: int


async def news_of(
    words: Sequence[str], scene: Path, finished: Callable[[], None]
) -> AsyncIterator[News]:
    """Run `citiverse tile` with these arguments, which write `scene`; `finished` when it's there.

    Cancelled, it takes the process with it.
    """
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "citiverse", "tile", "--progress-lines", *words),
        stdin=DEVNULL,
        stdout=DEVNULL,
        stderr=PIPE,
        limit=LONGEST_LINE,
        start_new_session=True,
    )
    os.setpriority(os.PRIO_PROCESS, process.pid, NICENESS)
    said = ""
    try:
        assert process.stderr is not None
        async for line in process.stderr:
            try:
                told = msgspec.json.decode(line, type=Line)
            except msgspec.DecodeError:
                said = line.decode(errors="replace").strip() or said
                continue
            if told.total:
                yield Progress(_stage_of(told), min(told.done / told.total, 1.0))
        code = await process.wait()
    finally:
        await _end(process)
    if code in (Exit.DONE, Exit.DONE_WITH_LOSSES):
        finished()
        yield Remade(scene)
        yield Ended()
    elif said.startswith(OURS):
        yield Ended(said.removeprefix(OURS))
    else:
        how = f"signal {-code}" if code < 0 else f"an error: {said}"
        yield Ended(f"the making of the city was ended by {how}")


def _stage_of(line: Line) -> Stage:
    return "reading" if line.stage.startswith("reading") else "writing"


async def _end(process: Process) -> None:
    if process.returncode is None:
        os.killpg(process.pid, signal.SIGTERM)
        await process.wait()
