"""Somebody with a host's link, who asks a running server about proposals."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ifcopenshell
import ifcopenshell.api.root

from citiverse_server.access import Role
from citiverse_server.invitations import Invitation, inviter_in

if TYPE_CHECKING:
    import httpx

    from server.conftest import Running

CITY = "street"
FOREVER_S = 2**40
PATIENCE_S = 120.0
"""Reading takes its time on a machine that is busy."""

RENAMED = "0123456789abcdefghijkl"


@dataclass(frozen=True)
class Host:
    """Somebody with a host's link, at a server."""

    running: Running
    client: httpx.AsyncClient
    state: Path

    def headers(self, role: Role = Role.HOST, scene: str = CITY) -> dict[str, str]:
        inviter = inviter_in(self.state / f"{CITY}.state")
        token = inviter.issue(Invitation(scene, role, FOREVER_S))
        return {"authorization": f"Bearer {token}"}

    async def ask(self, method: str, path: str = "", **more: Any) -> httpx.Response:
        more.setdefault("headers", self.headers())
        return await self.client.request(method, f"/scenes/{CITY}/proposals{path}", **more)

    async def send(self, body: Any, name: str = "house.ifc") -> httpx.Response:
        return await self.ask("POST", params={"file": name}, content=body)

    async def settled(self, proposal: dict[str, Any]) -> dict[str, Any]:
        """The proposal when nothing is being done with it."""
        while proposal["phase"] in ("reading", "publishing"):
            answer = await self.ask(
                "GET", f"/{proposal['id']}", params={"after": proposal["version"]}
            )
            proposal = answer.json()
        return proposal

    async def read(self, body: bytes, name: str = "house.ifc") -> dict[str, Any]:
        answer = await self.send(body, name)
        assert answer.status_code == 201, answer.text
        return await self.settled(answer.json())

    async def placed(self, number: str, feature: str = "street/west") -> dict[str, Any]:
        wish = {"by": "footprint", "feature": feature}
        answer = await self.ask("PUT", f"/{number}/placement", json=wish)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def published(self, number: str, title: str = "A: a house") -> dict[str, Any]:
        answer = await self.ask("PUT", f"/{number}/variant", json={"title": title})
        assert answer.status_code == 202, answer.text
        return await self.settled(answer.json())

    async def variants(self) -> list[str]:
        manifest = (await self.client.get(f"/scenes/{CITY}/scene.json")).json()
        return [one["name"] for one in manifest["variants"]]

    def left(self) -> list[Path]:
        """What lies on the disk of all proposals."""
        folder = self.state / f"{CITY}.state" / "proposals"
        return [path for path in folder.rglob("*") if path.is_file()] if folder.is_dir() else []


def revised(model: bytes, renamed: str, removed: str) -> bytes:
    """The model in which one element has another GlobalId, and another is away."""
    file = ifcopenshell.file.from_string(model.decode())
    file.by_guid(renamed).GlobalId = RENAMED
    ifcopenshell.api.root.remove_product(file, product=file.by_guid(removed))
    return str(file.to_string()).encode()


def children() -> list[tuple[int, str]]:
    """Processes that this one has started: their ids and command lines."""
    mine = []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((place / "stat").read_text().rpartition(")")[2].split()[1])
            words = (place / "cmdline").read_text()
        except OSError:
            continue
        if parent == os.getpid():
            mine.append((int(place.name), words))
    return mine
