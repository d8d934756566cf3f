"""Large content in pieces: nothing waits for it, and what isn't wanted any more isn't finished."""

from __future__ import annotations

import gzip
import hashlib
from itertools import count
from typing import TYPE_CHECKING, Any

import msgpack
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from citiverse_server import lod
from citiverse_server.catalog import Catalog
from citiverse_server.decisions import SendCollider, SendTile
from citiverse_server.flight import FIRST_PIECE_BYTES, Flight
from citiverse_server.parcels import Numbers, Parcels
from citiverse_server.protocol import Complete, Drop, View, Visible
from citiverse_server.viewer import Viewer, ViewerOptions
from server.scenes import SceneOptions, write_scene
from server.trees import quadtree, square_cells

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from citiverse_server.decisions import Decision
    from server.conftest import Serving

LARGE = 200_000
OPTIONS = ViewerOptions(window_bytes=1 << 30, aim=lod.Aim(16.0, 1 << 40), in_pieces=True)


def large_town() -> Catalog:
    tiles = quadtree(levels=4, side_m=1024.0)
    sizes = np.full(tiles.count, LARGE, dtype=tiles.content_bytes.dtype)
    tiles.content_bytes[:] = sizes
    tiles.content_gzip_bytes[:] = sizes
    return Catalog(tiles, square_cells(10), 64.0)


def view(seq: int, x: float = 0.0, y: float = 0.0) -> View:
    return View(
        seq=seq,
        position=(x, y, 2.0),
        orientation=(0.5, -0.5, -0.5, 0.5),
        fov=[1.0],
        viewport=(1280.0, 720.0),
    )


def taken(viewer: Viewer) -> Iterator[Decision]:
    """What a client with a fast line gets."""
    for number in count():
        viewer.credit(1 << 30)
        decision = viewer.next(float(number))
        if decision is None:
            return
        yield decision


def _shown(filled: dict[int, int]) -> set[int]:
    """How much has come of those tiles that no children replace."""
    tiles = large_town().tiles
    replaced = {int(tiles.parent[row]) for row in filled}
    return {size for row, size in filled.items() if row not in replaced}


def test_pieces_follow_each_other_until_the_content_is_whole() -> None:
    parcels = Parcels(Numbers())
    first, second, third = (parcels.next(7, 100, 40) for _ in range(3))
    assert [(p.start, p.stop, p.is_last) for p in (first, second, third)] == [
        (0, 40, False),
        (40, 80, False),
        (80, 100, True),
    ]
    assert {first.parcel, second.parcel, third.parcel} == {1}
    assert parcels.begun == set()
    assert parcels.next(8, 100, 40).parcel == 2
    assert parcels.next(9, 30, 40).parcel is None


def test_all_of_every_tile_is_sent_once_in_order() -> None:
    catalog = large_town()
    viewer = Viewer(catalog, OPTIONS)
    viewer.look(view(1))
    filled: dict[int, int] = {}
    for decision in taken(viewer):
        if isinstance(decision, SendTile):
            assert decision.piece is not None
            assert decision.piece.start == filled.get(decision.row, 0)
            assert decision.piece.length <= FIRST_PIECE_BYTES
            filled[decision.row] = decision.piece.stop
        elif isinstance(decision, Visible):
            # What is beside the picture has only begun.
            assert set(filled.values()) <= {0, LARGE}
        elif isinstance(decision, Complete):
            assert _shown(filled) == {LARGE}
    assert isinstance(decision, Complete)
    assert set(filled) == viewer.tiles


def test_a_client_of_the_first_version_gets_everything_whole() -> None:
    viewer = Viewer(large_town(), ViewerOptions(window_bytes=1 << 30, aim=lod.Aim(16.0, 1 << 40)))
    viewer.look(view(1))
    pieces = [d.piece for d in taken(viewer) if isinstance(d, SendTile | SendCollider)]
    assert all(piece is not None and piece.parcel is None for piece in pieces)


def test_a_begun_tile_that_is_not_wanted_any_more_is_taken_back_unfinished() -> None:
    viewer = Viewer(large_town(), OPTIONS)
    viewer.look(view(1))
    begun = -1
    for decision in taken(viewer):
        if isinstance(decision, SendTile) and decision.piece and not decision.piece.is_last:
            begun = decision.row
            if begun > 60:
                break
    viewer.look(view(2, 90_000.0, 90_000.0))
    later = list(taken(viewer))
    assert isinstance(later[0], Drop)
    assert begun in later[0].tiles
    assert begun not in {d.row for d in later if isinstance(d, SendTile)}
    assert isinstance(later[-1], Complete)


