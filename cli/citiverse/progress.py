"""Tells a person how far a run is: a bar on a terminal, a line for each stage elsewhere."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from citiverse_tiling.options import Progress


@contextmanager
def shown() -> Iterator[Progress]:
    """A `Progress` that shows itself on standard error until the block ends."""
    if sys.stderr.isatty():
        with _bar() as progress:
            yield progress
    else:
        yield StageLines()


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
