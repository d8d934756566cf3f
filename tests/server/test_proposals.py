"""A host's file becomes a variant by hand; whoever else asks, and whatever she sends, gets nothing.

The process that reads is the real one, as `citiverse serve` starts it.
"""

from __future__ import annotations

import asyncio
import shutil
import sys
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from citiverse.commands import PROPOSER
from citiverse_server import renewal
from citiverse_server.access import Role
from citiverse_server.proposals import desk, upload
from citiverse_tiling.options import TileOptions, silent
from citiverse_tiling.pipeline import tile
from citiverse_tiling.variants import variant as variants
from citiverse_tiling.variants.variant import VariantOptions
from server.hosts import CITY, PATIENCE_S, RENAMED, Host, children, revised
from tiling import ifc_models
from tiling.cities import EAST, NORTH, box, building, write_citygml

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    from server.conftest import Serving

    Hosting = Callable[..., AbstractAsyncContextManager["Host"]]

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two houses, wall to wall."""
    folder = tmp_path_factory.mktemp("made")
    houses = [
        building("west", box(EAST, NORTH, 30.0, (8, 8, 6))),
        building("east", box(EAST + 8, NORTH, 30.0, (8, 8, 6))),
    ]
    tile(TileOptions((write_citygml(folder / "street.gml", houses),), folder / CITY))
    return folder / CITY


@pytest.fixture
def street(made: Path, tmp_path: Path) -> Path:
    """A copy that may be changed."""
    return shutil.copytree(made, tmp_path / CITY)


@pytest.fixture(scope="session")
def house() -> bytes:
    """An IFC file that doesn't say where it stands."""
    return ifc_models.house_text().encode()


@pytest.fixture
def hosting(serving: Serving, street: Path, tmp_path: Path) -> Hosting:
    """A server of the street, and a host at it."""

    @asynccontextmanager
    async def start(**settings: Any) -> AsyncIterator[Host]:
        settings = {"scenes": (street,), "proposer": PROPOSER, **settings}
        async with (
            serving(PATIENCE_S, **settings) as running,
            httpx.AsyncClient(base_url=running.http, timeout=PATIENCE_S) as client,
        ):
            yield Host(running, client, tmp_path / "state")

    return start


async def test_a_file_without_a_place_becomes_a_variant_that_everyone_gets(
    hosting: Hosting, house: bytes
) -> None:
    async with hosting() as host, host.running.stranger() as visitor:
        await visitor.hello(CITY)
        proposal = await host.read(house)
        number = proposal["id"]
        assert (proposal["phase"], proposal["placement"]) == ("ready", None)
        assert proposal["model"]["georeference"] is None
        preview = await host.client.get(proposal["preview"], headers=host.headers())
        assert preview.content.startswith(b"glTF")
        early = await host.ask("PUT", f"/{number}/variant", json={"title": "A"})
        assert early.status_code == 409

        placed = await host.placed(number)
        assert placed["placement"]["by"] == "footprint"
        assert placed["landing"]["collides"][0]["feature"] == "street/west"

        published = await host.published(number)
        assert (published["phase"], published["variant"]) == ("published", "a-a-house")
        news = await visitor.until("scene")
        assert [one["name"] for one in news["manifest"]["variants"]] == ["a-a-house"]
        assert news["manifest"]["variants"][0]["hides"] == ["street/west"]

        await revise_and_withdraw(host, number, house, placed["placement"])


async def revise_and_withdraw(host: Host, number: str, house: bytes, place: dict[str, Any]) -> None:
    """A revised file keeps the place and the comments."""
    features = (await host.client.get(f"/scenes/{CITY}/features?q=door")).json()["features"]
    (door,) = [one for one in features if one["class"].endswith("Door")]
    found = (await host.client.get(f"/scenes/{CITY}/features?q=chair")).json()["features"]
    chair = found[0]
    for number_of_key, feature in enumerate((door["id"], chair["id"])):
        fields = {"key": f"key-0000{number_of_key}", "feature": feature, "text": "Why here?"}
        said = await host.client.post(
            f"/s/{CITY}/comments", data=fields, headers={"sec-fetch-site": "same-origin"}
        )
        assert said.status_code == 303, said.text
    body = revised(house, door["source_id"], chair["source_id"])
    answer = await host.ask("PUT", f"/{number}/file", params={"file": "second.ifc"}, content=body)
    assert answer.status_code == 200, answer.text
    proposal = await host.settled(answer.json())
    assert (proposal["phase"], proposal["file"]) == ("ready", "second.ifc")
    assert proposal["placement"]["position"] == pytest.approx(place["position"], abs=0.001)
    assert proposal["variant"] == "a-a-house", "visitors see the former one until it is published"
    revision = (await host.published(number))["revision"]
    assert (revision["renamed"], revision["gone"], revision["new"]) == (1, 1, 0)
    assert (revision["comments_kept"], len(revision["orphans"])) == (1, 1)
    comments = (await host.client.get(f"/scenes/{CITY}/comments")).json()["comments"]
    of_door = next(one for one in comments if one["feature"] == door["id"])
    assert of_door["successors"] == [f"a-a-house/{RENAMED}"]
    of_chair = next(one for one in comments if one["feature"] == chair["id"])
    assert (of_chair["successors"], of_chair["became"]) == ([], "demolished")
    assert revision["orphans"] == [of_chair["id"]]

    assert (await host.ask("DELETE", f"/{number}/variant")).json()["phase"] == "ready"
    assert await host.variants() == []
    assert (await host.ask("DELETE", f"/{number}")).status_code == 204
    assert host.left() == []


