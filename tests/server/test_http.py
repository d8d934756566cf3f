"""The plain HTTP side: any 3D Tiles client can open a scene, and caches may keep its tiles."""

from __future__ import annotations

import base64
import gzip
import hashlib
from typing import TYPE_CHECKING

import httpx
import pytest

from citiverse_server.app import create_app
from citiverse_server.config import ServerConfig
from citiverse_server.pages import content_security_policy
from server.scenes import FEATURE

if TYPE_CHECKING:
    from pathlib import Path

    from starlette.types import ASGIApp

    from server.conftest import Serving

pytestmark = pytest.mark.anyio

PLAIN = {"accept-encoding": "identity"}
ZIPPED = {"accept-encoding": "gzip"}


@pytest.fixture
def application(scene: Path, tmp_path: Path) -> ASGIApp:
    """The application without a socket, for what needs none."""
    return create_app(ServerConfig(scenes=(scene,), static=tmp_path))


def asking(application: ASGIApp) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=application)
    return httpx.AsyncClient(transport=transport, base_url="http://town")


def a_tile(scene: Path, *, compressible: bool = True) -> Path:
    """A tile of the ground with or without a `.gz` beside it."""
    tiles = sorted((scene / "tiles" / "ground").glob("*.glb"))
    return next(
        tile for tile in tiles if tile.with_name(tile.name + ".gz").exists() == compressible
    )


def address(tile: Path) -> str:
    return f"/scenes/town/tiles/ground/{tile.name}"


async def test_a_tile_is_served_for_ever_under_its_hash(serving: Serving, scene: Path) -> None:
    tile = a_tile(scene)
    async with serving() as running, httpx.AsyncClient(base_url=running.http) as client:
        plain = await client.get(address(tile), headers=PLAIN)
        assert plain.status_code == 200
        assert plain.content == tile.read_bytes()
        assert hashlib.sha256(plain.content).hexdigest().startswith(tile.stem)
        assert plain.headers["content-type"] == "model/gltf-binary"
        assert plain.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert plain.headers["access-control-allow-origin"] == "*"
        assert plain.headers["vary"] == "accept-encoding"
        assert plain.headers["x-content-type-options"] == "nosniff"
        assert "content-encoding" not in plain.headers
        head = await client.head(address(tile), headers=PLAIN)
        assert head.content == b""
        assert head.headers["content-length"] == str(len(plain.content))
        assert head.headers["etag"] == plain.headers["etag"]


async def test_the_compressed_variant_has_its_own_etag(serving: Serving, scene: Path) -> None:
    tile = a_tile(scene)
    stored = a_tile(scene, compressible=False)
    async with serving() as running, httpx.AsyncClient(base_url=running.http) as client:
        plain = await client.get(address(tile), headers=PLAIN)
        zipped = await client.get(address(tile), headers=ZIPPED)
        assert zipped.headers["content-encoding"] == "gzip"
        assert int(zipped.headers["content-length"]) < int(plain.headers["content-length"])
        assert zipped.content == plain.content
        assert zipped.headers["etag"] != plain.headers["etag"]
        for response in (plain, zipped):
            encoding = PLAIN if response is plain else ZIPPED
            known = {**encoding, "if-none-match": f'"other", W/{response.headers["etag"]}'}
            again = await client.get(address(tile), headers=known)
            assert (again.status_code, again.content) == (304, b"")
        other = {**ZIPPED, "if-none-match": plain.headers["etag"]}
        assert (await client.get(address(tile), headers=other)).status_code == 200
        uncompressed = await client.get(address(stored), headers=ZIPPED)
        assert "content-encoding" not in uncompressed.headers


async def test_part_of_a_tile_can_be_asked_for(serving: Serving, scene: Path) -> None:
    tile = a_tile(scene, compressible=False)
    body = tile.read_bytes()
    async with serving() as running, httpx.AsyncClient(base_url=running.http) as client:
        part = await client.get(address(tile), headers={"range": "bytes=4-7"})
        assert (part.status_code, part.content) == (206, body[4:8])
        assert part.headers["content-range"] == f"bytes 4-7/{len(body)}"
        stale = {"range": "bytes=4-7", "if-range": '"another"'}
        assert (await client.get(address(tile), headers=stale)).content == body
        beyond = await client.get(address(tile), headers={"range": f"bytes={len(body)}-"})
        assert beyond.status_code == 416
        assert beyond.headers["content-range"] == f"bytes */{len(body)}"


