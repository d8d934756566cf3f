"""Who does the work of a run: this process, others on this machine, or a cluster of machines.

All is written against `concurrent.futures.Executor`. Tasks are functions of a module, and what
they are given and give back are paths and small columns.
"""

from __future__ import annotations

import os
import sys
from collections import deque
from concurrent.futures import BrokenExecutor, Executor, Future
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from citiverse_tiling.errors import WorkerError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

Job = TypeVar("Job")
Result = TypeVar("Result")

_AHEAD = 3
"""Tasks that are handed out at a time, for each worker."""


class Here(Executor):
    """Runs a task at once, in this process."""

    def submit(self, fn, /, *args, **kwargs):  # type: ignore[no-untyped-def]  # as Executor has it
        """A future that is done."""
        future: Future[object] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future


@dataclass(frozen=True, slots=True)
class Team:
    """`size` workers; `is_here` where it is this process alone."""

    executor: Executor
    size: int
    is_here: bool = False

    def each(self, task: Callable[[Job], Result], jobs: Iterable[Job]) -> Iterator[Result]:
        """The results of all jobs, in their order. Raises what the first that fails raises."""
        waiting: deque[Future[Result]] = deque()
        ahead = 1 if self.is_here else _AHEAD * self.size
        try:
            for job in jobs:
                waiting.append(self.executor.submit(task, job))
                if len(waiting) >= ahead:
                    yield self.result(waiting.popleft())
            while waiting:
                yield self.result(waiting.popleft())
        finally:
            for future in waiting:
                future.cancel()

    @staticmethod
    def result(future: Future[Result]) -> Result:
        """What a task gives back. Raises what it raises, WorkerError where its worker is gone."""
        try:
            return future.result()
        except BrokenExecutor as error:
            raise WorkerError(
                "a worker process ended without a word, as if it had been killed",
                remedy="run the same command again, which goes on where this ended; if memory"
                " was short, with --workers 1",
            ) from error


def cores() -> int:
    """How many processor cores this process may use."""
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@contextmanager
def team(size: int, scheduler: str | None) -> Iterator[Team]:
    """Workers until the block ends; `scheduler` is the address of a Dask cluster's.

    Raises WorkerError where the cluster can't be reached.
    """
    if scheduler is not None:
        from citiverse_tiling.cluster import cluster

        with cluster(scheduler) as (executor, its_size):
            yield Team(executor, its_size)
    elif size <= 1:
        yield Team(Here(), 1, is_here=True)
    else:
        from citiverse_tiling.processes import processes  # loading it takes time too

        with processes(size) as pool:
            yield Team(pool, size)
