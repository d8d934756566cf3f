"""What stands in variant A."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from citiverse_assets.library import furniture as f
from citiverse_assets.library.items import Place
from citiverse_assets.library.matter import FELT_BLUE, FELT_GREEN, FELT_RED, FELT_YELLOW

if TYPE_CHECKING:
    from citiverse_assets.library.draft import Draft

WEST_WALL = 0.81
"""Shelves along the western wall stand with their back to it."""


def ground_floor(draft: Draft) -> None:
    """Café, hall, newspapers, children."""
    draft.stand(f.counter(3.2), [Place(2.6, 7.4, 0.0, 0.0)])
    tables = [Place(x, y) for x, y in ((1.6, 1.7), (3.6, 1.7), (1.6, 3.7), (3.6, 3.7))]
    draft.stand(f.round_table(), tables)
    seats = [(one.x + dx, one.y, turn) for one in tables for dx, turn in ((-0.6, 90), (0.6, 270))]
    draft.stand(f.chair(FELT_RED), [Place(x, y, 0.0, turn) for x, y, turn in seats])
    draft.stand(f.pendant(1.1), [Place(one.x, one.y, 3.8) for one in tables])
    draft.stand(f.counter(2.4), [Place(7.5, 7.9)])
    draft.stand(f.planter(), [Place(5.6, 1.0), Place(9.5, 1.0)])
    draft.stand(f.armchair(FELT_GREEN), [Place(12.2, 1.4, 0.0, 180), Place(13.6, 1.4, 0.0, 180)])
    draft.stand(f.armchair(FELT_BLUE), [Place(12.2, 3.6), Place(13.6, 3.6)])
    draft.stand(f.round_table(), [Place(12.9, 2.5)])
    draft.stand(f.shelf(6), f.row(Place(14.19, 4.2, 0.0, 270), 1, 1.2))
    low = f.shelf(3)
    draft.stand(low, f.row(Place(1.0, 18.2), 7, 1.2))
    draft.stand(low, f.row(Place(WEST_WALL, 10.2, 0.0, 90), 6, 1.25))
    for felt, x, y in (
        (FELT_RED, 4.2, 12.0), (FELT_YELLOW, 5.0, 12.7), (FELT_BLUE, 4.0, 13.2),
        (FELT_GREEN, 5.3, 13.6), (FELT_RED, 7.8, 15.6), (FELT_YELLOW, 8.6, 14.9),
    ):  # fmt: skip
        draft.stand(f.cushion(felt), [Place(x, y)])
    small = f.table(1.4, 0.8, 0.52)
    at = Place(7.2, 11.6)
    draft.stand(small, [at])
    draft.stand(f.chair(FELT_YELLOW, 0.72), f.seated(at, 1.4, 0.8, 2))


def first_floor(draft: Draft) -> None:
    """The reading room with its tables under two storeys of air; the maker space."""
    z = draft.floor
    tables = [Place(7.5, y, z) for y in (4.4, 6.6, 8.8)]
    draft.stand(f.table(3.0, 1.1), tables)
    seats = chain.from_iterable(f.seated(at, 3.0, 1.1, 3) for at in tables)
    draft.stand(f.chair(FELT_BLUE), list(seats))
    draft.stand(f.open_book(), [Place(6.6, 4.3, z + 0.74, 20), Place(8.3, 6.7, z + 0.74, 170)])
    tall = f.shelf(6)
    draft.stand(tall, f.row(Place(WEST_WALL, 3.3, z, 90), 1, 1.25))
    draft.stand(tall, f.row(Place(WEST_WALL, 7.0, z, 90), 3, 1.22))
    for y in (4.0, 6.6, 9.2):
        draft.stand(tall, f.row(Place(1.9, y, z), 2, 1.2))
        draft.stand(tall, f.row(Place(4.3, y + 0.68, z, 180), 2, 1.2))
    draft.stand(f.armchair(FELT_RED), [Place(2.2, 1.5, z, 200), Place(12.4, 1.5, z, 180)])
    draft.stand(f.armchair(FELT_GREEN), [Place(13.7, 2.4, z, 270), Place(3.6, 1.4, z, 160)])
    draft.stand(tall, f.row(Place(14.19, 4.3, z, 270), 1, 1.2))
    draft.stand(f.workbench(), [Place(x, y, z) for x in (2.6, 6.6) for y in (13.6, 16.2)])
    stools = [Place(x, y - 0.8, z, 180) for x in (2.6, 6.6) for y in (13.6, 16.2)]
    draft.stand(f.chair(FELT_YELLOW), stools)
    draft.stand(f.shelf(6), f.row(Place(1.2, 18.2, z), 1, 1.2))
    draft.stand(f.bench(1.6), [Place(4.2, -1.3, z, 90), Place(10.8, -1.3, z, 90)])
    draft.stand(f.planter(0.5, 0.6), [Place(x, -1.85, z) for x in (5.4, 7.5, 9.6)])
    draft.stand(f.planter(), [Place(10.5, 1.1, z)])


def second_floor(draft: Draft) -> None:
    """Shelves along the gallery, desks under the roof, lamps from the trusses."""
    z = draft.floor
    tall = f.shelf(6)
    draft.stand(tall, f.row(Place(WEST_WALL, 3.3, z, 90), 1, 1.25))
    draft.stand(tall, f.row(Place(WEST_WALL, 7.0, z, 90), 3, 1.22))
    for y in (3.6, 6.0, 8.4):
        draft.stand(tall, f.row(Place(1.9, y, z), 2, 1.2))
        draft.stand(tall, f.row(Place(4.3, y + 0.68, z, 180), 2, 1.2))
    draft.stand(f.armchair(FELT_BLUE), [Place(2.0, 1.5, z, 180), Place(12.8, 1.6, z, 180)])
    draft.stand(f.armchair(FELT_YELLOW), [Place(4.0, 1.5, z, 180), Place(11.2, 1.6, z, 180)])
    desks = [Place(x, y, z) for x in (2.6, 6.2) for y in (13.6, 16.2)]
    draft.stand(f.table(2.4, 1.0), desks)
    seats = chain.from_iterable(f.seated(at, 2.4, 1.0, 2) for at in desks)
    draft.stand(f.chair(FELT_GREEN), list(seats))
    draft.stand(tall, f.row(Place(11.2, 18.2, z), 2, 1.2))
    drops = [Place(x, y, z + 4.75) for x in (6.3, 8.7) for y in (3.4, 6.9)]
    draft.stand(f.pendant(4.6), drops)
    draft.stand(f.pendant(1.8), [Place(x, 15.0, z + 4.75) for x in (2.6, 6.2)])
