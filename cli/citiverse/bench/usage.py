"""What a program costs: CPU time and peak memory of a process and of all it waited for."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

KIBIBYTE = 1024


class BenchError(Exception):
    """A measured program failed; its figures would mean nothing."""


@dataclass(frozen=True, slots=True)
class Usage:
    """CPU seconds (user and system), and the peak resident memory of the largest process."""

    cpu_s: float
    peak_bytes: int


def measure(command: Sequence[str], good_exits: Sequence[int] = (0,)) -> Usage:
    """Run a program to its end, silently, and give back what the kernel counted (getrusage(2)).

    Raises BenchError with the end of its standard error where it fails.
    """
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
    )
    if process.stderr is None:
        raise BenchError("no pipe to the program's standard error")
    with process.stderr:
        words = process.stderr.read()[-2000:]
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in good_exits:
        raise BenchError(f"`{' '.join(command)}` ended with {process.returncode}: {words}")
    # Linux counts in KiB, macOS in bytes.
    scale = 1 if sys.platform == "darwin" else KIBIBYTE
    return Usage(used.ru_utime + used.ru_stime, used.ru_maxrss * scale)
