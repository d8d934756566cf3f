"""A server that is killed again and again while several clients comment, and what is left then."""

from __future__ import annotations

import asyncio
import contextlib
import random
import sqlite3
import subprocess
import sys
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgpack
import websockets

from server.stranger import Stranger

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

WRITERS = 6
# One session may send so many at once.
COMMENTS_A_SESSION = 5
MOST_ACKNOWLEDGED_A_LIFE = 60
PATIENCE_S = 60.0


@dataclass
class Ledger:
    """What the clients know: the texts that they want said, and the ids of those acknowledged."""

    wanted: dict[str, str] = field(default_factory=dict)
    acknowledged: dict[str, int] = field(default_factory=dict)
    reached: asyncio.Event = field(default_factory=asyncio.Event)
    target: int = 0

    def await_more(self, count: int) -> None:
        """`reached` is set when so many more are acknowledged."""
        self.target = len(self.acknowledged) + count
        self.reached.clear()

    def acknowledge(self, key: str, number: int) -> None:
        """The server says that it has it; it must never say otherwise later."""
        assert self.acknowledged.setdefault(key, number) == number
        if len(self.acknowledged) >= self.target:
            self.reached.set()

    def next_key(self, writer: int, count: int) -> str:
        """A new comment of a writer."""
        key = f"writer-{writer}-comment-{count}"
        self.wanted[key] = f"Said by {writer}, number {count}"
        return key


@dataclass(frozen=True)
class Found:
    """What the disk holds in the end: how often each text, and the id of each key."""

    texts: Counter[str]
    ids: dict[str, int]


async def kill_and_kill_again(
    scene: Path, state: Path, kills: int, seed: int
) -> tuple[Ledger, Found]:
    """Kills the server so many times, at random acknowledgements; then lets all be said."""
    chance = random.Random(seed)
    ledger = Ledger()
    async with asyncio.timeout(PATIENCE_S * (kills + 1)):
        for _ in range(kills):
            ledger.await_more(chance.randint(1, MOST_ACKNOWLEDGED_A_LIFE))
            with _serving(scene, state) as (address, server):
                async with asyncio.TaskGroup() as writing:
                    for number in range(WRITERS):
                        writing.create_task(_write(address, number, ledger))
                    await ledger.reached.wait()
                    server.kill()
        with _serving(scene, state) as (address, _):
            await _say_all_again(address, ledger)
    return ledger, _found(next(state.rglob("consultation.sqlite")))


async def _write(address: str, writer: int, ledger: Ledger) -> None:
    """First what wasn't acknowledged, then more and more, until the server is gone."""
    mine = [key for key in ledger.wanted if key.startswith(f"writer-{writer}-")]
    waiting = [key for key in mine if key not in ledger.acknowledged]
    count = len(mine)
    with contextlib.suppress(OSError, websockets.WebSocketException):
        while True:
            async with _session(address) as stranger:
                for _ in range(COMMENTS_A_SESSION):
                    if not waiting:
                        waiting.append(ledger.next_key(writer, count))
                        count += 1
                    await _say(stranger, waiting[0], ledger)
                    waiting.pop(0)


async def _say_all_again(address: str, ledger: Ledger) -> None:
    """Also what was acknowledged: a client may have lost the answer."""
    keys = [key for key in ledger.wanted if key not in ledger.acknowledged]
    keys += list(ledger.acknowledged)[-3 * COMMENTS_A_SESSION :]
    for at in range(0, len(keys), COMMENTS_A_SESSION):
        async with _session(address) as stranger:
            for key in keys[at : at + COMMENTS_A_SESSION]:
                await _say(stranger, key, ledger)


async def _say(stranger: Stranger, key: str, ledger: Ledger) -> None:
    place = {"position": [1.0, 2.0, 3.0], "eye": [0.0, 0.0, 1.7], "orientation": [0, 0, 0, 1]}
    await stranger.send({"t": "comment", "key": key, "text": ledger.wanted[key], **place})
    while (answer := msgpack.unpackb(await stranger.socket.recv())).get("key") != key:
        pass
    assert answer["t"] == "commented", answer
    ledger.acknowledge(key, answer["id"])


@contextlib.asynccontextmanager
async def _session(address: str) -> AsyncIterator[Stranger]:
    subprotocols = [websockets.Subprotocol("citiverse.v1")]
    async with websockets.connect(address, subprotocols=subprotocols, max_size=None) as socket:
        stranger = Stranger(socket)
        await stranger.hello("town")
        yield stranger


@contextlib.contextmanager
def _serving(scene: Path, state: Path) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    command = (sys.executable, "-m", "citiverse", "serve", str(scene), "--port", "0")
    with subprocess.Popen(
        (*command, "--state", str(state)), stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout is not None
        try:
            root = next(line.strip() for line in server.stdout if line.startswith("http"))
            yield root.replace("http", "ws", 1) + "ws", server
        finally:
            server.kill()


def _found(database: Path) -> Found:
    with closing(sqlite3.connect(database)) as connection:
        rows = connection.execute("SELECT id, key, text FROM comment").fetchall()
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    return Found(Counter(text for _, _, text in rows), {key: number for number, key, _ in rows})
