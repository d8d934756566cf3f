"""What can't be seen isn't sent: not the content of hidden tiles, and nothing below them."""

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
from citiverse_server.decisions import SendTile
from citiverse_server.protocol import Complete, Drop, View
from citiverse_server.viewer import Viewer, ViewerOptions
from citiverse_server.visibility import Visibility
from server.sights import CELL_M, pack_sights
from server.trees import no_cells, quadtree

if TYPE_CHECKING:
    from citiverse_server.decisions import Decision

AIM = lod.Aim(16.0, 1 << 30)
OPTIONS = ViewerOptions(window_bytes=1 << 30, aim=AIM, in_pieces=True, hides=True)
TILES = quadtree(levels=5, side_m=1024.0)
LEAVES = np.flatnonzero(TILES.child_count == 0)
REACH = 40
"""Cells each way from the middle in which somebody walks."""


def with_ancestors(leaves: set[int]) -> set[int]:
    seen = set(leaves)
    for row in leaves:
        above = int(TILES.parent[row])
        while above >= 0:
            seen.add(above)
            above = int(TILES.parent[above])
    return seen


def behind_walls() -> dict[tuple[int, int], set[int]]:
    """West of the middle only what is in the west is seen, and east of it only what is east."""
    west = {int(row) for row in LEAVES if TILES.box_max[row, 0] <= 0.0}
    east = set(LEAVES.tolist()) - west
    sides = with_ancestors(west), with_ancestors(east)
    cells = [(i, j) for i in range(-REACH, REACH) for j in range(-4, 4)]
    return {cell: sides[cell[0] >= 0] for cell in cells}


SEEN = behind_walls()
TOWN = Catalog(
    TILES,
    no_cells(),
    64.0,
    visibility=Visibility(memoryview(pack_sights(SEEN, TILES.count)), TILES.count),
)


def view(seq: int, x: float, y: float = 2.0, **more: object) -> View:
    base = View(
        seq=seq,
        position=(x, y, 1.6),
        orientation=(0.5, -0.5, -0.5, 0.5),
        fov=[1.0],
        viewport=(1280.0, 720.0),
    )
    return msgspec.structs.replace(base, **more)


class Client:
    """What it was told of, what it takes for hidden, and what it can draw."""

    def __init__(self) -> None:
        self.hidden: dict[int, bool] = {}
        self.whole: set[int] = set()
        self.content_bytes = 0

    def hear(self, decision: Decision | None) -> None:
        match decision:
            case SendTile(row, piece):
                assert TILES.parent[row] < 0 or int(TILES.parent[row]) in self.hidden
                if piece is None or piece.is_first:
                    self.hidden[row] = decision.hidden
                if piece is None or piece.is_last:
                    assert row not in self.whole, "sent twice"
                    self.whole.add(row)
                self.content_bytes += piece.length if piece else 0
            case Drop():
                for row in decision.tiles:
                    self.hidden.pop(row, None)
                    self.whole.discard(row)

    def covers(self, row: int) -> bool:
        """Whether nothing is awaited of this tile."""
        first, count = int(TILES.first_child[row]), int(TILES.child_count[row])
        below = range(first, first + count)
        if row in self.whole or self.hidden.get(row, False):
            return True
        return bool(count) and all(self.covers(child) for child in below)

    def draws(self, leaf: int) -> bool:
        """Whether a place is drawn by its tile, or by one above it."""
        while leaf >= 0 and leaf not in self.whole:
            leaf = int(TILES.parent[leaf])
        return leaf >= 0 and not any(
            child in self.hidden for child in TILES.children(np.array([leaf])).tolist()
        )


def follow(viewer: Viewer, client: Client, looked: View) -> list[Decision]:
    viewer.look(looked)
    decisions: list[Decision] = []
    while (decision := viewer.next(float(len(decisions)))) is not None:
        viewer.credit(1 << 30)
        client.hear(decision)
        decisions.append(decision)
    return decisions


def arrived(x: float, z: float = 1.6) -> tuple[Viewer, Client]:
    viewer, client = Viewer(TOWN, OPTIONS), Client()
    decisions = follow(viewer, client, view(1, x, position=(x, 2.0, z)))
    assert decisions[-1] == Complete(seq=1, degraded=False)
    return viewer, client


def test_of_what_is_hidden_no_content_comes_and_its_family_is_refined_without_it() -> None:
    _, client = arrived(-60.0)
    hidden = {row for row, is_hidden in client.hidden.items() if is_hidden}
    assert hidden
    assert not hidden & client.whole
    assert not hidden & SEEN[-15, 0]
    assert client.covers(0)
    assert 0 in client.whole


def test_below_what_is_hidden_nothing_is_refined() -> None:
    _, client = arrived(-60.0)
    assert all(
        int(TILES.parent[row]) in SEEN[-15, 0] for row in client.hidden if TILES.parent[row] >= 0
    )


def test_it_costs_less_than_what_can_be_seen_and_what_can_not() -> None:
    _, client = arrived(-60.0)
    everything = Client()
    follow(Viewer(TOWN, replace(OPTIONS, hides=False)), everything, view(1, -60.0))
    assert not any(everything.hidden.values())
    assert client.content_bytes < 0.7 * everything.content_bytes


