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
_NOTHING_KEPT = "PYTHONDONTWRITEBYTECODE"
_LAUNCHER = """
import os, sys, time
silent = [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
began = time.monotonic()
child = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ, file_actions=silent)
_, status, used = os.wait4(child, 0)
print(os.waitstatus_to_exitcode(status), used.ru_utime + used.ru_stime, used.ru_maxrss,
      time.monotonic() - began)
"""


class BenchError(Exception):
    """A measured program failed; its figures would mean nothing."""


@dataclass(frozen=True, slots=True)
class Usage:
    """CPU seconds (user and system), peak resident memory of the largest process, wall seconds."""

    cpu_s: float
    peak_bytes: int
    wall_s: float


def measure(command: Sequence[str], good_exits: Sequence[int] = (0,)) -> Usage:
    """Run a program to its end, silently, and give back what the kernel counted (wait4(2)).

    A small process stands between us and the program: the kernel hands a process's peak memory on
    to the program that it starts, and ours would be counted as the program's.
    Python may keep what it compiles, as it does where programs are installed.
    Raises BenchError with the end of its standard error where it fails.
    """
    done = subprocess.run(
        (sys.executable, "-I", "-S", "-c", _LAUNCHER, *command),
        env={name: said for name, said in os.environ.items() if name != _NOTHING_KEPT},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=True,
    )
    exit_code, cpu_s, peak, wall_s = done.stdout.split()
    if int(exit_code) not in good_exits:
        words = done.stderr[-2000:]
        raise BenchError(f"`{' '.join(command)}` ended with {exit_code}: {words}")
    # Linux counts in KiB, macOS in bytes.
    peak_bytes = int(peak) * (1 if sys.platform == "darwin" else KIBIBYTE)
    return Usage(float(cpu_s), peak_bytes, float(wall_s))