async def test_trees_of_tiles_are_revalidated_and_compressed(serving: Serving) -> None:
    async with serving() as running, httpx.AsyncClient(base_url=running.http) as client:
        for path in ("/scenes/town/tileset.json", "/scenes/town/tiles/ground/tileset.json"):
            tree = await client.get(path, headers=ZIPPED)
            assert tree.json()["asset"]["version"] == "1.1"
            assert tree.headers["content-encoding"] == "gzip"
            assert "immutable" not in tree.headers["cache-control"]
            again = {**ZIPPED, "if-none-match": tree.headers["etag"]}
            assert (await client.get(path, headers=again)).status_code == 304


@pytest.mark.parametrize(
    "path",
    [
        "/scenes/town/tiles/ground/../../features.sqlite",
        "/scenes/town/tiles/ground/%2e%2e%2f%2e%2e%2ffeatures.sqlite",
        "/scenes/town/tiles/..%2f..%2f..%2fetc/passwd",
        "/scenes/town/tiles/ground//etc/passwd",
        "/scenes/town/tiles/ground/" + "0" * 32 + ".glb",
        "/scenes/town/tiles/ground/" + "0" * 32 + ".glb.gz",
        "/scenes/town/tiles/moon/tileset.json",
        "/scenes/atlantis/tileset.json",
        "/scenes/town/tree.bin",
        "/scenes/town/features.sqlite",
        "/%00",
    ],
)
async def test_nothing_but_what_the_scene_has_can_be_reached(
    application: ASGIApp, path: str
) -> None:
    async with asking(application) as client:
        request = client.build_request("GET", "/")
        request.url = request.url.copy_with(raw_path=path.encode())
        assert (await client.send(request)).status_code == 404


async def test_other_hosts_may_ask_and_nobody_may_write(serving: Serving, scene: Path) -> None:
    async with serving() as running, httpx.AsyncClient(base_url=running.http) as client:
        for path in (address(a_tile(scene)), "/scenes", "/scenes/town/features"):
            preflight = await client.options(path)
            assert preflight.status_code == 204
            assert preflight.headers["access-control-allow-origin"] == "*"
            assert "range" in preflight.headers["access-control-allow-headers"]
            assert (await client.post(path)).status_code == 405


async def test_scenes_are_listed_with_their_addresses(serving: Serving) -> None:
    async with serving() as running, httpx.AsyncClient(base_url=running.http) as client:
        (entry,) = (await client.get("/scenes")).json()["scenes"]
        assert (entry["name"], entry["title"]) == ("town", "Town")
        assert entry["attributions"][0]["text"] == "Town of Harbour"
        manifest = await client.get(entry["manifest"])
        assert manifest.json()["schema"] == "citiverse-scene/1"
        assert (await client.get(entry["tileset"])).status_code == 200
        assert (await client.get("/scenes/atlantis/scene.json")).status_code == 404


@pytest.mark.parametrize(
    ("question", "ids"),
    [
        ({"id": FEATURE}, [FEATURE]),
        ({"id": "town/none"}, []),
        ({"q": "tow"}, [FEATURE, "town/P1"]),
        ({"q": "town hall"}, [FEATURE]),
        ({"q": '" OR name:*'}, []),
        ({"q": "!?"}, []),
        ({"bbox": "0,0,5,5"}, [FEATURE]),
        ({"bbox": "0,0,500,500"}, [FEATURE, "town/P1"]),
        ({"bbox": "0,0,500,500", "q": "tower"}, ["town/P1"]),
        ({}, [FEATURE, "town/P1"]),
    ],
)
async def test_features_are_found(
    application: ASGIApp, question: dict[str, str], ids: list[str]
) -> None:
    async with asking(application) as client:
        answer = await client.get("/scenes/town/features", params=question)
        assert [feature["id"] for feature in answer.json()["features"]] == ids
        assert answer.json()["more"] is False


async def test_a_feature_has_its_box_and_attributes(application: ASGIApp) -> None:
    async with asking(application) as client:
        answer = await client.get("/scenes/town/features", params={"limit": "1"})
        (feature,) = answer.json()["features"]
        assert answer.json()["more"] is True
        assert feature["class"] == "Building"
        assert feature["box"] == [-10.0, -10.0, 0.0, 20.0, 20.0, 18.0]
        assert feature["attributes"] == {"storeys": 3}


@pytest.mark.parametrize(
    "question",
    [
        {"limit": "0"},
        {"limit": "201"},
        {"limit": "many"},
        {"limit": "9" * 5000},
        {"limit": "0000000019999"},
        {"bbox": "1,2,3"},
        {"bbox": "a,b,c,d"},
        {"bbox": "nan,0,1,1"},
        {"q": "x" * 201},
    ],
)
async def test_a_wrong_question_is_told_why(application: ASGIApp, question: dict[str, str]) -> None:
    async with asking(application) as client:
        answer = await client.get("/scenes/town/features", params=question)
        assert answer.status_code == 400
        assert answer.json()["error"].endswith(".")


