"""Measures a shaped line as a client would, before anything is reported of it.

    python -m citiverse.bench.stream.line_check serve HOST
    python -m citiverse.bench.stream.line_check measure HOST PORT BYTES

`serve` prints its port. `measure` prints the round trip and the rate, seconds and bits a second.
"""

from __future__ import annotations

import socket
import statistics
import struct
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from citiverse.bench.stream.line import Line
from citiverse.bench.usage import BenchError

if TYPE_CHECKING:
    from citiverse.bench.stream.network import Network

ROUND_TRIPS = 7
LONGEST_S = 60
TOLERANCE = 0.1
SECONDS_OF_BYTES = 1.5
PIECE = 65_536
# A full Ethernet frame carries 1448 bytes of TCP with time stamps, and is 1514 bytes long.
GOODPUT = 1448 / 1514
SIZE = struct.Struct("<Q")


@dataclass(frozen=True, slots=True)
class Measured:
    """Round trip in seconds; rate of frames in bits a second."""

    rtt_s: float
    rate_bps: float

    def matches(self, line: Line) -> bool:
        """Whether both are within a tenth of what the line should be."""
        return (
            abs(self.rtt_s / line.rtt_s - 1) <= TOLERANCE
            and abs(self.rate_bps / line.rate_bps - 1) <= TOLERANCE
        )


def check(network: Network, line: Line, host: str) -> Measured:
    """Measures the line without its losses and its changes.

    Raises BenchError where it is not what it should be.
    """
    module = (sys.executable, "-m", "citiverse.bench.stream.line_check")
    steady = Line(line.rtt_s, line.rate_bps)
    size = str(round(SECONDS_OF_BYTES * line.rate_bps / 8))
    with (
        network.line(steady),
        subprocess.Popen(
            (*network.server, *module, "serve", host), stdout=subprocess.PIPE, text=True
        ) as server,
    ):
        assert server.stdout is not None
        try:
            port = server.stdout.readline().strip()
            done = subprocess.run(
                (*network.client, *module, "measure", host, port, size),
                capture_output=True,
                text=True,
                timeout=LONGEST_S,
                check=False,
            )
        finally:
            server.terminate()
    if done.returncode:
        raise BenchError(f"the shaped line {line.name} could not be measured: {done.stderr[-500:]}")
    rtt_s, rate_bps = map(float, done.stdout.split())
    measured = Measured(rtt_s, rate_bps)
    if not measured.matches(line):
        raise BenchError(
            f"the shaped line {line.name} is {rtt_s * 1000:.1f} ms and {rate_bps / 1e6:.1f} Mbit/s"
            " by its own measure: this machine is too busy, so nothing is reported"
        )
    return measured


def serve(host: str) -> None:
    """Answers a size with as many bytes, until it is ended."""
    with socket.create_server((host, 0)) as listener:
        print(listener.getsockname()[1], flush=True)
        while True:
            answering = threading.Thread(target=_answer, args=(listener.accept()[0],), daemon=True)
            answering.start()


def _answer(line: socket.socket) -> None:
    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    with line:
        while request := line.recv(SIZE.size, socket.MSG_WAITALL):
            line.sendall(bytes(SIZE.unpack(request)[0]))


def measure(host: str, port: int, size: int) -> Measured:
    """Round trips of a byte, and the rate of the second half of `size` bytes."""
    with socket.create_connection((host, port), timeout=LONGEST_S) as line:
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        trips = []
        for _ in range(ROUND_TRIPS):
            began = time.perf_counter()
            line.sendall(SIZE.pack(1))
            line.recv(1)
            trips.append(time.perf_counter() - began)
        line.sendall(SIZE.pack(size))
        got, half = 0, (0, 0.0)
        while got < size:
            got += len(line.recv(PIECE))
            if not half[0] and got >= size / 2:
                half = (got, time.perf_counter())
        seconds = time.perf_counter() - half[1]
    return Measured(statistics.median(trips), 8 * (got - half[0]) / seconds / GOODPUT)


def main(arguments: list[str]) -> None:
    """`serve` or `measure`."""
    if arguments[0] == "serve":
        serve(arguments[1])
    else:
        measured = measure(arguments[1], int(arguments[2]), int(arguments[3]))
        print(measured.rtt_s, measured.rate_bps)


if __name__ == "__main__":
    main(sys.argv[1:])
