"""Three network namespaces in a row, client – wire – server, where root can make them.

The two ends are joined by a relay in the middle (`relay`), so that real sockets meet real delay:
TCP and TLS shake hands, start slowly and recover as they do on a line. Names carry the process id;
what a bench that was killed has left behind is cleared away by the next one.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import os
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from citiverse.bench.usage import BenchError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from citiverse.bench.stream.line import Line

PARTS = ("client", "wire", "server")
NAMESPACE = re.compile(r"^citiverse-(\d+)-(client|wire|server)\b", re.MULTILINE)
CLIENT_HOST, SERVER_HOST = "10.119.7.1", "10.119.7.2"
PREFIX = 24
IP = shutil.which("ip") or ""
CONGESTION = ("cubic", "reno")
"""The usual congestion control; and what every kernel lets a namespace have."""
LONGEST_RUN_S = 20
# linux/sockios.h and linux/ethtool.h.
SIOCETHTOOL = 0x8946
SWITCHES = {"rx": 0x15, "tx": 0x17, "sg": 0x19, "tso": 0x1F, "gso": 0x24, "gro": 0x2C}


Laid: TypeAlias = contextlib.AbstractContextManager[None]
"""A line for as long as the block lasts; nothing where there is no network."""


@dataclass(frozen=True, slots=True)
class Network:
    """Commands that begin with `client` or `server` run at that end.

    `congestion` is the congestion control of both ends.
    """

    client: tuple[str, ...]
    wire: tuple[str, ...]
    server: tuple[str, ...]
    interfaces: tuple[str, str]
    congestion: str

    @contextlib.contextmanager
    def line(self, line: Line) -> Iterator[None]:
        """Joins both ends by a fresh line, whose trace begins now."""
        mobile = "mobile" if line.mobile else "steady"
        numbers = (str(line.rtt_s), str(line.rate_bps), str(line.loss), mobile)
        module = ("-m", "citiverse.bench.stream.relay")
        command = (*self.wire, sys.executable, *module, *self.interfaces, *numbers)
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as relay:
            assert relay.stdout is not None
            try:
                if relay.stdout.readline() != "ready\n":
                    raise BenchError("the relay of the shaped network didn't start")
                yield
            finally:
                relay.terminate()


@contextlib.contextmanager
def shaped(bench: str) -> Iterator[Network | None]:
    """The three namespaces; None, and a word why, where they can't be had."""
    reason = _hindrance()
    if reason is None:
        _clear_stale()
        try:
            with _ended_by_signals(), _made(os.getpid()) as network:
                yield network
                return
        except _Refused as refused:
            reason = str(refused)
    print(f"bench {bench}: no shaped network ({reason}): loopback alone.", file=sys.stderr)
    yield None


class _Refused(Exception):
    """The kernel doesn't make what a shaped network needs."""


def _hindrance() -> str | None:
    if not sys.platform.startswith("linux"):
        return "it needs Linux"
    if os.geteuid() != 0:
        return "it needs root"
    return None if IP else "it needs the program ip of iproute2"


@contextlib.contextmanager
def _ended_by_signals() -> Iterator[None]:
    """SIGTERM unwinds as Ctrl-C does, so that everything is cleared away."""
    former = signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, former)


@contextlib.contextmanager
def _made(number: int) -> Iterator[Network]:
    names = [f"citiverse-{number}-{part}" for part in PARTS]
    ends = [f"cv{number}{end}" for end in ("c", "d", "r", "s")]
    inside = [(IP, "netns", "exec", name) for name in names]
    client, wire, server = names
    try:
        for name in names:
            _ip("netns", "add", name)
            _ip("-n", name, "link", "set", "lo", "up")
        for left, right in (ends[:2], ends[2:]):
            _ip("link", "add", left, "type", "veth", "peer", "name", right)
        for end, name in zip(ends, (client, wire, wire, server), strict=True):
            _whole_frames(end)
            _ip("link", "set", end, "netns", name)
        _ip("-n", client, "address", "add", f"{CLIENT_HOST}/{PREFIX}", "dev", ends[0])
        _ip("-n", server, "address", "add", f"{SERVER_HOST}/{PREFIX}", "dev", ends[3])
        for end, name in zip(ends, (client, wire, wire, server), strict=True):
            _ip("-n", name, "link", "set", end, "up")
        congestion = {_plain_tcp(command) for command in (inside[0], inside[2])}
        yield Network(inside[0], inside[1], inside[2], (ends[1], ends[2]), congestion.pop())
    finally:
        for name in names:
            _remove(name)
        for end in ends:
            _ip("link", "delete", end, must=False)


def _plain_tcp(inside: tuple[str, ...]) -> str:
    """What the system was told otherwise doesn't count, nor what it learnt of the line before.

    Gives back the congestion control.
    """
    if not _set(inside, "tcp_no_metrics_save", "1"):
        raise _Refused("TCP can't be told to forget the line before")
    for name in CONGESTION:
        if _set(inside, "tcp_congestion_control", name):
            return name
    raise _Refused(f"TCP can't be told to use {' or '.join(CONGESTION)}")


def _set(inside: tuple[str, ...], name: str, value: str) -> bool:
    script = f"echo {value} > /proc/sys/net/ipv4/{name}"
    done = subprocess.run((*inside, "sh", "-c", script), capture_output=True, check=False)
    return done.returncode == 0


def _whole_frames(interface: str) -> None:
    """Switches off what hands over many frames as one, which no line would carry."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        for command in SWITCHES.values():
            value = ctypes.create_string_buffer(struct.pack("II", command, 0))
            request = struct.pack("16sP", interface.encode(), ctypes.addressof(value))
            try:
                fcntl.ioctl(control, SIOCETHTOOL, request.ljust(40, b"\0"))
            except OSError as error:
                raise _Refused(f"offloads of a virtual interface stay on: {error}") from None


def _ip(*arguments: str, must: bool = True) -> str:
    done = subprocess.run(
        (IP, *arguments), capture_output=True, text=True, timeout=LONGEST_RUN_S, check=False
    )
    if done.returncode and must:
        raise _Refused(done.stderr.strip() or f"ip {' '.join(arguments)} failed")
    return done.stdout


def _clear_stale() -> None:
    """Removes the namespaces of benches that are gone, with what still runs in them."""
    for number, part in NAMESPACE.findall(_ip("netns", "list", must=False)):
        if not Path("/proc", number).exists():
            _remove(f"citiverse-{number}-{part}")


def _remove(name: str) -> None:
    """Ends what runs in a namespace of ours, then takes it away."""
    for _ in range(20):
        running = _ip("netns", "pids", name, must=False).split()
        for number in running:
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(number), signal.SIGKILL)
        if not running:
            break
        time.sleep(0.05)
    _ip("netns", "delete", name, must=False)
