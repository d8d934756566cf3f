"""Locks between processes: one at a time, seen by others, and open again when a holder is gone."""

from __future__ import annotations

import subprocess
import sys
import threading
from typing import TYPE_CHECKING

from citiverse import lock

if TYPE_CHECKING:
    from pathlib import Path

HOLD = """
import sys, time
from pathlib import Path
from citiverse import lock
with lock.alone(Path(sys.argv[1]), lambda: None):
    print("held", flush=True)
    time.sleep(60)
"""


def test_the_second_is_told_and_waits(tmp_path: Path) -> None:
    path = tmp_path / "new" / "lock"
    waiting, order = threading.Event(), []

    def second() -> None:
        with lock.alone(path, waiting.set):
            order.append("second")

    thread = threading.Thread(target=second)
    with lock.alone(path, lambda: order.append("nobody is there")):
        thread.start()
        assert waiting.wait(10)
        order.append("first")
    thread.join(10)
    assert order == ["first", "second"]


def test_a_lock_of_a_dead_process_is_open(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    command = [sys.executable, "-c", HOLD, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        assert lock.is_used(path)
        holder.kill()
        holder.wait()
    waited: list[str] = []
    with lock.alone(path, lambda: waited.append("in vain")):
        assert not waited


def test_many_may_use_the_same(tmp_path: Path) -> None:
    path = tmp_path / "used"
    assert not lock.is_used(path)
    with lock.in_use(path):
        with lock.in_use(path):
            assert lock.is_used(path)
        assert lock.is_used(path)
    assert not lock.is_used(path)
