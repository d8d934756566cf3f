"""What stands in a library: shelves with books, tables, chairs, lamps, plants."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from citiverse_assets.library.items import Form, Place
from citiverse_assets.library.matter import (
    BIRCH,
    BOOKS,
    BRASS,
    FELT_BLUE,
    FELT_GREEN,
    FELT_RED,
    FELT_YELLOW,
    LEAVES,
    LIGHT,
    OAK,
    PAPER,
    SCREEN,
    SOIL,
    STEEL,
    TERRAZZO,
)
from citiverse_assets.library.shapes import box, disc

if TYPE_CHECKING:
    from collections.abc import Iterator

    from citiverse_assets.library.matter import Matter
    from citiverse_assets.library.shapes import Prism

SHELF_W, SHELF_D = 1.2, 0.34


@cache
def shelf(boards: int = 6, wood: Matter = OAK) -> Form:
    """A shelf as wide as SHELF_W, open to the front (−y), so many boards high, full of books."""
    apart = 0.36
    height = boards * apart + 0.06
    parts = [
        box((0.0, 0.0, 0.0), (0.03, SHELF_D, height), wood),
        box((SHELF_W - 0.03, 0.0, 0.0), (0.03, SHELF_D, height), wood),
        box((0.03, SHELF_D - 0.02, 0.04), (SHELF_W - 0.06, 0.02, height - 0.04), wood),
    ]
    for row in range(boards + 1):
        parts.append(
            box((0.03, 0.0, row * apart + 0.02), (SHELF_W - 0.06, SHELF_D - 0.02, 0.03), wood)
        )
    for row in range(boards):
        parts += _books(row, row * apart + 0.05)
    return Form("IfcFurniture", f"Bookshelf, {boards} boards", tuple(parts), (), "SHELF")


def _books(row: int, z: float) -> Iterator[Prism]:
    """Runs of books of one height and colour; here and there a gap, and one that leans out."""
    x, number = 0.05, 0
    while True:
        draw = (row * 7 + number * 5 + row * number * 3) % 11
        width = 0.06 + 0.022 * draw
        if x + width > SHELF_W - 0.06:
            return
        if draw != 4:
            height = 0.2 + 0.012 * ((draw * 3) % 8)
            front = 0.03 + 0.008 * (draw % 4)
            cloth = BOOKS[(draw + row + number) % len(BOOKS)]
            yield box((x, front, z), (width - 0.006, 0.2, height), cloth)
        x += width
        number += 1


@cache
def table(length: float = 2.4, width: float = 1.0, height: float = 0.74) -> Form:
    """A table on a frame of steel, its middle at (0, 0)."""
    x, y = length / 2, width / 2
    parts = [box((-x, -y, height - 0.04), (length, width, 0.04), OAK)]
    for side in (-1, 1):
        left = side * (x - 0.2) - 0.025
        parts += [
            box((left, -y + 0.08, 0.0), (0.05, 0.05, height - 0.04), STEEL),
            box((left, y - 0.13, 0.0), (0.05, 0.05, height - 0.04), STEEL),
            box((left, -y + 0.13, height - 0.09), (0.05, width - 0.26, 0.05), STEEL),
        ]
    return Form("IfcFurniture", f"Table {length:.1f} × {width:.1f} m", tuple(parts), (), "TABLE")


@cache
def round_table() -> Form:
    """A café table."""
    parts = (
        disc((0, 0, 0), 0.22, 0.02, STEEL),
        disc((0, 0, 0.02), 0.035, 0.7, STEEL, 8),
        disc((0, 0, 0.72), 0.38, 0.03, TERRAZZO, 16),
    )
    return Form("IfcFurniture", "Café table", parts, (), "TABLE")


@cache
def chair(felt: Matter = FELT_BLUE, size: float = 1.0) -> Form:
    """A chair that looks along −y, its middle at (0, 0)."""
    s = size
    legs = (
        box((x * s - 0.016, y * s - 0.016, 0.0), (0.032, 0.032, 0.43 * s), BIRCH)
        for x in (-0.18, 0.18)
        for y in (-0.18, 0.18)
    )
    parts = (
        *legs,
        box((-0.21 * s, -0.21 * s, 0.43 * s), (0.42 * s, 0.42 * s, 0.03), BIRCH),
        box((-0.19 * s, -0.19 * s, 0.43 * s + 0.03), (0.38 * s, 0.38 * s, 0.02), felt),
        *(
            box((x * s - 0.016, 0.17 * s, 0.46 * s), (0.032, 0.03, 0.36 * s), BIRCH)
            for x in (-0.18, 0.18)
        ),
        box((-0.2 * s, 0.175 * s, 0.62 * s), (0.4 * s, 0.025, 0.2 * s), BIRCH),
    )
    size_name = "" if size == 1.0 else ", for children"
    return Form("IfcFurniture", f"Chair{size_name}, {felt.name}", parts, (), "CHAIR")


@cache
def armchair(felt: Matter = FELT_GREEN) -> Form:
    """An armchair that looks along −y."""
    parts = (
        box((-0.4, -0.4, 0.1), (0.8, 0.8, 0.22), felt),
        box((-0.28, -0.4, 0.32), (0.56, 0.6, 0.12), felt),
        box((-0.4, 0.2, 0.32), (0.8, 0.2, 0.5), felt),
        box((-0.4, -0.38, 0.32), (0.12, 0.58, 0.26), felt),
        box((0.28, -0.38, 0.32), (0.12, 0.58, 0.26), felt),
        *(box((x, y, 0.0), (0.06, 0.06, 0.1), OAK) for x in (-0.38, 0.32) for y in (-0.36, 0.32)),
    )
    return Form("IfcFurniture", f"Armchair, {felt.name}", parts, (), "SOFA")


@cache
def bench(length: float = 1.8) -> Form:
    """A bench of slats without a back."""
    parts = [
        box((-length / 2, -0.23 + 0.12 * i, 0.42), (length, 0.1, 0.035), OAK) for i in range(4)
    ]
    parts += [
        box((x * (length / 2 - 0.25) - 0.03, -0.2, 0.0), (0.06, 0.4, 0.42), STEEL) for x in (-1, 1)
    ]
    return Form("IfcFurniture", f"Bench {length:.1f} m", tuple(parts))


@cache
def counter(length: float = 3.2) -> Form:
    """A counter, its front along −y, its middle at (0, 0)."""
    parts = [
        box((-length / 2, -0.3, 0.0), (length, 0.6, 0.1), STEEL),
        box((-length / 2, -0.35, 1.0), (length, 0.75, 0.05), OAK),
    ]
    slats = round(length / 0.1)
    parts += [
        box((-length / 2 + i * length / slats, -0.33, 0.1), (0.06, 0.05, 0.9), OAK)
        for i in range(slats)
    ]
    parts.append(box((-length / 2, -0.28, 0.1), (length, 0.6, 0.9), STEEL))
    return Form("IfcFurniture", f"Counter {length:.1f} m", tuple(parts), (), "DESK")


@cache
def workbench() -> Form:
    """A bench for making things: a printer, a screen, a box of parts."""
    parts = (
        *table(2.0, 0.9, 0.9).parts,
        box((-0.85, -0.1, 0.9), (0.5, 0.45, 0.04), STEEL),
        *(
            box((x, y, 0.94), (0.03, 0.03, 0.45), STEEL)
            for x in (-0.85, -0.38)
            for y in (-0.1, 0.32)
        ),
        box((-0.85, -0.1, 1.39), (0.5, 0.45, 0.04), STEEL),
        box((-0.66, 0.06, 0.94), (0.12, 0.12, 0.16), FELT_YELLOW),
        box((0.15, 0.2, 1.0), (0.6, 0.03, 0.36), SCREEN),
        box((0.42, 0.22, 0.9), (0.06, 0.06, 0.12), STEEL),
        box((0.2, -0.3, 0.9), (0.34, 0.24, 0.12), FELT_RED),
    )
    return Form("IfcFurniture", "Workbench with printer", parts, (), "TABLE")


@cache
def cushion(felt: Matter) -> Form:
    """A round seat for children."""
    return Form("IfcFurniture", f"Cushion, {felt.name}", (disc((0, 0, 0), 0.3, 0.3, felt),))


@cache
def pendant(drop: float = 1.2) -> Form:
    """A lamp that hangs from (0, 0, 0)."""
    parts = (
        box((-0.006, -0.006, -drop), (0.012, 0.012, drop), STEEL),
        disc((0, 0, -drop - 0.05), 0.06, 0.05, BRASS, 10),
        disc((0, 0, -drop - 0.16), 0.2, 0.11, BRASS, 14),
        disc((0, 0, -drop - 0.2), 0.17, 0.04, LIGHT, 14),
    )
    return Form("IfcLightFixture", f"Pendant lamp, {drop:.1f} m", parts, (), "POINTSOURCE")


@cache
def planter(width: float = 0.8, tall: float = 0.9) -> Form:
    """A box with a shrub."""
    w = width
    parts = [
        box((-w / 2, -w / 2, 0.0), (w, w, 0.5), OAK),
        box((-w / 2 + 0.05, -w / 2 + 0.05, 0.5), (w - 0.1, w - 0.1, 0.01), SOIL),
    ]
    for x, y, radius, foot in ((0, 0, 0.3, 0.2), (0.14, 0.1, 0.2, 0.0), (-0.15, -0.08, 0.22, 0.08)):
        parts.append(disc((x, y, 0.51 + foot * tall), radius * w / 0.8, 0.6 * tall, LEAVES, 9))
    return Form("IfcFurniture", f"Planter {width:.1f} m", tuple(parts))


@cache
def open_book() -> Form:
    """A book on a table."""
    parts = (
        box((-0.2, -0.14, 0.0), (0.4, 0.28, 0.012), BOOKS[1]),
        box((-0.19, -0.13, 0.012), (0.185, 0.26, 0.015), PAPER),
        box((0.005, -0.13, 0.012), (0.185, 0.26, 0.02), PAPER),
    )
    return Form("IfcFurniture", "Open book", parts)


def row(start: Place, count: int, apart: float) -> Iterator[Place]:
    """Places one beside the other along the x of the first."""
    return (start.beyond(i * apart, 0.0, 0.0) for i in range(count))


def seated(at: Place, length: float, width: float, seats: int) -> Iterator[Place]:
    """Places of chairs on both long sides of a table, looking at it."""
    for i in range(seats):
        x = length * ((i + 0.5) / seats - 0.5)
        south, north = at.beyond(x, -width / 2 - 0.25, 0.0), at.beyond(x, width / 2 + 0.25, 0.0)
        yield Place(south.x, south.y, south.z, at.turn_deg + 180.0)
        yield north
