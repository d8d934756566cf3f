"""A real server in a process of its own, and what that process costs (proc_pid_stat(5))."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from citiverse.bench.usage import BenchError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

PROCESSES = Path("/proc")


@dataclass(frozen=True, slots=True)
class Cost:
    """What a process has used until now."""

    cpu_s: float
    resident_bytes: int


def cost(process: int) -> Cost | None:
    """None where there is no /proc."""
    folder = PROCESSES / str(process)
    if not folder.is_dir():
        return None
    # The name in brackets may hold spaces; the numbers come after it.
    fields = (folder / "stat").read_text().rpartition(")")[2].split()
    ticks = int(fields[11]) + int(fields[12])
    pages = int((folder / "statm").read_text().split()[1])
    return Cost(ticks / os.sysconf("SC_CLK_TCK"), pages * os.sysconf("SC_PAGE_SIZE"))


def family(process: int) -> list[int]:
    """A process and its children, where there is a /proc."""
    children = PROCESSES / str(process) / "task" / str(process) / "children"
    return [process, *map(int, children.read_text().split())] if children.exists() else [process]


def run_time_s(process: int) -> float:
    """What a process and its children have used, all threads that live, to the nanosecond.

    Raises BenchError where the system doesn't tell (Linux does).
    """
    threads = (
        thread for one in family(process) for thread in (PROCESSES / str(one) / "task").iterdir()
    )
    try:
        return sum(int((thread / "schedstat").read_text().split()[0]) for thread in threads) / 1e9
    except OSError:
        raise BenchError("the cost of a process can be read on Linux only") from None


def lineage_time_s(process: int) -> float:
    """CPU of a process and of all who come from it, those that have ended and were waited for, too.

    Raises BenchError where the system doesn't tell (Linux does).
    """
    if not PROCESSES.is_dir():
        raise BenchError("the cost of a process can be read on Linux only")
    try:
        fields = (PROCESSES / str(process) / "stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        # It ended between two looks; who waited for it has its time now, or at the next look.
        return 0.0
    own = sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")
    return own + sum(lineage_time_s(child) for child in family(process)[1:])


@contextmanager
def serving(
    scenes: Sequence[Path], *options: str, inside: Sequence[str] = ()
) -> Iterator[tuple[str, int]]:
    """The address and the process of a server of these scenes, started as `inside` says.

    Raises BenchError.
    """
    words = (*map(str, scenes), "--port", "0", *options)
    command = (*inside, sys.executable, "-m", "citiverse", "serve", *words)
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            line = next((line for line in server.stdout if line.startswith("http")), None)
            if line is None:
                raise BenchError("the server ended before it listened")
            yield line.strip(), server.pid
        finally:
            server.terminate()


def on_one_core(process: int) -> bool:
    """Keeps a process, and what it starts from now on, on the first core it may use.

    False where the system can't.
    """
    if not hasattr(os, "sched_setaffinity"):
        return False
    cores = os.sched_getaffinity(0)
    for thread in (PROCESSES / str(process) / "task").iterdir():
        os.sched_setaffinity(int(thread.name), {min(cores)})
    return True
