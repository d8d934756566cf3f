"""`citiverse bench sensors`: values to many clients beside nats-server, and what they cost."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import os
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from citiverse.bench.row import Row
from citiverse.bench.sensors import engine, nats, publishing, subscriber, town
from citiverse.bench.sensors.listening import listening
from citiverse.bench.sensors.tapes import Heard, Order
from citiverse.bench.serving import serving
from citiverse.bench.usage import BenchError
from citiverse.commands import demo
from citiverse_server.observations.keeper import open_store
from citiverse_server.observations.store import Retention, Span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from citiverse.bench.sensors.publishing import Published

FANOUTS = ((200, 300), (1000, 20))
FULL_SECONDS, QUICK_SECONDS = 10, 4
FULL_ROUNDS, QUICK_ROUNDS = 3, 1
SETTLE_S = 1.5
FANOUT_GOAL = 1.5
WALKERS, SENSORS, PER_SECOND, SIDE_M = 200, 10_000, 5000, 5000.0
ADDED_GOAL_MS, STALENESS_GOAL_MS, FEWER_GOAL, ARRIVAL_GOAL_S = 20.0, 150.0, 20.0, 1.0
INGEST_STREAMS, FULL_INGEST, QUICK_INGEST = 1000, 200_000, 60_000
INGEST_GOAL = 20_000.0
TIMEOUT_S = 60.0
BOUND_S = 3.0
"""New sensors are looked for in a scene once a second, and told."""
OBSERVATIONS = "citiverse_observations_total"
KILOBYTE = 1000


def run(quick: bool) -> Iterator[Row]:
    """The engine alone, fan-out, a city of sensors, and ingest. Raises BenchError."""
    yield from engine.rows(quick)
    rounds = QUICK_ROUNDS if quick else FULL_ROUNDS
    seconds = QUICK_SECONDS if quick else FULL_SECONDS
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        scene = demo.prepare(folder) / demo.NAME
        for clients, rate in FANOUTS:
            yield from _fanout_rows(scene, folder, (clients, rate, seconds), rounds)
        city = town.widened(scene, folder / "wide", SIDE_M)
        yield from _city_rows(city, folder, seconds, rounds)
        yield _ingest_row(scene, folder, QUICK_INGEST if quick else FULL_INGEST)


def _fanout_rows(
    scene: Path, folder: Path, load: tuple[int, int, int], rounds: int
) -> Iterator[Row]:
    clients, rate, seconds = load
    pairs = []
    for number in range(rounds):
        theirs = _theirs(folder / f"nats-{clients}-{number}", load)
        pairs.append((_ours(scene, folder / f"ours-{clients}-{number}", load), theirs))
    about = (
        f"nats-server's WebSocket in turn, {clients} clients × {rate} values/s, {seconds} s,"
        f" loopback, load {os.getloadavg()[0]:.1f}"
    )
    name = f"fanout_{clients}x{rate}"
    ratios = tuple(ours.p99_ms / theirs.p99_ms for (ours, _), (theirs, _) in pairs)
    yield Row("sensors", f"{name}_p99", ratios, "times", about, FANOUT_GOAL)
    for who, which in (("ours", 0), ("nats", 1)):
        heard = [pair[which][0] for pair in pairs]
        yield Row("sensors", f"{name}_p50_{who}", _each(heard, "p50_ms"), "ms", about)
        yield Row("sensors", f"{name}_p99_{who}", _each(heard, "p99_ms"), "ms", about)
    lost = tuple(float(ours.lost) for (ours, _), _ in pairs)
    last = "the last value of each stream at each client"
    yield Row("sensors", f"{name}_lost", lost, "values", last, 0.0)
    told = tuple(ours.values / (done.count * clients) for (ours, done), _ in pairs)
    every = "every value at every client; what is replaced within a tenth of a second is left out"
    yield Row("sensors", f"{name}_told", told, "share", every)


def _each(heard: list[Heard], key: str) -> tuple[float, ...]:
    return tuple(float(getattr(one, key)) for one in heard)


def _theirs(folder: Path, load: tuple[int, int, int]) -> tuple[Heard, Published]:
    clients, rate, seconds = load
    with (
        nats.running(folder) as broker,
        listening(Order("nats", "127.0.0.1", broker.websocket, clients)) as listeners,
        socket.create_connection(("127.0.0.1", broker.port)) as line,
    ):
        line.sendall(b'CONNECT {"verbose": false}\r\n')
        done = publishing.publish(line, publishing.nats_line, rate, rate, seconds)
        time.sleep(SETTLE_S)
        return listeners.heard(done.last), done


def _ours(scene: Path, folder: Path, load: tuple[int, int, int]) -> tuple[Heard, Published]:
    clients, rate, seconds = load
    folder.mkdir()
    town.write_nowhere(folder / "sensors.toml", rate)
    with _fed(scene, folder / "sensors.toml", clients) as (address, door):
        order = _order(address, scene, clients)
        with (
            listening(order) as listeners,
            socket.create_connection(("127.0.0.1", door)) as line,
        ):
            done = publishing.publish(line, publishing.door_line, rate, rate, seconds)
            time.sleep(SETTLE_S)
            return listeners.heard(done.last), done


def _order(
    address: str, scene: Path, count: int, places: list[tuple[float, float, float]] | None = None
) -> Order:
    parts = urlsplit(address)
    return Order("citiverse", str(parts.hostname), parts.port or 0, count, scene.name, places or [])


@contextlib.contextmanager
def _fed(scene: Path, sensors: Path, clients: int) -> Iterator[tuple[str, int]]:
    """The address of our server, and the port of the door for readings."""
    door = nats.free_port()
    words = (str(scene), str(sensors), str(door), str(clients + 1))
    command = (sys.executable, "-m", "citiverse.bench.sensors.fed", *words)
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            line = next((line for line in server.stdout if line.startswith("http")), None)
            if line is None:
                raise BenchError("the server ended before it listened")
            yield line.strip(), door
        finally:
            server.kill()


def _city_rows(scene: Path, folder: Path, seconds: int, rounds: int) -> Iterator[Row]:
    """10,000 sensors all over a city, heard from a broker by walkers all over it."""
    about = (
        f"{WALKERS} walkers among {SENSORS:,} sensors on {SIDE_M / 1000:.0f} km ×"
        f" {SIDE_M / 1000:.0f} km, {PER_SECOND:,} observations/s by MQTT, {seconds} s, loopback"
    )
    added, stale, fewer, lost, arrival, each = [], [], [], [], [], []
    for number in range(rounds):
        city = _city(scene, folder / f"city-{number}", seconds)
        ours, everything, alone_ms, late = city
        added.append(ours.p99_ms - alone_ms)
        stale.append(ours.p99_ms)
        fewer.append(everything.bytes / (ours.bytes / WALKERS))
        each.append(ours.bytes / WALKERS / seconds / KILOBYTE)
        lost.append(float(ours.lost))
        arrival.append(late.arrival_s)
    alone = f"{about}; the broker alone at the same time"
    yield Row("sensors", "mqtt_to_client_added_p99", tuple(added), "ms", alone, ADDED_GOAL_MS)
    yield Row("sensors", "staleness_near_p99", tuple(stale), "ms", about, STALENESS_GOAL_MS)
    feed = f"{about}; the same feed as nats-server sends it to each by WebSocket"
    yield Row("sensors", "fewer_bytes_per_client", tuple(fewer), "times", feed, FEWER_GOAL, "min")
    yield Row("sensors", "bytes_per_client", tuple(each), "kB/s", about)
    near = f"{about}; the last value of what is near each"
    yield Row("sensors", "near_lost", tuple(lost), "values", near, 0.0)
    joined = f"one who comes late among {SENSORS:,} sensors: all of them and their values"
    yield Row("sensors", "late_joiner", tuple(arrival), "s", joined, ARRIVAL_GOAL_S)


def _city(scene: Path, folder: Path, seconds: int) -> tuple[Heard, Heard, float, Heard]:
    """What walkers heard, what one heard of the whole feed, the broker's p99, and a late joiner."""
    folder.mkdir()
    file = folder / "sensors.toml"
    walkers = town.spread(WALKERS, SIDE_M, seed=2).tolist()
    places = [(x, y, z) for x, y, z in walkers]
    with nats.running(folder / "broker") as broker:
        url = f"mqtt://127.0.0.1:{broker.mqtt}"
        town.write_spread(file, scene, town.spread(SENSORS, SIDE_M, seed=1), url)
        sessions = ("--sensors", str(file), "--max-sessions", str(WALKERS + 1))
        with serving([scene], *sessions) as (address, _):
            with publishing.mqtt_connection(broker.mqtt, b"first") as line:
                # The server learns of each sensor with its first word.
                packet = publishing.mqtt_packet
                _await_listening(address, line)
                publishing.publish(line, packet, SENSORS, PER_SECOND, SENSORS / PER_SECOND + 1.0)
                _await(address, "citiverse_datastreams", SENSORS)
            time.sleep(BOUND_S)
            command = (sys.executable, "-m", "citiverse.bench.sensors.subscriber")
            with (
                listening(_order(address, scene, WALKERS, places)) as listeners,
                listening(Order("nats", "127.0.0.1", broker.websocket, 1)) as whole,
                publishing.mqtt_connection(broker.mqtt, b"bench") as line,
                subprocess.Popen(
                    (*command, str(broker.mqtt)), stdout=subprocess.PIPE, text=True
                ) as alone,
            ):
                assert alone.stdout is not None
                if alone.stdout.readline().strip() != subscriber.READY:
                    raise BenchError("the broker doesn't take a subscriber")
                done = publishing.publish(line, packet, SENSORS, PER_SECOND, seconds)
                time.sleep(SETTLE_S)
                ours, everything = listeners.heard(done.last), whole.heard(done.last)
                alone_ms = float(alone.stdout.readline())
            with listening(_order(address, scene, 1, places[:1])) as one:
                late = one.heard({})
    if late.sensors != SENSORS or ours.sensors != SENSORS:
        raise BenchError(f"clients were told of {ours.sensors} and {late.sensors} sensors")
    return ours, everything, alone_ms, late