def test_a_tile_begun_and_given_up_is_taken_back_too() -> None:
    viewer = Viewer(large_town(), OPTIONS)
    viewer.look(view(1))
    for decision in taken(viewer):
        if isinstance(decision, SendTile) and decision.row > 0 and decision.piece:
            break
    assert isinstance(decision, SendTile)
    viewer.evict([0])
    decisions = list(taken(viewer))
    assert isinstance(decisions[0], Drop)
    assert decisions[0].tiles == [decision.row]


@pytest.mark.parametrize("window", [LARGE // 4, LARGE])
def test_a_tile_larger_than_the_window_gets_through(window: int) -> None:
    viewer = Viewer(
        large_town(),
        ViewerOptions(window_bytes=window, aim=lod.Aim(16.0, 1 << 40), in_pieces=True),
    )
    viewer.look(view(1))
    unreturned = 0
    for number in range(100_000):
        decision = viewer.next(float(number))
        if decision is None:
            if not unreturned:
                break
            viewer.credit(unreturned)
            unreturned = 0
        elif isinstance(decision, SendTile | SendCollider) and decision.piece:
            unreturned += decision.piece.length
            assert viewer.in_flight_bytes == unreturned <= window
        elif isinstance(decision, Complete):
            return
    raise AssertionError("the view never became complete")


def test_a_full_line_holds_content_back_and_a_mark_lets_it_go_on() -> None:
    flight = Flight()
    viewer = Viewer(large_town(), OPTIONS, flight)
    viewer.look(view(1))
    mark = 0
    while (decision := viewer.next(0.0)) is not None:
        assert isinstance(decision, SendTile | SendCollider)
        assert decision.piece is not None
        mark = flight.sent(decision.piece.length, 0.0) or mark
    assert not flight.has_room
    assert viewer.stalled_s(1e9) == 0.0
    flight.arrived(mark, 0.05)
    assert viewer.next(0.1) is not None


@settings(max_examples=20)
@given(st.lists(st.tuples(st.floats(-500, 500), st.floats(-500, 500)), min_size=1, max_size=6))
def test_wherever_one_goes_meanwhile_what_is_held_is_whole(walk: list[tuple[float, float]]) -> None:
    viewer = Viewer(large_town(), OPTIONS)
    held: dict[int, int] = {}
    for seq, (x, y) in enumerate(walk, start=1):
        viewer.look(view(seq, x, y))
        last = seq == len(walk)
        for number, decision in enumerate(taken(viewer)):
            if isinstance(decision, SendTile) and decision.piece:
                assert decision.piece.start == held.get(decision.row, 0)
                held[decision.row] = decision.piece.stop
            elif isinstance(decision, Drop):
                for row in decision.tiles:
                    held.pop(row, None)
            if not last and number == 40:
                break
    assert set(held) == viewer.tiles
    assert _shown(held) == {LARGE}


@pytest.mark.anyio
async def test_over_a_socket_every_piece_arrives_and_pongs_overtake(
    serving: Serving, tmp_path: Path
) -> None:
    scene = write_scene(tmp_path / "large", SceneOptions(content_bytes=3_000_000, levels=2))
    async with serving(scenes=(scene,)) as running, running.stranger() as stranger:
        start = {"fov": [1.0], "viewport": [1280, 720]}
        hello = {"t": "hello", "protocol": [1, 1], "scene": "town", "start": start}
        await stranger.send(hello)
        parcels: dict[int, bytearray] = {}
        heads: dict[int, dict[str, Any]] = {}
        pongs = 0
        while True:
            message = msgpack.unpackb(await stranger.socket.recv())
            if message["t"] in ("place", "collider") and "parcel" in message:
                heads[message["parcel"]] = message
                parcels[message["parcel"]] = bytearray(message["content"])
                await stranger.send({"t": "ping", "id": 1})
            elif message["t"] == "part":
                parcels[message["parcel"]] += message["content"]
            elif message["t"] == "pong":
                begun = next(reversed(parcels))
                pongs += len(parcels[begun]) < heads[begun]["size"]
            elif message["t"] == "complete":
                break
            if "content" in message:
                await stranger.send({"t": "credit", "bytes": len(message["content"])})
        assert pongs > 0
        for number, head in heads.items():
            whole = bytes(parcels[number])
            assert len(whole) == head["size"]
            content = gzip.decompress(whole) if head["encoding"] == "gzip" else whole
            assert hashlib.sha256(content).digest()[:16] == head["hash"]
