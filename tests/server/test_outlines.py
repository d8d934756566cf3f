"""What can wait is only begun: the picture is whole sooner, and nobody ever sees a hole."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import msgspec
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from citiverse_server import lod
from citiverse_server.catalog import Catalog
from citiverse_server.decisions import SendTile
from citiverse_server.protocol import Complete, Drop, View, Visible
from citiverse_server.viewer import Viewer, ViewerOptions
from server.trees import no_cells, quadtree, random_catalog

if TYPE_CHECKING:
    from citiverse_server.decisions import Decision

OPTIONS = ViewerOptions(window_bytes=1 << 30, aim=lod.Aim(16.0, 1 << 30), in_pieces=True)
TOWN = Catalog(quadtree(levels=5, side_m=1024.0), no_cells(), 64.0)
EAST, WEST = (0.5, -0.5, -0.5, 0.5), (0.5, 0.5, 0.5, 0.5)


def view(seq: int, x: float, y: float, **more: object) -> View:
    base = View(
        seq=seq,
        position=(x, y, 2.0),
        orientation=EAST,
        fov=[1.0],
        viewport=(1280.0, 720.0),
    )
    return msgspec.structs.replace(base, **more)


class Client:
    """What has begun and what is whole, as a client knows it."""

    def __init__(self, catalog: Catalog) -> None:
        self.tiles = catalog.tiles
        self.known: set[int] = set()
        self.whole: set[int] = set()

    def hear(self, decision: Decision | None) -> None:
        match decision:
            case SendTile(row, piece):
                self.known.add(row)
                if piece is None or piece.is_last:
                    assert row not in self.whole, "sent twice"
                    self.whole.add(row)
            case Drop():
                gone = set(decision.tiles)
                for row in gone & self.whole:
                    self.assert_stands_in(int(self.tiles.parent[row]), gone)
                self.known -= gone
                self.whole -= gone

    def assert_stands_in(self, row: int, gone: set[int]) -> None:
        """Where tiles go, the one above that stays can be drawn."""
        while row in gone:
            row = int(self.tiles.parent[row])
        assert row in self.whole

    def covers(self, row: int, seen: lod.Viewpoint) -> bool:
        """Whether everything of this tile that is in the picture can be drawn."""
        if row not in self.known:
            return False
        first, count = int(self.tiles.first_child[row]), int(self.tiles.child_count[row])
        below = range(first, first + count)
        if row in self.whole or (count and all(self.covers(child, seen) for child in below)):
            return True
        return not lod.in_view(self.tiles, np.array([row]), seen)[0]


def all_of(viewer: Viewer) -> list[Decision]:
    decisions: list[Decision] = []
    while True:
        viewer.credit(1 << 30)
        decision = viewer.next(float(len(decisions)))
        if decision is None:
            return decisions
        decisions.append(decision)


def test_the_picture_is_whole_without_ancestors_and_without_what_is_beside_it() -> None:
    viewer, client = Viewer(TOWN, OPTIONS), Client(TOWN)
    viewer.look(view(1, 100.0, 30.0))
    decisions = all_of(viewer)
    whole = decisions.index(Visible(seq=1))
    for decision in decisions[:whole]:
        client.hear(decision)
    seen = lod.viewpoint(view(1, 100.0, 30.0))
    tiles = TOWN.tiles
    cut = lod.select(tiles, seen, lod.Aim(16.0, 1 << 30), np.empty(0, dtype=np.intp))
    shown = np.setdiff1d(lod.wanted(tiles, cut), cut.refined)
    picture = set(shown[lod.in_view(tiles, shown, seen)].tolist())
    assert client.whole == picture | set(tiles.roots.tolist())
    assert all(client.covers(row, seen) for row in tiles.children(tiles.roots).tolist())
    for decision in decisions[whole:]:
        client.hear(decision)
    # Ancestors that nobody will see stay as they are: begun.
    assert client.known == set(lod.wanted(tiles, cut).tolist())
    assert client.whole == set(shown.tolist()) | set(tiles.roots.tolist())
    assert decisions[-1] == Complete(seq=1, degraded=False)


def test_a_large_picture_comes_step_by_step() -> None:
    heavy = quadtree(levels=5, side_m=1024.0)
    heavy.content_gzip_bytes[:] = 100_000
    viewer = Viewer(Catalog(heavy, no_cells(), 64.0), OPTIONS)
    viewer.look(view(1, 100.0, 30.0))
    decisions = all_of(viewer)
    before = decisions[: decisions.index(Visible(seq=1))]
    begun = {item.row for item in before if isinstance(item, SendTile) and item.piece is not None}
    ancestors = {row for row in begun if int(heavy.level[row]) == 1}
    sizes = {
        row: sum(
            item.piece.length
            for item in before
            if isinstance(item, SendTile) and item.piece is not None and item.row == row
        )
        for row in ancestors
    }
    seen = lod.viewpoint(view(1, 100.0, 30.0))
    in_picture = [row for row in ancestors if lod.in_view(heavy, np.array([row]), seen)[0]]
    assert in_picture
    assert all(sizes[row] == 100_000 for row in in_picture)


def test_a_client_that_takes_no_pieces_gets_whole_families() -> None:
    viewer = Viewer(TOWN, replace(OPTIONS, in_pieces=False))
    viewer.look(view(1, 100.0, 30.0))
    for decision in all_of(viewer):
        if isinstance(decision, SendTile):
            assert decision.piece is not None
            assert decision.piece.is_last


steps = st.lists(
    st.tuples(
        st.sampled_from(["look", "turn", "send", "send", "send", "all"]),
        st.floats(-600.0, 600.0),
        st.floats(-600.0, 600.0),
    ),
    max_size=30,
)


@settings(max_examples=150)
@given(st.integers(0, 500), steps, st.integers(1, 60_000))
def test_nothing_goes_before_that_which_takes_its_place_has_come(
    seed: int, walk: list[tuple[str, float, float]], budget: int
) -> None:
    catalog = random_catalog(seed)
    options = ViewerOptions(window_bytes=1 << 20, aim=lod.Aim(16.0, budget), in_pieces=True)
    viewer, client = Viewer(catalog, options), Client(catalog)
    place, looking = (0.0, 0.0), EAST
    for seq, (step, x, y) in enumerate(walk):
        match step:
            case "look":
                place = (x, y)
                viewer.look(view(seq, *place, orientation=looking))
            case "turn":
                looking = EAST if x < y else WEST
                viewer.look(view(seq, *place, orientation=looking))
            case "send":
                viewer.credit(1 << 20)
                client.hear(viewer.next(float(seq)))
            case _:
                for decision in all_of(viewer):
                    client.hear(decision)
    viewer.look(view(1000, *place, orientation=looking))
    for decision in all_of(viewer):
        client.hear(decision)
    assert client.known == viewer.tiles
    replaced = set(catalog.tiles.parent[sorted(client.known)].tolist())
    assert client.known - client.whole <= replaced
