"""A stranger's client: walks through a scene with nothing but `websockets` and `msgpack`.

python stranger.py ws://127.0.0.1:8000/ws potsdam (checks every tile against its name)
"""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import math
import sys
from typing import Any

import msgpack
import websockets


class Stranger:
    """Holds tiles, colliders and sensor values as the server sends them."""

    def __init__(self, socket: websockets.ClientConnection) -> None:
        self.socket = socket
        self.welcome: dict[str, Any] = {}
        self.tiles: dict[int, dict[str, Any]] = {}
        self.colliders: dict[tuple[int, ...], bytes] = {}
        self.datastreams: list[dict[str, Any]] = []
        self.values: dict[int, float] = {}
        self.consume = True
        self.seq = 0

    async def hello(self, scene: str, **more: object) -> None:
        await self.send({"t": "hello", "protocol": [1, 0], "scene": scene, **more})
        self.welcome = await self.until("welcome")

    async def look(self, position: list[float], heading: float = 0.0) -> dict[str, Any]:
        """Stands at `position`, looks along `heading` (radians from north), until complete."""
        self.seq += 1
        cosine, sine = math.cos(heading / 2), -math.sin(heading / 2)
        turned = [part * math.sqrt(0.5) for part in (cosine, sine, sine, cosine)]
        pose = {"seq": self.seq, "position": position, "orientation": turned}
        await self.send({"t": "view", **pose, "fov": [1.0], "viewport": [1280, 720]})
        while (complete := await self.until("complete"))["seq"] != self.seq:
            pass
        return complete

    async def until(self, kind: str) -> dict[str, Any]:
        """Takes messages until one of this kind has come."""
        while True:
            message: dict[str, Any] = msgpack.unpackb(await self.socket.recv())
            await self.take(message)
            if message["t"] == kind:
                return message

    async def take(self, message: dict[str, Any]) -> None:
        match message["t"]:
            case "place":
                self.tiles[message["tile"]] = {**message, "content": await self.content(message)}
            case "collider":
                key = (message["layer"], *message["cell"])
                self.colliders[key] = await self.content(message)
            case "drop":
                for tile in message["tiles"]:
                    self.tiles.pop(tile, None)
            case "drop_colliders":
                for cell in message["cells"]:
                    self.colliders.pop(tuple(cell), None)
            case "datastreams":
                self.datastreams = message["datastreams"]
            case "observations":
                ids = memoryview(message["ids"]).cast("I")
                self.values.update(zip(ids, memoryview(message["values"]).cast("d"), strict=True))

    async def content(self, message: dict[str, Any]) -> bytes:
        if message["encoding"] == "held":
            return b""
        packed: bytes = message["content"]
        content = gzip.decompress(packed) if message["encoding"] == "gzip" else packed
        assert hashlib.sha256(content).digest()[:16] == message["hash"], "damaged on the way"
        if self.consume:
            await self.send({"t": "credit", "bytes": len(packed)})
        return content

    async def send(self, message: dict[str, Any]) -> None:
        await self.socket.send(msgpack.packb(message))


async def walk(url: str, scene: str) -> None:
    subprotocols = [websockets.Subprotocol("citiverse.v1")]
    async with websockets.connect(url, subprotocols=subprotocols, max_size=None) as socket:
        stranger = Stranger(socket)
        await stranger.hello(scene)
        x, y, z = stranger.welcome["manifest"]["spawn_points"][0]["position"]
        for metres in range(0, 100, 10):
            await stranger.look([x, y + metres, z + 1.7])
            print(f"{metres} m: {len(stranger.tiles)} tiles, {len(stranger.colliders)} colliders")


if __name__ == "__main__":
    asyncio.run(walk(sys.argv[1], sys.argv[2]))