@pytest.mark.parametrize("z", [-3.0, 6.0, 90.0])
def test_who_is_not_on_the_street_is_sent_everything(z: float) -> None:
    _, client = arrived(-60.0, z)
    assert not any(client.hidden.values())


def test_what_a_walker_is_about_to_see_has_come_before_she_sees_it() -> None:
    viewer, client = arrived(-60.0)
    for seq, x in enumerate(np.arange(-59.0, 3.0), start=2):
        looked = view(seq, float(x), velocity=(1.4, 0.0, 0.0))
        # Before anything new comes, all that she sees by now can be drawn.
        seen = lod.viewpoint(looked)
        cell = (int(x // CELL_M), 0)
        leaves = np.array(sorted(SEEN[cell] & set(LEAVES.tolist())))
        leaves = leaves[lod.in_view(TILES, leaves, seen)]
        assert all(client.draws(int(row)) for row in leaves), x
        follow(viewer, client, looked)


def test_who_jumps_sees_what_is_above_until_it_has_come() -> None:
    viewer, client = arrived(-60.0)
    hidden = {row for row, is_hidden in client.hidden.items() if is_hidden}
    viewer.look(view(2, 60.0))
    restated = []
    while isinstance(decision := viewer.next(0.0), SendTile) and decision.row in client.hidden:
        client.hear(decision)
        if decision.row in hidden:
            restated.append(decision)
    assert restated
    assert not any(item.hidden for item in restated)
    assert all(item.piece is not None and item.piece.length == 0 for item in restated)
    follow(viewer, client, view(3, 60.0))
    assert {item.row for item in restated} & set(LEAVES.tolist()) <= client.whole


def test_what_is_hidden_again_is_not_taken_back_and_not_sent_twice() -> None:
    viewer, client = arrived(-30.0)
    follow(viewer, client, view(2, 30.0))
    sent = client.content_bytes
    follow(viewer, client, view(3, -30.0))
    follow(viewer, client, view(4, 30.0))
    assert client.content_bytes == sent


def test_where_there_is_little_room_what_is_hidden_goes_first() -> None:
    small = replace(OPTIONS, aim=lod.Aim(16.0, 22_000))
    viewer, client = Viewer(TOWN, small), Client()
    follow(viewer, client, view(1, -30.0))
    follow(viewer, client, view(2, 30.0))
    held = int(TILES.content_bytes[sorted(client.whole)].sum())
    assert held <= 22_000
    leaves = {row for row in client.whole if row in set(LEAVES.tolist())}
    assert leaves
    assert leaves <= SEEN[8, 0]


def test_evicting_while_tiles_are_restated_ends_nobody() -> None:
    viewer, client = arrived(-60.0)
    viewer.look(view(2, 60.0))
    client.hear(viewer.next(0.0))
    viewer.evict([0])
    follow(viewer, Client(), view(3, 90.0))


steps = st.lists(
    st.tuples(
        st.sampled_from(["look", "turn", "send", "send", "send", "evict", "all", "rise"]),
        st.floats(-150.0, 150.0),
        st.floats(-14.0, 14.0),
    ),
    max_size=25,
)


@settings(max_examples=100)
@given(steps, st.integers(10_000, 300_000))
def test_wherever_one_goes_all_that_is_seen_comes(
    walk: list[tuple[str, float, float]], budget: int
) -> None:
    viewer = Viewer(TOWN, replace(OPTIONS, aim=lod.Aim(16.0, budget)))
    client = Client()
    looked = view(0, 0.0)
    for seq, (step, x, y) in enumerate(walk):
        match step:
            case "look":
                looked = view(seq, x, y)
            case "rise":
                looked = view(seq, x, y, position=(x, y, 30.0))
            case "turn":
                looked = view(seq, *looked.position[:2], orientation=(0.5, 0.5, 0.5, 0.5))
            case "send":
                viewer.credit(1 << 20)
                client.hear(viewer.next(float(seq)))
                continue
            case "evict":
                gone = {row for row in client.hidden if _below(row, 1)}
                viewer.evict(sorted(gone))
                for row in gone:
                    client.hidden.pop(row)
                    client.whole.discard(row)
                continue
            case _:
                looked = view(seq, x, y)
                follow(viewer, client, looked)
                continue
        viewer.look(looked)
    if any(step == "evict" for step, _, _ in walk):
        # What was given up comes again only where the viewer moves.
        follow(viewer, client, view(1000, 900.0))
    follow(viewer, client, view(1001, *looked.position[:2]))
    assert set(client.hidden) == viewer.tiles
    assert client.covers(0)
    cell = (int(looked.position[0] // CELL_M), int(looked.position[1] // CELL_M))
    for row in SEEN.get(cell, set()) & set(client.hidden):
        below = TILES.children(np.array([row])).tolist()
        assert row in client.whole or (below and set(below) <= set(client.hidden))


def _below(row: int, ancestor: int) -> bool:
    while row > ancestor:
        row = int(TILES.parent[row])
    return row == ancestor
