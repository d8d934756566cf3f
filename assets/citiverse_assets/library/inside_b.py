"""What stands in variant B."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from citiverse_assets.library import furniture as f
from citiverse_assets.library.items import Place
from citiverse_assets.library.matter import FELT_BLUE, FELT_GREEN, FELT_RED, FELT_YELLOW

if TYPE_CHECKING:
    from collections.abc import Iterable

    from citiverse_assets.library.draft import Draft

WEST_WALL = 0.66
"""Shelves along the western wall stand with their back to it."""

CEILING = 3.78
TIE = 5.0
"""Lamps hang from the ceiling, in the lofts from the ties of the roof."""


def ground_floor(draft: Draft) -> None:
    """Café, children, hall, workshop, a room for meetings."""
    draft.stand(f.counter(3.2), [Place(4.2, 7.9)])
    tables = [Place(x, y) for x in (1.9, 4.2, 7.4) for y in (1.8, 4.4)]
    draft.stand(f.round_table(), tables)
    seats = [(one.x + dx, one.y, turn) for one in tables for dx, turn in ((-0.6, 90), (0.6, 270))]
    draft.stand(f.chair(FELT_RED), [Place(x, y, 0.0, turn) for x, y, turn in seats])
    draft.stand(f.pendant(1.1), [Place(one.x, one.y, CEILING) for one in tables])
    draft.stand(f.shelf(3), f.row(Place(1.0, 18.35), 7, 1.22))
    draft.stand(f.shelf(3), f.row(Place(WEST_WALL, 10.4, 0.0, 90), 4, 1.22))
    for felt, x, y in (
        (FELT_RED, 3.6, 12.4), (FELT_YELLOW, 4.5, 13.2), (FELT_BLUE, 3.4, 13.8),
        (FELT_GREEN, 4.7, 14.6), (FELT_YELLOW, 6.9, 16.0), (FELT_RED, 7.6, 15.2),
    ):  # fmt: skip
        draft.stand(f.cushion(felt), [Place(x, y)])
    at = Place(7.3, 11.8)
    draft.stand(f.table(1.4, 0.8, 0.52), [at])
    draft.stand(f.chair(FELT_YELLOW, 0.72), f.seated(at, 1.4, 0.8, 2))
    draft.stand(f.counter(2.4), [Place(12.2, 6.9)])
    draft.stand(
        f.planter(), [Place(11.2, 1.1), Place(19.4, 1.1), Place(12.0, 9.2), Place(18.6, 9.2)]
    )
    draft.stand(f.bench(1.8), [Place(18.9, 4.0, 0.0, 90)])
    benches = [Place(x, y) for x in (23.4, 27.2) for y in (2.6, 5.6)]
    draft.stand(f.workbench(), benches)
    draft.stand(f.chair(FELT_YELLOW), [Place(one.x, one.y - 0.8, 0.0, 180) for one in benches])
    rows = [Place(23.0 + 0.75 * i, y, 0.0, 90) for i in range(7) for y in (11.6, 12.4, 13.2)]
    draft.stand(f.chair(FELT_BLUE), rows)


def first_floor(draft: Draft) -> None:
    """The reading room in the west, tables and music in the east."""
    z = draft.floor
    tall = f.shelf(6)
    draft.stand(tall, f.row(Place(WEST_WALL, 3.4, z, 90), 1, 1.22))
    draft.stand(tall, f.row(Place(WEST_WALL, 7.0, z, 90), 1, 1.22))
    draft.stand(tall, f.row(Place(WEST_WALL, 10.8, z, 90), 1, 1.22))
    for y in (8.2, 10.8, 13.4):
        _double_row(draft, Place(2.2, y, z), 4)
    _tables(draft, (Place(3.2, 4.6, z), Place(7.4, 4.6, z)), 2.8)
    draft.stand(f.armchair(FELT_RED), [Place(2.2, 1.6, z, 180), Place(6.8, 1.6, z, 170)])
    draft.stand(f.armchair(FELT_GREEN), [Place(3.6, 1.6, z, 190), Place(8.4, 1.6, z, 180)])
    draft.stand(f.shelf(3), f.row(Place(1.2, 18.35, z), 6, 1.22))
    _tables(draft, (Place(23.3, 3.2, z), Place(27.4, 3.2, z), Place(23.3, 7.0, z)), 2.8)
    _double_row(draft, Place(26.0, 7.0, z), 3)
    draft.stand(tall, f.row(Place(21.6, 18.35, z), 6, 1.22))
    draft.stand(f.armchair(FELT_YELLOW), [Place(24.0, 14.4, z, 180), Place(26.2, 14.4, z, 180)])
    draft.stand(f.open_book(), [Place(3.0, 4.5, z + 0.74, 20), Place(23.6, 7.1, z + 0.74, 170)])


def second_floor(draft: Draft) -> None:
    """Lofts under both roofs, and the terrace."""
    z = draft.floor
    for y in (7.6, 10.2, 12.8):
        _double_row(draft, Place(2.4, y, z), 4)
    _tables(draft, (Place(5.1, 4.6, z),), 3.0, TIE)
    draft.stand(f.armchair(FELT_BLUE), [Place(3.8, 1.7, z, 180), Place(6.4, 1.7, z, 180)])
    _tables(draft, (Place(25.5, 3.7, z), Place(25.5, 8.3, z)), 3.0, TIE)
    for y in (10.4, 13.0, 15.6):
        _double_row(draft, Place(22.8, y, z), 4)
    draft.stand(f.bench(1.8), [Place(12.6, 1.0, z), Place(18.0, 1.0, z)])
    boxes = [Place(x, y, z) for x in (10.95, 19.65) for y in (0.9, 2.6, 4.2)]
    draft.stand(f.planter(), boxes)
    draft.stand(f.round_table(), [Place(13.0, 3.2, z), Place(17.6, 3.2, z)])
    seats = [(x + dx, turn) for x in (13.0, 17.6) for dx, turn in ((-0.6, 90), (0.6, 270))]
    draft.stand(f.chair(FELT_YELLOW), [Place(x, 3.2, z, turn) for x, turn in seats])


def _double_row(draft: Draft, at: Place, count: int) -> None:
    """Shelves back to back."""
    tall = f.shelf(6)
    draft.stand(tall, f.row(at, count, f.SHELF_W))
    back = at.beyond(count * f.SHELF_W, 2 * f.SHELF_D, 0.0)
    draft.stand(tall, f.row(Place(back.x, back.y, back.z, 180.0), count, f.SHELF_W))


def _tables(draft: Draft, places: Iterable[Place], length: float, lamp: float = CEILING) -> None:
    """Tables with chairs and a lamp above each."""
    there = tuple(places)
    draft.stand(f.table(length, 1.1), there)
    seats = chain.from_iterable(f.seated(at, length, 1.1, 3) for at in there)
    draft.stand(f.chair(FELT_BLUE), list(seats))
    draft.stand(f.pendant(lamp - 2.4), [Place(one.x, one.y, one.z + lamp) for one in there])
