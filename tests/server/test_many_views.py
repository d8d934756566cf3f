"""A client that looks about without rest, or lies about where it is, costs a bounded amount."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import pytest

from citiverse_server import lod, viewer
from citiverse_server.protocol import Complete, View
from citiverse_server.viewer import Viewer
from server.test_hidden import OPTIONS, TOWN, Client, follow
from server.test_hidden import view as looking

if TYPE_CHECKING:
    from citiverse_server.catalog import Tiles
    from citiverse_server.choice import Choice
    from server.conftest import Serving


def parts(one: Viewer) -> int:
    """How much a viewer remembers, in rows."""
    choice: Choice = one._choice
    agenda = one._agenda
    return sum(
        map(len, (choice.wanted, choice.hidden, agenda.waiting, agenda.outlines, one._drop))
    ) + sum(map(len, (one._restated, one._veiled, one._begun_tiles.begun, one._drop_cells)))


def liar(count: int) -> list[View]:
    random = np.random.default_rng(5)
    places = random.uniform(-600.0, 600.0, (count, 2)).tolist()
    speeds = random.normal(0.0, 1e6, (count, 3)).tolist()
    turns = random.normal(0.0, 1.0, (count, 4)).tolist()
    return [
        msgspec.structs.replace(
            looking(seq, x, y),
            velocity=tuple(speed),
            orientation=tuple(turn),
            fov=[0.001 + seq % 3],
        )
        for seq, ((x, y), speed, turn) in enumerate(zip(places, speeds, turns, strict=True))
    ]


def test_a_thousand_jumps_leave_no_more_behind_than_one() -> None:
    one = Viewer(TOWN, OPTIONS)
    tiles = TOWN.tiles.count
    for looked in liar(1000):
        one.look(looked)
        one.next(0.0)
        assert parts(one) <= 8 * tiles
        assert one.in_flight_bytes <= OPTIONS.window_bytes


def test_who_has_jumped_about_still_gets_all_that_is_seen() -> None:
    one, client = Viewer(TOWN, OPTIONS), Client()
    for looked in liar(200):
        one.look(looked)
        client.hear(one.next(0.0))
    last = follow(one, client, looking(1000, 100.0))[-1]
    assert last == Complete(seq=1000, degraded=False)
    assert client.covers(0)


def test_of_a_thousand_views_at_once_one_is_worked_out(monkeypatch: pytest.MonkeyPatch) -> None:
    chosen: list[float] = []
    select = lod.select

    def counted(tiles: Tiles, seen: lod.Viewpoint, *more: Any) -> lod.Cut:
        chosen.append(float(seen.eye[0]))
        return select(tiles, seen, *more)

    monkeypatch.setattr(lod, "select", counted)
    one = Viewer(TOWN, OPTIONS)
    for looked in liar(1000):
        one.look(looked)
    one.next(0.0)
    assert len(chosen) == 1


def test_much_to_choose_is_said_until_it_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    one = Viewer(TOWN, replace(OPTIONS, hides=False))
    assert not one.has_much_to_choose
    one.look(looking(1, 0.0))
    assert not one.has_much_to_choose
    monkeypatch.setattr(viewer, "MANY_TILES", 3)
    assert one.has_much_to_choose
    one.follow()
    assert not one.has_much_to_choose
    assert one.next(0.0) is not None


@pytest.mark.anyio
async def test_a_large_choice_is_made_beside_the_loop(
    serving: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: set[threading.Thread] = set()
    select = lod.select

    def watched(*arguments: Any) -> lod.Cut:
        threads.add(threading.current_thread())
        return select(*arguments)

    monkeypatch.setattr(lod, "select", watched)
    monkeypatch.setattr(viewer, "MANY_TILES", 3)
    async with serving() as running, running.stranger() as stranger:
        await stranger.hello("town")
        for x in (-200.0, 0.0, 200.0):
            complete = await stranger.look([x, 0.0, 2.0])
        assert complete["degraded"] is False
    assert threads
    assert threading.main_thread() not in threads
