"""The wire: moves Ethernet frames between two interfaces as a `Line` says, until it is ended.

    python -m citiverse.bench.stream.relay INTERFACE INTERFACE RTT_S RATE_BPS LOSS MOBILE

is started by `network` inside a namespace of its own. It says "ready" once it listens.
"""

from __future__ import annotations

import contextlib
import os
import select
import socket
import sys
import time

from citiverse.bench.stream.line import Direction, Line

EVERY_PROTOCOL = 3
"""ETH_P_ALL of linux/if_ether.h: frames of any kind."""
SO_RCVBUFFORCE = 33
RECEIVE_BYTES = 8 * 1024 * 1024
LONGEST_FRAME = 65_536
LONGEST_WAIT_S = 0.05


def main(arguments: list[str]) -> None:
    """Move frames until somebody ends it."""
    client, server, rtt_s, rate_bps, loss, mobile = arguments
    line = Line(float(rtt_s), float(rate_bps), float(loss), mobile == "mobile")
    with contextlib.suppress(OSError):
        os.nice(-15)
    with _tap(client) as near, _tap(server) as far:
        began = time.monotonic()
        print("ready", flush=True)
        _move(near, far, Direction(line, began, 0), Direction(line, began, 1))


def _tap(interface: str) -> socket.socket:
    tap = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(EVERY_PROTOCOL))
    tap.bind((interface, EVERY_PROTOCOL))
    tap.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, RECEIVE_BYTES)
    tap.setblocking(False)
    return tap


def _move(near: socket.socket, far: socket.socket, up: Direction, down: Direction) -> None:
    ways = ((near, up, far), (far, down, near))
    while True:
        arrivals = [at for _, way, _ in ways if (at := way.next_arrival) is not None]
        wait = min((at - time.monotonic() for at in arrivals), default=LONGEST_WAIT_S)
        ready, _, _ = select.select((near, far), (), (), min(max(0.0, wait), LONGEST_WAIT_S))
        for source, way, target in ways:
            if source in ready:
                _read(source, way)
            for frame in way.take(time.monotonic()):
                # A full queue of the interface drops the frame, as any wire's end may.
                with contextlib.suppress(OSError):
                    target.send(frame)


def _read(source: socket.socket, way: Direction) -> None:
    with contextlib.suppress(BlockingIOError):
        while True:
            frame, address = source.recvfrom(LONGEST_FRAME)
            if address[2] != socket.PACKET_OUTGOING:
                way.offer(frame, time.monotonic())


if __name__ == "__main__":
    main(sys.argv[1:])
