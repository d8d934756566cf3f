"""What one viewer is sent: the picture first, whole families, bounded, never twice."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from citiverse_server import lod
from citiverse_server.catalog import Catalog
from citiverse_server.decisions import Decision, SendCollider, SendTile
from citiverse_server.errors import ErrorCode, ProtocolError
from citiverse_server.protocol import (
    Complete,
    Drop,
    DropColliders,
    View,
    Visible,
    decode_client,
)
from citiverse_server.viewer import Viewer, ViewerOptions
from server.trees import quadtree, random_catalog, square_cells

if TYPE_CHECKING:
    from citiverse_server.catalog import Ints, Rows, Tiles

OPTIONS = ViewerOptions(window_bytes=1 << 30, aim=lod.Aim(16.0, 1 << 30))
TOWN = Catalog(quadtree(levels=4, side_m=1024.0), square_cells(10), 64.0)


def view(seq: int, x: float = 0.0, y: float = 0.0, **more: object) -> View:
    base = View(
        seq=seq,
        position=(x, y, 2.0),
        orientation=(0.5, -0.5, -0.5, 0.5),
        fov=[1.0],
        viewport=(1280.0, 720.0),
    )
    return msgspec.structs.replace(base, **more)


def drain(viewer: Viewer, *, credit: bool = True) -> list[Decision]:
    decisions: list[Decision] = []
    while True:
        if credit:
            viewer.credit(1 << 30)
        decision = viewer.next(0.0)
        if decision is None:
            return decisions
        decisions.append(decision)


def row_and_held(decision: Decision | None) -> tuple[int, bool]:
    assert isinstance(decision, SendTile)
    return decision.row, decision.held


def rows(decisions: list[Decision]) -> list[int]:
    return [decision.row for decision in decisions if isinstance(decision, SendTile)]


def test_who_arrives_is_shown_the_picture_first_then_gets_ground_then_what_is_behind() -> None:
    viewer = Viewer(TOWN, OPTIONS)
    viewer.look(view(1, 100.0, 30.0))
    decisions = drain(viewer)
    assert row_and_held(decisions[0]) == (0, False)
    whole = decisions.index(Visible(seq=1))
    kinds = [type(decision) for decision in decisions]
    assert set(kinds[:whole]) == {SendTile}
    last_collider = max(at for at, kind in enumerate(kinds) if kind is SendCollider)
    assert set(kinds[whole + 1 : last_collider + 1]) == {SendCollider}
    assert set(kinds[last_collider + 1 : -1]) == {SendTile}
    assert decisions[-1] == Complete(seq=1, degraded=False)
    seen = lod.viewpoint(view(1, 100.0, 30.0))
    behind = np.array(rows(decisions[whole:]), dtype=np.intp)
    assert len(behind)
    assert not lod.in_view(TOWN.tiles, behind, seen).any()


def test_who_walks_on_gets_ground_before_tiles_that_refine() -> None:
    viewer = Viewer(TOWN, OPTIONS)
    viewer.look(view(1))
    drain(viewer)
    viewer.look(view(2, 250.0))
    decisions = [item for item in drain(viewer) if isinstance(item, SendTile | SendCollider)]
    kinds = [type(decision) for decision in decisions]
    assert kinds == sorted(kinds, key=lambda kind: kind is SendTile)
    assert set(kinds) == {SendTile, SendCollider}


def test_turning_round_brings_what_is_seen_now_to_the_front() -> None:
    viewer = Viewer(TOWN, OPTIONS)
    viewer.look(view(1, 100.0, 30.0))
    while viewer.next(0.0) != Visible(seq=1):
        viewer.credit(1 << 30)
    west = view(2, 100.0, 30.0, orientation=(0.5, 0.5, 0.5, 0.5))
    viewer.look(west)
    sent = [
        lod.in_view(TOWN.tiles, np.array([row]), lod.viewpoint(west))[0]
        for row in rows(drain(viewer))
    ]
    families = [any(sent[at : at + 4]) for at in range(0, len(sent), 4)]
    assert any(families)
    assert families == sorted(families, reverse=True)


def test_all_colliders_within_sixty_metres_come_and_more_ahead_of_a_runner() -> None:
    standing, running = Viewer(TOWN, OPTIONS), Viewer(TOWN, OPTIONS)
    standing.look(view(1, 32.0, 32.0))
    running.look(view(1, 32.0, 32.0, velocity=(25.0, 0.0, 0.0)))
    drain(standing)
    drain(running)
    cells = {tuple(TOWN.cells.cell[row].tolist()) for row in standing.colliders}
    assert cells == {(i, j) for i in (-1, 0, 1) for j in (-1, 0, 1)}
    ahead = {tuple(TOWN.cells.cell[row].tolist()) for row in running.colliders}
    assert ahead - cells == {(2, -1), (2, 0), (2, 1)}


def test_far_colliders_are_taken_back_but_not_at_once() -> None:
    viewer = Viewer(TOWN, OPTIONS)
    viewer.look(view(1, 32.0, 32.0))
    drain(viewer)
    viewer.look(view(2, 132.0, 32.0))
    assert not [item for item in drain(viewer) if isinstance(item, DropColliders)]
    viewer.look(view(3, 332.0, 32.0))
    dropped = [item for item in drain(viewer) if isinstance(item, DropColliders)]
    assert (0, -1, 0) in dropped[0].cells


def test_a_new_view_replaces_what_was_not_sent() -> None:
    viewer = Viewer(TOWN, OPTIONS)
    viewer.look(view(1, -500.0, -500.0))
    first = [viewer.next(0.0) for _ in range(3)]
    viewer.look(view(2, 500.0, 500.0))
    rest = drain(viewer)
    fresh = Viewer(TOWN, OPTIONS)
    fresh.look(view(1, 500.0, 500.0))
    drain(fresh)
    assert viewer.tiles == fresh.tiles
    assert [item.seq for item in rest if isinstance(item, Complete)] == [2]
    assert row_and_held(first[0]) == (0, False)


def test_of_views_that_come_at_once_only_the_newest_is_worked_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    selected: list[float] = []
    select = lod.select

    def counted(
        tiles: Tiles, seen: lod.Viewpoint, aim: lod.Aim, before: Rows, scope: None
    ) -> lod.Cut:
        selected.append(float(seen.eye[0]))
        return select(tiles, seen, aim, before, scope)

    monkeypatch.setattr(lod, "select", counted)
    viewer = Viewer(TOWN, OPTIONS)
    for seq in range(50):
        viewer.look(view(seq, 10.0 * seq))
    drain(viewer)
    assert selected == [490.0]


def test_turning_while_the_coarse_cover_waits_loses_none_of_it() -> None:
    catalog = random_catalog(seed=1, roots=3)
    viewer = Viewer(catalog, replace(OPTIONS, window_bytes=1))
    viewer.look(view(1))
    assert isinstance(viewer.next(0.0), SendTile)
    viewer.look(view(2, orientation=(0.5, 0.5, 0.5, 0.5)))
    drain(viewer)
    assert {0, 1, 2} < viewer.tiles


def test_standing_still_sends_nothing_but_complete() -> None:
    viewer = Viewer(TOWN, OPTIONS)
    viewer.look(view(1))
    drain(viewer)
    viewer.look(view(2, 0.2, 0.1, orientation=(0.0, 0.0, 0.0, 1.0)))
    assert drain(viewer) == [Complete(seq=2, degraded=False)]


def test_the_window_bounds_what_is_in_flight() -> None:
    viewer = Viewer(TOWN, replace(OPTIONS, window_bytes=2500))
    viewer.look(view(1))
    sent = drain(viewer, credit=False)
    assert viewer.in_flight_bytes <= 2500
    assert viewer.stalled_s(61.0) == 61.0
    viewer.credit(1000)
    assert viewer.stalled_s(61.0) == 0.0
    assert drain(viewer, credit=False)
    assert len(sent) < 30


def test_one_content_larger_than_the_window_still_goes_when_nothing_is_in_flight() -> None:
    viewer = Viewer(TOWN, replace(OPTIONS, window_bytes=1))
    viewer.look(view(1))
    assert row_and_held(viewer.next(0.0)) == (0, False)
    assert viewer.next(0.0) is None
    viewer.credit(10_000_000)
    assert row_and_held(viewer.next(0.0)) == (1, False)


def test_a_small_budget_degrades_and_says_so() -> None:
    viewer = Viewer(TOWN, replace(OPTIONS, aim=lod.Aim(16.0, 6000)))
    viewer.look(view(1))
    decisions = drain(viewer)
    assert decisions[-1] == Complete(seq=1, degraded=True)
    assert int(TOWN.tiles.content_bytes[sorted(viewer.tiles)].sum()) <= 6000


def test_a_paused_client_gets_no_content_but_its_drops() -> None:
    viewer = Viewer(TOWN, OPTIONS)
    viewer.look(view(1, -500.0, -500.0))
    drain(viewer)
    viewer.pause(True)
    viewer.look(view(2, 500.0, 500.0))
    assert {type(item) for item in drain(viewer)} == {Drop, DropColliders}
    assert viewer.stalled_s(1e9) == 0.0
    viewer.pause(False)
    assert drain(viewer)[-1] == Complete(seq=2, degraded=False)


def test_evicted_tiles_take_their_descendants_and_come_again_only_for_a_later_view() -> None:
    viewer = Viewer(TOWN, OPTIONS)
    viewer.look(view(1))
    drain(viewer)
    whole = viewer.tiles
    viewer.evict([1])
    assert drain(viewer) == []
    below = {row for row in whole if row == 1 or _has_ancestor(row, 1)}
    assert len(below) > 1
    assert viewer.tiles == whole - below
    viewer.look(view(2, 1.0))
    assert set(rows(drain(viewer))) == below


def test_who_gives_tiles_up_for_want_of_memory_is_sent_no_more_than_she_can_hold() -> None:
    viewer = Viewer(TOWN, OPTIONS)
    viewer.look(view(1))
    drain(viewer)
    viewer.evict([1], full=True)
    most = TOWN.tiles.content_bytes[sorted(viewer.tiles)].sum()
    viewer.look(view(2, 1.0))
    assert drain(viewer)[-1] == Complete(seq=2, degraded=True)
    assert TOWN.tiles.content_bytes[sorted(viewer.tiles)].sum() <= most


def test_an_eviction_under_way_leaves_no_orphans_in_the_queue() -> None:
    viewer = Viewer(TOWN, OPTIONS)
    viewer.look(view(1))
    while 1 not in viewer.tiles:
        viewer.next(0.0)
    viewer.evict([1])
    drain(viewer)
    assert not any(_has_ancestor(row, 1) for row in viewer.tiles)


def test_sequence_numbers_must_rise_and_evicted_tiles_must_exist() -> None:
    viewer = Viewer(TOWN, OPTIONS)
    viewer.look(view(5))
    with pytest.raises(ProtocolError) as late:
        viewer.look(view(5))
    with pytest.raises(ProtocolError) as unknown:
        viewer.evict([TOWN.tiles.count])
    assert late.value.code is unknown.value.code is ErrorCode.BAD_MESSAGE


far = st.floats(-57_000.0, 57_000.0)


@settings(max_examples=200)
@given(
    st.tuples(far, far, far),
    st.tuples(far, far, far),
    st.tuples(*[st.floats(-1.0, 1.0)] * 4),
    st.lists(st.floats(0.0, 3.2), min_size=1, max_size=2),
    st.tuples(st.floats(0.5, 40_000.0), st.floats(0.5, 40_000.0)),
)
def test_any_view_that_the_protocol_takes_can_be_followed(
    position: object, velocity: object, orientation: object, fov: object, viewport: object
) -> None:
    message = {"position": position, "velocity": velocity, "orientation": orientation}
    packed = msgspec.msgpack.encode(
        {"t": "view", "seq": 1, **message, "fov": fov, "viewport": viewport}
    )
    try:
        looked = decode_client(packed)
    except ProtocolError:
        return
    assert isinstance(looked, View)
    viewer = Viewer(TOWN, OPTIONS)
    viewer.look(looked)
    assert drain(viewer)[-1] == Complete(seq=1, degraded=False)


steps = st.lists(
    st.tuples(
        st.sampled_from(["look", "turn", "send", "credit", "evict", "pause", "resume"]),
        st.floats(-600.0, 600.0),
        st.floats(-600.0, 600.0),
    ),
    max_size=30,
)


@settings(max_examples=300)
@given(st.integers(0, 500), steps, st.integers(1, 60_000), st.integers(1, 20_000))
def test_a_client_that_follows_the_decisions_never_has_a_hole(
    seed: int, walk: list[tuple[str, float, float]], budget: int, window: int
) -> None:
    catalog = random_catalog(seed)
    tiles = catalog.tiles
    options = ViewerOptions(window_bytes=window, aim=lod.Aim(16.0, budget))
    viewer = Viewer(catalog, options)
    held: set[int] = set()
    place = (0.0, 0.0)
    for seq, (step, x, y) in enumerate(walk):
        match step:
            case "look":
                place = (x, y)
                viewer.look(view(seq, *place))
            case "turn":
                turned = (0.5, -0.5, -0.5, 0.5) if x < y else (0.5, 0.5, 0.5, 0.5)
                viewer.look(view(seq, *place, orientation=turned))
            case "credit":
                viewer.credit(int(abs(x)) + 1)
            case "pause" | "resume":
                viewer.pause(step == "pause")
            case "evict" if held:
                gone = sorted(held)[int(abs(x)) % len(held)]
                viewer.evict([gone])
                held -= {row for row in held if row == gone or _below(tiles.parent, row, gone)}
            case _:
                _follow(viewer.next(0.0), held)
        assert viewer.in_flight_bytes <= max(window, int(tiles.content_bytes.max()))
        assert all(int(tiles.parent[row]) in held for row in held if tiles.parent[row] >= 0)
    viewer.pause(False)
    if not any(step == "evict" for step, _, _ in walk):
        viewer.look(view(1000, *place))
    else:
        # What was given up comes again only where the viewer moves.
        viewer.look(view(1000, 3000.0, 3000.0))
        for decision in drain(viewer):
            _follow(decision, held)
        viewer.look(view(1001, 0.0, 0.0))
    for decision in drain(viewer):
        _follow(decision, held)
    assert held == viewer.tiles
    assert set(tiles.roots.tolist()) <= held
    for row in held:
        first, count = int(tiles.first_child[row]), int(tiles.child_count[row])
        family = set(range(first, first + count)) if count else set()
        assert family <= held or not family & held


def _follow(decision: Decision | None, held: set[int]) -> None:
    match decision:
        case SendTile(row, _):
            assert row not in held, "sent twice"
            held.add(row)
        case Drop():
            assert set(decision.tiles) <= held, "dropped what was never sent"
            held.difference_update(decision.tiles)


def _has_ancestor(row: int, ancestor: int) -> bool:
    return _below(TOWN.tiles.parent, row, ancestor)


def _below(parent: Ints, row: int, ancestor: int) -> bool:
    while row > ancestor:
        row = int(parent[row])
        if row == ancestor:
            return True
    return False
