"""Tells how far a run is: a person by a bar on a terminal, by a line for each stage elsewhere; a
program by lines of JSON."""

from __future__ import annotations

import json
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from citiverse_tiling.options import Progress

LINE_EVERY_S = 0.5


@contextmanager
def shown() -> Iterator[Progress]:
    """A `Progress` that shows itself on standard error until the block ends."""
    if sys.stderr.isatty():
        with _bar() as progress:
            yield progress
    else:
        yield StageLines()


@contextmanager
def as_lines() -> Iterator[Progress]:
    """A `Progress` for a program that reads our standard error."""
    yield JsonLines(time.monotonic)


class JsonLines:
    """Prints `{"stage", "done", "total"}` when a stage begins, and then twice a second at most."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._stage = ""
        self._due = 0.0

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Called often."""
        now = self._clock()
        if stage == self._stage and now < self._due:
            return
        self._stage, self._due = stage, now + LINE_EVERY_S
        line = json.dumps({"stage": stage, "done": done, "total": total})
        print(line, file=sys.stderr, flush=True)


class StageLines:
    """Prints a stage once, when it begins: what a log file can bear."""

    def __init__(self) -> None:
        self._stage = ""

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Called often; prints only where the stage is a new one."""
        del done, total
        if stage != self._stage:
            self._stage = stage
            print(stage, file=sys.stderr, flush=True)


@contextmanager
def _bar() -> Iterator[Progress]:
    from rich.console import Console
    from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
    )
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("starting", total=None)

        def show(stage: str, done: int, total: int) -> None:
            bar.update(task, description=stage, completed=done, total=total or None)

        yield show