async def test_what_the_command_line_adds_comes_to_everyone_too(
    hosting: Hosting, street: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(renewal, "LOOK_S", 0.05)
    plan = write_citygml(
        street.parent / "plan.gml", [building("tower", box(EAST, NORTH, 30.0, (9, 8, 20)))]
    )
    options = VariantOptions(TileOptions((plan,), street), street, "b", "B: a tower")
    async with hosting(proposer=()) as host, host.running.stranger() as visitor:
        await visitor.hello(CITY)
        await asyncio.to_thread(variants.add, options, silent)
        news = await visitor.until("scene")
        assert [one["name"] for one in news["manifest"]["variants"]] == ["b"]
        await asyncio.to_thread(variants.remove, street, "b")
        news = await visitor.until("scene")
        assert news["manifest"]["variants"] == []


async def test_only_hosts_of_this_city_may(hosting: Hosting, house: bytes) -> None:
    async with hosting() as host:
        strangers: list[dict[str, str]] = [
            {},
            {"authorization": "Bearer"},
            {"authorization": "Bearer nonsense"},
            host.headers(Role.VISITOR),
            host.headers(scene="elsewhere"),
        ]
        routes = [
            ("GET", ""),
            ("POST", "?file=a.ifc"),
            ("GET", "/x"),
            ("DELETE", "/x"),
            ("PUT", "/x/file?file=a.ifc"),
            ("GET", "/x/preview.glb"),
            ("PUT", "/x/placement"),
            ("PUT", "/x/variant"),
            ("DELETE", "/x/variant"),
            ("DELETE", "/x/work"),
        ]
        for method, path in routes:
            for headers in strangers:
                answer = await host.ask(method, path, headers=headers, content=house[:100])
                assert answer.status_code == 403, (method, path)
                assert answer.json()["error"].endswith(".")
        assert host.left() == []
        assert (await host.ask("GET", "/x")).status_code == 404
        assert (await host.ask("GET", "/..%2f..")).status_code == 404


async def test_what_is_no_model_isnt_kept(hosting: Hosting, house: bytes) -> None:
    async with hosting(proposal_bytes=200_000) as host:
        refused = {
            b"\x7fELF" + bytes(100): 415,
            b"PK\x03\x04" + bytes(100): 415,
            b"\x1f\x8b" + bytes(100): 415,
            b"": 415,
            b"<html></html>": 415,
            b'{"some": "json"}': 415,
            b"ISO-10303-21;" + bytes(200_000): 413,
        }
        for body, status in refused.items():
            answer = await host.send(body)
            assert answer.status_code == status, body[:20]
            assert answer.json()["error"].endswith(".")

        async def pieces() -> AsyncIterator[bytes]:
            yield house[:50_000]

        assert (await host.send(pieces())).status_code == 411
        assert (await host.ask("POST", content=house)).status_code == 400
        assert host.left() == []
        assert (await host.ask("GET")).json()["proposals"] == []


async def test_a_name_leads_nowhere(hosting: Hosting, house: bytes, tmp_path: Path) -> None:
    names = ["../../../etc/passwd", "..", "/etc/passwd", "a\x00b.ifc", "ü" * 100, "con.ifc;rm -rf"]
    async with hosting(proposer=(sys.executable, "-c", "")) as host:
        for name in names:
            assert (await host.send(house[:1000], name)).status_code == 201
        places = {path.parent.parent.parent.name for path in host.left() if path.suffix == ".ifc"}
        assert places == {"proposals"}
        shown = [one["file"] for one in (await host.ask("GET")).json()["proposals"]]
        assert shown[0] == "passwd"
        assert not any("/" in one or "\x00" in one for one in shown)


async def test_a_broken_file_is_a_sentence_and_the_next_one_is_read(
    hosting: Hosting, house: bytes
) -> None:
    async with hosting() as host:
        half = await host.read(house[: len(house) // 2])
        assert any("ends in the middle" in one for one in half["model"]["warnings"])
        broken = await host.read(house[:700])
        assert broken["phase"] == "failed"
        assert broken["problem"].endswith(".")
        assert str(host.state) not in broken["problem"]
        again = await host.ask(
            "PUT", f"/{broken['id']}/file", params={"file": "whole.ifc"}, content=house
        )
        assert (await host.settled(again.json()))["phase"] == "ready"
        for wish in (
            {"by": "hand", "position": [0, 0, float(10**9)], "heading_deg": 0},
            {"by": "hand", "position": [0, 0], "heading_deg": 0},
            {"by": "magic"},
            {"by": "points", "pairs": []},
            {"by": "footprint", "feature": "street/nowhere"},
            {"by": "file"},
            {"by": "globe", "lon": 0, "lat": 0},
        ):
            answer = await host.ask("PUT", f"/{broken['id']}/placement", json=wish)
            assert answer.status_code == 400, wish
            assert answer.json()["error"].endswith(".")
        worse = await host.ask(
            "PUT", f"/{broken['id']}/file", params={"file": "x.ifc"}, content=house[:3000]
        )
        kept = await host.settled(worse.json())
        assert (kept["phase"], kept["file"]) == ("ready", "whole.ifc")
        assert kept["problem"] != ""


async def test_fifty_at_once_are_few(hosting: Hosting, house: bytes) -> None:
    async with hosting(proposer=(sys.executable, "-c", "import time; time.sleep(60)")) as host:
        answers = await asyncio.gather(*(host.send(house) for _ in range(50)))
        statuses = [answer.status_code for answer in answers]
        assert set(statuses) == {201, 429}
        assert statuses.count(201) <= desk.MOST
        assert len(host.left()) == 2 * statuses.count(201), "a file and what is known of it, each"


async def test_a_file_that_comes_too_slowly_is_given_up(
    hosting: Hosting, house: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upload, "PATIENCE_S", 0.1)
    monkeypatch.setattr(upload, "LEAST_BYTES_A_S", 10_000_000)
    async with hosting() as host:
        token = host.headers()["authorization"]
        head = (
            f"POST /scenes/{CITY}/proposals?file=a.ifc HTTP/1.1\r\nHost: here\r\n"
            f"Authorization: {token}\r\nContent-Length: {len(house)}\r\n\r\n"
        )
        came, sent = await asyncio.open_connection("127.0.0.1", host.running.port)
        sent.write(head.encode() + house[:1000])
        assert b" 408 " in await came.readline()
        sent.close()
        assert host.left() == []


SLEEPER = (sys.executable, "-c", "import sys, time; sys.stdin.readline(); time.sleep(60)")
"""Takes an order and says nothing."""


async def test_what_takes_too_long_is_killed(
    hosting: Hosting, house: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk, "LOOK_S", 0.3)
    async with hosting(proposer=SLEEPER) as host:
        proposal = await host.read(house)
        assert proposal["phase"] == "failed"
        assert "was stopped" in proposal["problem"]


async def test_reading_is_stopped_when_the_host_wants_it(hosting: Hosting, house: bytes) -> None:
    async with hosting(proposer=SLEEPER) as host:
        proposal = (await host.send(house)).json()
        stopped = await host.ask("DELETE", f"/{proposal['id']}/work")
        assert stopped.json()["phase"] == "failed"
        assert (await host.ask("DELETE", f"/{proposal['id']}")).status_code == 204
        assert host.left() == []


async def test_a_process_that_dies_costs_one_file(hosting: Hosting, house: bytes) -> None:
    dying = (sys.executable, "-c", "import os, sys; sys.stdin.readline(); os.abort()")
    async with hosting(proposer=dying) as host:
        proposal = await host.read(house)
        assert proposal["phase"] == "failed"
        assert "ended over it" in proposal["problem"]
        assert (await host.client.get("/healthz")).status_code == 200


async def test_a_publishing_that_is_cut_off_leaves_all_or_nothing(
    hosting: Hosting, house: bytes, street: Path
) -> None:
    async with hosting() as host:
        number = (await host.read(house))["id"]
        await host.placed(number)
        publishing = await host.ask("PUT", f"/{number}/variant", json={"title": "A"})
        assert publishing.json()["phase"] == "publishing"
        assert (await host.ask("DELETE", f"/{number}/work")).json()["phase"] == "ready"
        assert await host.variants() == []
        assert not (street / "variants").exists()
        await host.ask("PUT", f"/{number}/variant", json={"title": "A"})
    # As if the server had been killed: this is what that leaves behind.
    left = street / "variants" / "a-00000000"
    left.mkdir(parents=True)
    street.with_name(f"{CITY}.variant-a.partial").mkdir(exist_ok=True)
    async with hosting() as host:
        proposal = (await host.ask("GET", f"/{number}")).json()
        assert (proposal["phase"], proposal["variant"]) == ("ready", "")
        assert "stopped" in proposal["problem"]
        assert proposal["placement"] is not None
        assert await host.variants() == []
        assert not left.exists()
        assert list(street.parent.glob(f"{CITY}.variant-*")) == []
        assert (await host.published(number))["phase"] == "published"
    async with hosting() as host:
        assert (await host.ask("GET", f"/{number}")).json()["phase"] == "published"


async def test_the_process_ends_with_the_server(hosting: Hosting, house: bytes) -> None:
    async with hosting(proposer=SLEEPER) as host:
        await host.send(house)
        found = [one for one in children() if "time.sleep(60)" in one[1]]
        assert len(found) == 1
    assert not [one for one in children() if one[0] == found[0][0]]


async def test_a_server_without_a_reader_says_so(hosting: Hosting) -> None:
    async with hosting(proposer=()) as host:
        assert (await host.ask("GET")).status_code == 503