async def test_health_readiness_and_counters(serving: Serving, scene: Path) -> None:
    async with serving() as running, httpx.AsyncClient(base_url=running.http) as client:
        assert (await client.get("/healthz")).text == "ok\n"
        assert (await client.get("/readyz")).status_code == 200
        await client.get(address(a_tile(scene)))
        async with running.stranger() as stranger:
            await stranger.hello("town")
            await stranger.look([0.0, 0.0, 2.0])
            text = (await client.get("/metrics")).text
        counters = dict(
            line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#")
        )
        assert counters["citiverse_sessions"] == "1"
        assert counters["citiverse_http_tiles_total"] == "1"
        assert int(counters["citiverse_stream_tiles_total"]) == len(stranger.tiles)
        assert int(counters["citiverse_stream_bytes_total"]) > 1000
        await running.application.close()
        assert (await client.get("/readyz")).status_code == 503


async def test_without_a_built_client_the_page_says_so(serving: Serving) -> None:
    async with serving() as running, httpx.AsyncClient(base_url=running.http) as client:
        page = await client.get("/")
        assert page.status_code == 200
        assert "not built" in page.text


async def test_the_built_client_is_served_with_its_assets(serving: Serving, tmp_path: Path) -> None:
    script = "let a = 1;\n" * 100
    (tmp_path / "static" / "assets").mkdir(parents=True)
    (tmp_path / "static" / "index.html").write_text("<script>go()</script><style>p{}</style>")
    (tmp_path / "static" / "assets" / "main-abc123.js").write_text(script)
    async with serving() as running, httpx.AsyncClient(base_url=running.http) as client:
        for path in ("/", "/s/town"):
            page = await client.get(path)
            assert (page.status_code, page.headers["content-type"]) == (
                200,
                "text/html; charset=utf-8",
            )
            assert "immutable" not in page.headers["cache-control"]
            policy = page.headers["content-security-policy"]
            digest = base64.b64encode(hashlib.sha256(b"go()").digest()).decode()
            assert f"'sha256-{digest}'" in policy
            assert "default-src 'none'" in policy
            assert "http" not in policy
        known = {"if-none-match": page.headers["etag"]}
        assert (await client.get("/s/town", headers=known)).status_code == 304
        lost = await client.get("/s/atlantis", headers=known)
        assert (lost.status_code, lost.text) == (404, page.text)
        asset = await client.get("/assets/main-abc123.js", headers=ZIPPED)
        assert asset.text == script
        assert asset.headers["content-encoding"] == "gzip"
        assert asset.headers["content-type"] == "text/javascript; charset=utf-8"
        assert "immutable" in asset.headers["cache-control"]
        assert (await client.get("/assets/none.js")).status_code == 404


def test_the_policy_names_every_inline_block_and_no_other() -> None:
    page = b'<script src="/a.js"></script><script type="module">x()</script><style>y</style>'
    policy = content_security_policy(page)
    assert policy.count("sha256-") == 2
    assert "unsafe-inline" not in policy


def test_stored_gzip_is_what_the_stream_sends(scene: Path) -> None:
    tile = a_tile(scene)
    assert gzip.decompress(tile.with_name(tile.name + ".gz").read_bytes()) == tile.read_bytes()


async def test_the_client_comes_as_brotli_where_it_was_built_so(
    serving: Serving, tmp_path: Path
) -> None:
    assets = tmp_path / "static" / "assets"
    assets.mkdir(parents=True)
    (tmp_path / "static" / "index.html").write_text("<p>Here</p>")
    (assets / "main-abc123.js").write_text("go();" * 100)
    (assets / "main-abc123.js.br").write_bytes(b"packed")
    async with serving() as running, httpx.AsyncClient(base_url=running.http) as client:
        path, accepted = "/assets/main-abc123.js", {"accept-encoding": "gzip, deflate, br"}
        async with client.stream("GET", path, headers=accepted) as answer:
            assert answer.headers["content-encoding"] == "br"
            assert b"".join([part async for part in answer.aiter_raw()]) == b"packed"
        assert (await client.get(path, headers=ZIPPED)).headers["content-encoding"] == "gzip"
        assert (await client.get(path, headers=PLAIN)).text == "go();" * 100
        assert (await client.get(f"{path}.br")).status_code == 404
