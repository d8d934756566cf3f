"""Measures a shaped line as a client would, before anything is reported of it.

    python -m citiverse.bench.stream.line_check serve HOST
    python -m citiverse.bench.stream.line_check measure HOST PORT BITS_A_SECOND

`serve` prints its port. `measure` prints the round trip and the rate, seconds and bits a second.
The rate is taken with datagrams: TCP slows down by itself where a long line drops a frame.
"""

from __future__ import annotations

import contextlib
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
SECONDS = 1.5
# More than the line carries, so that it is always full.
PRESSURE = 1.2
DATAGRAM = bytes(1448)
# Ethernet, IP and UDP.
HEADERS_BYTES = 14 + 20 + 8
SILENCE_S = 1.0
RECEIVE_BYTES = 4_194_304
REQUEST = struct.Struct("<dH")


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
                (*network.client, *module, "measure", host, port, str(line.rate_bps)),
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
    """Sends a byte back for each request, and the datagrams that it asks for, until it is ended."""
    with socket.create_server((host, 0)) as listener:
        print(listener.getsockname()[1], flush=True)
        while True:
            answering = threading.Thread(target=_answer, args=(listener.accept()[0],), daemon=True)
            answering.start()


def _answer(line: socket.socket) -> None:
    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    with line:
        while request := line.recv(REQUEST.size, socket.MSG_WAITALL):
            line.sendall(b"!")
            rate_bps, port = REQUEST.unpack(request)
            if rate_bps:
                _fill((line.getpeername()[0], port), PRESSURE * rate_bps)


def _fill(address: tuple[str, int], rate_bps: float) -> None:
    """Sends datagrams at a steady rate."""
    frame_s = 8 * (len(DATAGRAM) + HEADERS_BYTES) / rate_bps
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
        began = time.perf_counter()
        for sent in range(round(SECONDS / frame_s)):
            time.sleep(max(0.0, began + sent * frame_s - time.perf_counter()))
            out.sendto(DATAGRAM, address)


def measure(host: str, port: int, rate_bps: float) -> Measured:
    """Round trips of a byte, and the rate at which datagrams come."""
    with (
        socket.create_connection((host, port), timeout=LONGEST_S) as line,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams,
    ):
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        trips = []
        for _ in range(ROUND_TRIPS):
            began = time.perf_counter()
            line.sendall(REQUEST.pack(0.0, 0))
            line.recv(1)
            trips.append(time.perf_counter() - began)
        datagrams.bind((line.getsockname()[0], 0))
        datagrams.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BYTES)
        datagrams.settimeout(SILENCE_S)
        line.sendall(REQUEST.pack(rate_bps, datagrams.getsockname()[1]))
        return Measured(statistics.median(trips), _rate(datagrams))


def _rate(datagrams: socket.socket) -> float:
    """Bits of frames a second between the first datagram and the last."""
    arrivals = []
    with contextlib.suppress(TimeoutError):
        while True:
            datagrams.recv(len(DATAGRAM))
            arrivals.append(time.perf_counter())
    bits = 8 * (len(DATAGRAM) + HEADERS_BYTES) * (len(arrivals) - 1)
    return bits / (arrivals[-1] - arrivals[0])


def main(arguments: list[str]) -> None:
    """`serve` or `measure`."""
    if arguments[0] == "serve":
        serve(arguments[1])
    else:
        measured = measure(arguments[1], int(arguments[2]), float(arguments[3]))
        print(measured.rtt_s, measured.rate_bps)


if __name__ == "__main__":
    main(sys.argv[1:])
