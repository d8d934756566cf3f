"""Content that a client holds or keeps isn't sent to it, unless it says that it is missing."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from citiverse_server.decisions import SendCollider, SendTile
from citiverse_server.protocol import Complete, Drop
from citiverse_server.viewer import Viewer
from server.test_viewer import OPTIONS, TOWN, drain, row_and_held, view
from server.trees import random_catalog

if TYPE_CHECKING:
    from citiverse_server.catalog import Catalog
    from citiverse_server.decisions import Decision


def test_held_content_costs_nothing_and_is_believed_once() -> None:
    have = frozenset(TOWN.tiles.hash_of(row) for row in range(TOWN.tiles.count))
    viewer = Viewer(TOWN, replace(OPTIONS, window_bytes=1, have=have))
    viewer.look(view(1, -500.0, -500.0))
    decisions = drain(viewer)
    assert all(item.held for item in decisions if isinstance(item, SendTile))
    viewer.look(view(2, 500.0, 500.0))
    drain(viewer)
    viewer.look(view(3, -500.0, -500.0))
    again = [item for item in drain(viewer) if isinstance(item, SendTile)]
    assert again
    assert not any(item.held for item in again)


def test_a_held_tile_that_is_given_up_at_once_comes_with_its_content() -> None:
    root = TOWN.tiles.hash_of(0)
    viewer = Viewer(TOWN, replace(OPTIONS, have=frozenset({root})))
    viewer.look(view(1))
    assert row_and_held(viewer.next(0.0)) == (0, True)
    viewer.evict([0])
    assert row_and_held(viewer.next(0.0)) == (0, False)
    assert drain(viewer)[-1] == Complete(seq=1, degraded=False)
    viewer.evict([0])
    assert drain(viewer) == []


def names(rows: list[int]) -> bytes:
    return b"".join(TOWN.tiles.hash_of(row)[:8] for row in rows)


def test_kept_content_is_never_sent_however_often_one_comes_by() -> None:
    everything = list(range(TOWN.tiles.count))
    cells = b"".join(TOWN.cells.hash_of(row)[:8] for row in range(len(TOWN.cells.cell)))
    viewer = Viewer(TOWN, replace(OPTIONS, window_bytes=1, kept=names(everything) + cells))
    for seq, corner in enumerate((-500.0, 500.0, -500.0, 500.0), start=1):
        viewer.look(view(seq, corner, corner))
        sent = [item for item in drain(viewer) if isinstance(item, SendTile | SendCollider)]
        assert sent
        assert all(item.held for item in sent)
    assert viewer.contents_sent == 0


def test_what_is_kept_meanwhile_is_not_sent_when_one_comes_back() -> None:
    viewer = Viewer(TOWN, OPTIONS)
    viewer.look(view(1, -500.0, -500.0))
    drain(viewer)
    here = viewer.tiles
    viewer.keep(names(sorted(here)))
    viewer.look(view(2, 500.0, 500.0))
    drain(viewer)
    viewer.look(view(3, -500.0, -500.0))
    again = [item for item in drain(viewer) if isinstance(item, SendTile)]
    assert {item.row for item in again} <= here
    assert again
    assert all(item.held for item in again)


def test_what_is_missing_comes_with_its_content_and_nothing_else_does() -> None:
    viewer = Viewer(TOWN, replace(OPTIONS, kept=names([0, 1])))
    viewer.look(view(1))
    drain(viewer)
    cell = min(viewer.colliders)
    i, j = TOWN.cells.cell[cell].tolist()
    whole, colliders = viewer.tiles, viewer.colliders
    viewer.miss([0, 10**12], [(int(TOWN.cells.cell_layer[cell]), i, j), (9, 9, 9)])
    again = drain(viewer)
    assert [item.row for item in again if isinstance(item, SendTile)] == [0]
    assert [item.row for item in again if isinstance(item, SendCollider)] == [cell]
    assert not any(item.held for item in again if isinstance(item, SendTile | SendCollider))
    assert again[-1] == Complete(seq=1, degraded=False)
    assert (viewer.tiles, viewer.colliders) == (whole, colliders)


def test_what_is_held_and_given_up_for_want_of_memory_does_not_come_at_once() -> None:
    viewer = Viewer(TOWN, replace(OPTIONS, have=frozenset({TOWN.tiles.hash_of(1)})))
    viewer.look(view(1))
    drain(viewer)
    viewer.evict([1], full=True)
    assert drain(viewer) == []


def test_giving_up_what_is_kept_brings_nothing_at_once() -> None:
    """Who gives tiles up for want of memory mustn't be sent them again and again."""
    viewer = Viewer(TOWN, replace(OPTIONS, kept=names([1])))
    viewer.look(view(1))
    drain(viewer)
    viewer.evict([1])
    assert drain(viewer) == []


def test_nobody_misses_anything_before_the_first_view() -> None:
    viewer = Viewer(TOWN, OPTIONS)
    viewer.miss([0], [(0, 0, 0)])
    assert drain(viewer) == []


def test_what_is_kept_is_known_in_the_city_made_anew() -> None:
    viewer = Viewer(TOWN, replace(OPTIONS, kept=names([0]))).before(TOWN)
    viewer.look(view(1))
    assert row_and_held(viewer.next(0.0)) == (0, True)


class Keeper:
    """A client with a store of its own, which may lose what the server believes to be in it."""

    def __init__(self, viewer: Viewer, catalog: Catalog) -> None:
        self._viewer = viewer
        self._catalog = catalog
        self.whole: set[int] = set()
        self.store: set[int] = set()

    def take(self, decision: Decision | None) -> None:
        """Does as the server says, and says what is missing."""
        match decision:
            case SendTile(row, None):
                if row in self.store:
                    self.whole.add(row)
                else:
                    self._viewer.miss([row], [])
            case SendTile(row, _):
                self._viewer.credit(1 << 20)
                self.whole.add(row)
            case SendCollider():
                self._viewer.credit(1 << 20)
            case Drop(rows):
                self.whole.difference_update(rows)

    def keep(self) -> None:
        """Writes down what it has."""
        self.store |= self.whole
        self._viewer.keep(b"".join(self._catalog.tiles.hash_of(row)[:8] for row in self.whole))


steps = st.lists(
    st.tuples(
        st.sampled_from(["look", "take", "take", "keep", "lose"]),
        st.floats(-600.0, 600.0),
        st.floats(-600.0, 600.0),
    ),
    max_size=30,
)


@settings(max_examples=100)
@given(st.integers(0, 500), steps)
def test_whatever_is_kept_and_lost_everything_shown_has_content_in_the_end(
    seed: int, walk: list[tuple[str, float, float]]
) -> None:
    catalog = random_catalog(seed)
    viewer = Viewer(catalog, OPTIONS)
    client = Keeper(viewer, catalog)
    for seq, (step, x, y) in enumerate(walk):
        match step:
            case "look":
                viewer.look(view(seq, x, y))
            case "keep":
                client.keep()
            case "lose":
                client.store.clear()
            case _:
                for _ in range(int(abs(x)) % 10):
                    client.take(viewer.next(0.0))
    viewer.look(view(1000))
    decision = viewer.next(0.0)
    latest = decision
    while decision is not None:
        client.take(decision)
        latest, decision = decision, viewer.next(0.0)
    assert isinstance(latest, Complete)
    assert client.whole == viewer.tiles
    assert set(catalog.tiles.roots.tolist()) <= client.whole
