"""Clients in a process of their own (`tapes`), from connecting to what they heard."""

from __future__ import annotations

import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import msgspec

from citiverse.bench.sensors.tapes import READY, Heard, Order
from citiverse.bench.usage import BenchError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


class Listeners:
    """Connected clients; `heard` is asked once."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def heard(self, expected: Mapping[int, float]) -> Heard:
        """What they heard, and what of the last values of streams they lack. Raises BenchError."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(msgspec.json.encode(dict(expected)).decode(), file=self._process.stdin, flush=True)
        said = self._process.stdout.readline()
        if not said:
            raise BenchError("the clients didn't come through; see above")
        return msgspec.json.decode(said, type=Heard)


@contextmanager
def listening(order: Order) -> Iterator[Listeners]:
    """Clients who are connected and have heard all there is. Raises BenchError."""
    command = (sys.executable, "-m", "citiverse.bench.sensors.tapes")
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        print(msgspec.json.encode(order).decode(), file=process.stdin, flush=True)
        try:
            if process.stdout.readline().strip() != READY:
                raise BenchError(f"{order.count} clients didn't come through; see above")
            yield Listeners(process)
        finally:
            process.terminate()