def _ingest_row(scene: Path, folder: Path, count: int) -> Row:
    """As fast as they are taken; then the server is killed, and what is on the disk counts."""
    place = folder / "ingest"
    place.mkdir()
    file = place / "sensors.toml"
    town.write_nowhere(file, INGEST_STREAMS)
    with (
        _fed(scene, file, 1) as (address, door),
        socket.create_connection(("127.0.0.1", door)) as line,
    ):
        began = time.monotonic()
        for at in range(0, count, INGEST_STREAMS):
            some = (
                publishing.door_line(number, publishing.payload_now(float(at + number))[0])
                for number in range(INGEST_STREAMS)
            )
            line.sendall(b"".join(some))
        _await(address, OBSERVATIONS, count)
        took = time.monotonic() - began
    kept = asyncio.run(_kept(place / "sensors.state"))
    about = f"{count:,} observations of {INGEST_STREAMS:,} streams at once; on the disk after kill"
    return Row("sensors", "ingest_to_disk", (kept / took,), "1/s", about, INGEST_GOAL, "min")


def _await_listening(address: str, line: socket.socket) -> None:
    """What is published before somebody has subscribed is heard by nobody (MQTT 3.1.1, 3.8.4)."""
    until = time.monotonic() + TIMEOUT_S
    while _metric(address, OBSERVATIONS) == 0:
        if time.monotonic() > until:
            raise BenchError("the server doesn't hear the broker")
        line.sendall(publishing.mqtt_packet(0, publishing.payload_now()[0]))
        time.sleep(0.2)


def _await(address: str, name: str, count: int) -> None:
    until = time.monotonic() + TIMEOUT_S
    while (now := _metric(address, name)) < count:
        if time.monotonic() > until:
            raise BenchError(f"{name} is {now} after {TIMEOUT_S:.0f} s, and {count} were sent")
        time.sleep(0.02)


def _metric(address: str, name: str) -> int:
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=TIMEOUT_S)
    with contextlib.closing(connection):
        connection.request("GET", "/metrics")
        for line in connection.getresponse().read().decode().splitlines():
            if line.startswith(f"{name} "):
                return int(float(line.split()[1]))
    return 0


async def _kept(state: Path) -> int:
    store = open_store(state, Retention())
    always = Span(0, 1 << 62)
    count = 0
    for number in range(INGEST_STREAMS):
        batch = await store.history(store.row(f"bench-{number}"), always, 1 << 20)
        count += len(batch.rows)
    await store.close()
    return count
