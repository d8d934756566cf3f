"""Runs the tiler on files that may be hostile, each in a forked process with hard limits.

Started as a program it is the cage: it has everything loaded, forks for each line that it reads
(JSON: `file`, `crs`, `place`) and answers with a line (JSON: an `Outcome`).
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, Self

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from citiverse_tiling.options import TileOptions

CPU_LIMIT_S = 20
WALL_LIMIT_S = 120
MEMORY_LIMIT = 4 << 30
"""Address space beyond what is loaded: what is asked for beyond it is a MemoryError."""
MOST_GROWTH = 400 << 20
"""Resident memory that a small file may take beyond what is loaded."""
MOST_OUTPUT = 200 << 20
SAMPLE_S = 0.01

DONE, REFUSED, CRASHED = 0, 10, 11
PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True)
class Outcome:
    """How one file fared: "done" and "refused" are good, all else is a bug."""

    word: str
    detail: str
    seconds: float
    growth: int

    @property
    def is_good(self) -> bool:
        return self.word in ("done", "refused")


class Cage:
    """The other end of the pipe to a cage; a context manager."""

    def __init__(self) -> None:
        environment = os.environ | {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
        self._process = subprocess.Popen(
            (sys.executable, __file__),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
            text=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()

    def run(
        self, file: Path, crs: str | None = None, place: tuple[float, float] | None = None
    ) -> Outcome:
        """Glance at, describe, tile and check one file."""
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        stdin.write(json.dumps({"file": str(file), "crs": crs, "place": place}) + "\n")
        stdin.flush()
        return Outcome(**json.loads(stdout.readline()))


def serve() -> None:
    """Answer each line of standard input on standard output."""
    from citiverse_tiling.check import check
    from citiverse_tiling.errors import TilingError
    from citiverse_tiling.glance import citygml_excerpt, cityjson_excerpt
    from citiverse_tiling.info import describe_file
    from citiverse_tiling.options import LocalPlace, TileOptions, silent
    from citiverse_tiling.pipeline import tile

    def whole(options: TileOptions) -> None:
        for kind in (citygml_excerpt, cityjson_excerpt):
            with tempfile.TemporaryDirectory(dir=options.output.parent) as looks:
                kind.excerpt(list(options.inputs), lambda: 0.0, 1.0, Path(looks))
        describe_file(options.inputs[0], options.crs, options.place, silent)
        done = tile(options)
        assert not done.report.unbalanced
        findings = check(options.output)
        assert not findings, findings[0]

    room = "/dev/shm" if Path("/dev/shm").is_dir() else None
    for line in sys.stdin:
        given = json.loads(line)
        folder = Path(tempfile.mkdtemp(prefix="cage-", dir=room))
        place = LocalPlace(*given["place"]) if given["place"] else None
        options = TileOptions((Path(given["file"]),), folder / "scene", given["crs"], place)
        outcome = caged(partial(whole, options), (TilingError,), folder / "words")
        shutil.rmtree(folder)
        print(json.dumps(asdict(outcome)), flush=True)


def caged(work: Callable[[], None], refusals: tuple[type[Exception], ...], words: Path) -> Outcome:
    """Do the work in a forked process and say how that ended."""
    before, started = _resident(os.getpid()), time.monotonic()
    child = os.fork()
    if child == 0:
        _work_in_cage(work, refusals, words)
    peak = before
    for now in _until_ended(child):
        peak = max(peak, now)
        if time.monotonic() - started > WALL_LIMIT_S:
            os.kill(child, signal.SIGKILL)
    _, status, _ = os.wait4(child, 0)
    seconds, growth = time.monotonic() - started, max(0, peak - before)
    said = words.read_text(errors="replace") if words.is_file() else ""
    code = os.waitstatus_to_exitcode(status)
    if code in (-signal.SIGXCPU, -signal.SIGKILL):
        return Outcome("hung", f"after {seconds:.0f} s", seconds, growth)
    if code not in (DONE, REFUSED):
        return Outcome("crashed", said or f"ended with {code}", seconds, growth)
    if growth > MOST_GROWTH:
        return Outcome("took too much memory", f"{growth >> 20} MB; {said}", seconds, growth)
    return Outcome("done" if code == DONE else "refused", said, seconds, growth)


def _until_ended(child: int) -> Iterator[int]:
    """The resident memory of a process, again and again until it has ended."""
    while os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
        yield _resident(child)
        time.sleep(SAMPLE_S)


def _resident(process: int) -> int:
    """Memory of its own. Files in memory don't count: a fork begins without those of its parent."""
    try:
        _, resident, shared, *_ = Path(f"/proc/{process}/statm").read_text().split()
    except (OSError, ValueError):
        return 0
    return (int(resident) - int(shared)) * PAGE


def _work_in_cage(
    work: Callable[[], None], refusals: tuple[type[Exception], ...], words: Path
) -> NoReturn:
    """In the forked process: limits, the work, and an exit code that says how it went."""
    loaded = int(Path("/proc/self/statm").read_text().split()[0]) * PAGE
    resource.setrlimit(resource.RLIMIT_AS, (loaded + MEMORY_LIMIT,) * 2)
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_LIMIT_S,) * 2)
    resource.setrlimit(resource.RLIMIT_FSIZE, (MOST_OUTPUT,) * 2)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with Path(os.devnull).open("w") as silence:
        os.dup2(silence.fileno(), 1)
        os.dup2(silence.fileno(), 2)
    code = CRASHED
    try:
        work()
        code = DONE
    except refusals as error:
        words.write_text(str(error))
        code = REFUSED
    except BaseException:
        words.write_text(traceback.format_exc()[-4000:])
    finally:
        os._exit(code)


if __name__ == "__main__":
    serve()
