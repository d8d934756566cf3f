"""`citiverse bench stream`: time to the complete view over shaped lines, ours beside a peer's."""

from __future__ import annotations

import os
import sys
import tempfile
from contextlib import ExitStack, nullcontext
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from ipaddress import ip_address
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

from citiverse.bench import browser as browsers
from citiverse.bench.stream import line_check, network, report, servers, visits
from citiverse.bench.stream.line import MEGABIT, Line
from citiverse.bench.stream.report import System
from citiverse.bench.usage import BenchError
from citiverse.certificates import Files, make
from citiverse.commands import demo

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from playwright.sync_api import Browser

    from citiverse.bench.row import Row
    from citiverse.bench.stream.network import Network
    from citiverse.bench.stream.servers import PeerServer
    from citiverse.bench.stream.visits import Visit

FULL_RUNS, QUICK_RUNS = 5, 3
TRIES = 3
LINES = (
    *(Line(rtt / 1000, rate * MEGABIT) for rtt, rate in product((20, 50, 150), (5, 20, 100))),
    Line(0.05, 20 * MEGABIT, loss=0.01),
    Line(0.06, 20 * MEGABIT, mobile=True),
)
QUICK_LINES = (Line(0.05, 20 * MEGABIT), Line(0.15, 20 * MEGABIT))
LOOPBACK = "127.0.0.1"
PAINTED = (System("ours", "http2"), System("tuned", "http2"))
PEER_KINDS: tuple[report.Kind, ...] = ("default", "tuned", "inlined")


@dataclass(frozen=True, slots=True)
class Contender:
    """A system, and how one visits it: with its picture painted or not."""

    system: System
    visit: Callable[[bool], Visit]

    def painted(self) -> Contender:
        """The same, with its picture painted."""
        return Contender(replace(self.system, painted=True), self.visit)


def run(quick: bool) -> Iterator[Row]:
    """All figures of the demo town from where visitors start. Raises BenchError."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        scene = demo.prepare(folder) / demo.NAME
        net = stack.enter_context(network.shaped("stream"))
        browser = stack.enter_context(browsers.opened("stream", net.client if net else ()))
        if browser is None:
            return
        inside, host = (net.server, network.SERVER_HOST) if net else ((), LOOPBACK)
        tls = Files(folder / "tls")
        make(tls, (ip_address(host),), datetime.now(UTC))
        ours: dict[report.Protocol, str] = {
            "http1": stack.enter_context(servers.ours(scene, inside, host)),
            "http2": stack.enter_context(servers.ours(scene, inside, host, tls)),
        }
        peers = stack.enter_context(servers.peers(scene, inside, host, folder, tls))
        lines: tuple[Line | None, ...] = (None,)
        if net is not None:
            lines = QUICK_LINES if quick else LINES
        for line in lines:
            _check(net, line)
        with _laid(net, lines[0]):
            contenders = (*_ours(browser, ours), *_peers(browser, scene, peers))
        runs = QUICK_RUNS if quick else FULL_RUNS
        yield from _race(net, lines, contenders, runs)


def _race(
    net: Network | None,
    lines: tuple[Line | None, ...],
    contenders: tuple[Contender, ...],
    runs: int,
) -> Iterator[Row]:
    """Everyone visits over every line, in turns, then the next run."""
    painted = tuple(one.painted() for one in contenders if one.system in PAINTED)
    plan = {line: (*contenders, *(painted if line == lines[0] else ())) for line in lines}
    seen: dict[Line | None, report.Visits] = {
        line: {one.system: [] for one in plan[line]} for line in lines
    }
    loads = []
    for number, line in product(range(runs), lines):
        for one in plan[line]:
            with _laid(net, line):
                seen[line][one.system].append(one.visit(one.system.painted))
            loads.append(os.getloadavg()[0])
        name = line.name if line else "loopback"
        print(f"bench stream: run {number + 1} of {runs} over {name}", file=sys.stderr)
    about = _about(net, min(loads), max(loads))
    yield from report.size_rows(seen[lines[0]], about)
    for line in lines:
        yield from report.rows(line, seen[line], about)


def _ours(browser: Browser, addresses: Mapping[report.Protocol, str]) -> Iterator[Contender]:
    for protocol, address in addresses.items():
        yield Contender(System("ours", protocol), partial(visits.our_visit, browser, address))


def _peers(browser: Browser, scene: Path, peers: PeerServer | None) -> Iterator[Contender]:
    if peers is None:
        return
    tileset = f"/{servers.SCENE}/tileset.json"
    queries = {tuned: visits.peer_query(scene, tileset, tuned) for tuned in (False, True)}
    visits.write_inlined(browser, f"{peers.http1}/index.html?{queries[True]}", peers.root)
    pages = {
        "default": f"index.html?{queries[False]}",
        "tuned": f"index.html?{queries[True]}",
        "inlined": f"inlined.html?{queries[True]}",
    }
    roots: tuple[tuple[report.Protocol, str], ...] = (
        ("http1", peers.http1),
        ("http2", peers.http2),
    )
    for kind, (protocol, root) in product(PEER_KINDS, roots):
        address = f"{root}/{pages[kind]}"
        yield Contender(System(kind, protocol), partial(visits.peer_visit, browser, address))


def _check(net: Network | None, line: Line | None) -> None:
    """Says what a line is by its own measure. Raises BenchError where it is another."""
    if net is None or line is None:
        return
    for tries_left in reversed(range(TRIES)):
        try:
            measured = line_check.check(net, line, network.SERVER_HOST)
        except BenchError:
            if tries_left:
                continue
            raise
        rtt_ms, rate = measured.rtt_s * 1000, measured.rate_bps / MEGABIT
        told = f"bench stream: {line.name} measures {rtt_ms:.1f} ms and {rate:.1f} Mbit/s"
        print(told, file=sys.stderr)
        return


def _laid(net: Network | None, line: Line | None) -> network.Laid:
    return nullcontext() if net is None or line is None else net.line(line)


def _about(net: Network | None, least_load: float, most_load: float) -> str:
    way = "loopback" if net is None else f"namespaces and a delaying relay, TCP {net.congestion}"
    return (
        f"demo town, {visits.WIDTH} × {visits.HEIGHT}, {visits.ERROR_PX:g} px, nothing painted"
        f" (with `painted`: in software), empty cache, {way}, 3d-tiles-renderer 0.5.3 on nginx,"
        f" load of the machine {least_load:.1f} to {most_load:.1f}"
    )
