"""Where furniture stands in the heart of the town."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from citiverse_assets import boats, forms, terrain
from citiverse_assets.heart import COPING_M, PLAYGROUND_AT
from citiverse_assets.land import FOOTPATH, LIFTS_M
from citiverse_assets.landmarks import MILL_AT
from citiverse_assets.plan import along_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from citiverse_assets.forms import Form
    from citiverse_assets.streets import Lane


@dataclass(frozen=True, slots=True)
class Piece:
    """One piece of furniture; `heading_deg` is where its front looks, clockwise from north."""

    form: Form
    x: float
    y: float
    z: float
    heading_deg: float = 0.0
    name: str = ""
    story: str = ""


def heart() -> tuple[Piece, ...]:
    """All furniture of quay, market, park and mole."""
    return (*_quay(), *_afloat(), *_market(), *_park(), *_stops())


def on_paving(
    form: Form, x: float, y: float, heading_deg: float = 0.0, name: str = "", story: str = ""
) -> Piece:
    """A piece that stands on a pavement or square."""
    z = round(terrain.height_m(x, y) + LIFTS_M[FOOTPATH], 3)
    return Piece(form, round(x, 3), round(y, 3), z, heading_deg, name, story)


def lamps(lane: Lane, apart_m: float) -> Iterator[Piece]:
    """Lamps on both sides in turn, at the edge of the carriageway."""
    off = (lane.carriageway + lane.width) / 4 + (0.0 if lane.width > 8.0 else 0.25)
    for number, (point, normal) in enumerate(along_line(lane.line, apart_m, apart_m / 2)):
        side = 1.0 if number % 2 else -1.0
        x, y = point[0] + normal[0] * side * off, point[1] + normal[1] * side * off
        yield on_paving(forms.LAMP, x, y)


def _quay() -> Iterator[Piece]:
    west, east = round(terrain.QUAY_WEST), round(terrain.QUAY_EAST)
    for x in range(west + 6, east, 12):
        yield Piece(forms.BOLLARD, float(x), 0.7, COPING_M)
    for x in range(west + 20, east, 48):
        yield Piece(boats.LADDER, float(x), 0.0, 0.0)
    for x in range(-192, 210, 24):
        yield on_paving(forms.LAMP, x, 9.2)
    for x in (-60, -52, -36, -28, 64, 84, 96, 120, 132, 156, 168):
        yield on_paving(forms.BENCH, x, 8.4, 180.0)
    yield on_paving(
        forms.CRANE,
        22.0,
        5.0,
        152.0,
        "Old Crane",
        "It lifted timber until 1961. On the first Sunday in May the children may turn it.",
    )
    yield Piece(forms.SAILS, *MILL_AT, round(terrain.height_m(*MILL_AT) + 11.0, 3), 200.0)
    yield on_paving(forms.BICYCLES, 44.0, 20.0, 90.0)
    yield on_paving(forms.BICYCLES, -64.0, 20.0, 90.0)


def _afloat() -> Iterator[Piece]:
    yield Piece(boats.PONTOON, -14.0, 0.0, 0.0, 0.0, "Ferry stop Market Quay")
    yield Piece(
        boats.FERRY,
        -14.0,
        -8.0,
        0.0,
        90.0,
        "Ferry Henriette",
        "She has crossed to the far shore every half hour since 1974.",
    )
    for x, heading in ((70.0, 88.0), (88.0, 91.0), (-110.0, 270.0)):
        yield Piece(boats.CUTTER, x, -4.2, 0.0, heading)
    for number, x in enumerate((118.0, 124.5, 131.0, 137.5, 144.0, 157.0, 163.5, 170.0)):
        yield Piece(boats.SAILING_BOAT, x, -6.6, 0.0, 180.0 if number % 3 else 0.0)
    for x, y, heading in ((-60.0, -2.2, 80.0), (-66.0, -2.4, 95.0), (186.0, -14.0, 30.0)):
        yield Piece(boats.ROWING_BOAT, x, y, 0.0, heading)
    level = terrain.pond_level_m()
    yield Piece(boats.ROWING_BOAT, 184.0, 190.0, level, 60.0)


def _market() -> Iterator[Piece]:
    yield on_paving(
        forms.WELL,
        0.0,
        70.0,
        0.0,
        "Mermaid Well",
        "Whoever drinks from it comes back, they say; the sailors drank beer and came back, too.",
    )
    for y in (57.0, 61.5, 66.0, 74.0, 78.5, 83.0):
        for x, heading in ((-15.0, 90.0), (-9.0, 270.0), (9.0, 90.0), (15.0, 270.0)):
            yield on_paving(forms.STALL, x, y, heading)
    for x in (-26.0, 26.0):
        for y in (54.0, 66.0, 78.0, 90.0):
            yield on_paving(forms.LAMP, x, y)
        for y in (60.0, 84.0):
            yield on_paving(forms.BENCH, x * 0.94, y, 90.0 if x < 0 else 270.0)
    for x in (-28.6, 28.6):
        for y in (57.0, 60.6, 72.0, 75.6, 87.0):
            yield on_paving(forms.CAFE_TABLE, x, y, 90.0 if x < 0 else 270.0)
    yield on_paving(forms.BICYCLES, -22.0, 94.0)
    yield on_paving(forms.BICYCLES, 22.0, 94.0)


def _park() -> Iterator[Piece]:
    x, y = PLAYGROUND_AT
    yield on_paving(forms.SWING, x - 3.4, y + 1.0, 20.0)
    yield on_paving(forms.SLIDE, x + 3.6, y + 1.6, 200.0)
    for at, heading in (
        ((x - 10.4, y), 90.0),
        ((151.0, 199.0), 140.0),
        ((172.0, 208.6), 180.0),
        ((199.4, 198.0), 230.0),
        ((176.0, 169.5), 0.0),
        ((202.0, 181.0), 270.0),
    ):
        yield on_paving(forms.BENCH, *at, heading)
    for at in ((141.0, 192.0), (160.0, 212.5), (190.0, 211.5), (209.5, 192.0), (196.5, 160.0)):
        yield on_paving(forms.LAMP, *at)


def _stops() -> Iterator[Piece]:
    yield on_paving(forms.SHELTER, -44.0, 32.6, 0.0, "Tram stop Market Square")
    yield on_paving(forms.SHELTER, 168.0, 36.4, 0.0, "Tram stop Pilot's Steps")
    yield on_paving(forms.SHELTER, -20.0, 6.6, 180.0, "Shelter at the ferry stop")
