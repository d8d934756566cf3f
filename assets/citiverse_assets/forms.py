"""The forms of trees and of street furniture: each is drawn once and stands in many places.

Metres; z up, the foot in the origin, the front towards +y. Plants are 1 m high and 1 m wide.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from citiverse_assets import plants
from citiverse_assets.solids import beam, box, frustum, hexahedron, post

if TYPE_CHECKING:
    from citiverse_assets.shapes import Vertex
    from citiverse_assets.solids import Rings


@dataclass(frozen=True, slots=True)
class Form:
    """A kind of furniture: its function, its theme, its faces."""

    name: str
    theme: str
    rings: Rings


def plant_form(form: str) -> Rings:
    """A plain plant, by its form."""
    if form == plants.CONIFER:
        return (*post(0, 0, 0, 0.15, 0.03, 4), *frustum((0, 0, 0.12), (0, 0, 1.0), 0.5, 0.0, 6))
    if form == plants.COLUMNAR:
        crown = (
            *frustum((0, 0, 0.06), (0, 0, 0.4), 0.28, 0.5, 6),
            *frustum((0, 0, 0.4), (0, 0, 1.0), 0.5, 0.0, 6),
        )
        return (*post(0, 0, 0, 0.08, 0.08, 4), *crown)
    low = 0.0 if form == plants.SHRUB else 0.28
    crown = (
        *frustum((0, 0, low), (0, 0, 0.62), 0.22, 0.5, 6),
        *frustum((0, 0, 0.62), (0, 0, 1.0), 0.5, 0.16, 6),
    )
    return crown if form == plants.SHRUB else (*post(0, 0, 0, 0.32, 0.035, 4), *crown)


def _sail(x: float, z: float) -> Rings:
    """A lattice of slats beside one arm, (x, z) its direction."""
    across = (-z, x)

    def at(out: float, side: float, y: float) -> Vertex:
        return (x * out + across[0] * side, y, z * out + across[1] * side + 0.25)

    slats = (at(1.6 + 2.2 * i, 0.1, 3.6) for i in range(4))
    ends = (at(1.6 + 2.2 * i, 1.5, 3.45) for i in range(4))
    bars = (ring for a, b in zip(slats, ends, strict=True) for ring in beam(a, b, 0.14))
    return (*bars, *beam(at(1.6, 1.5, 3.45), at(8.2, 1.5, 3.45), 0.09))


LAMP = Form(
    "lamp",
    "lighting",
    (
        *post(0, 0, 0, 0.5, 0.11),
        *post(0, 0, 0.5, 3.5, 0.045),
        *frustum((0, 0, 3.5), (0, 0, 3.95), 0.12, 0.2, 6),
        *frustum((0, 0, 3.95), (0, 0, 4.2), 0.26, 0.0, 6),
    ),
)
BENCH = Form(
    "bench",
    "seating",
    (
        *box((-0.85, -0.22, 0.42), (0.85, 0.22, 0.48)),
        *box((-0.85, -0.3, 0.55), (0.85, -0.24, 0.9)),
        *box((-0.75, -0.3, 0), (-0.67, 0.18, 0.42)),
        *box((0.67, -0.3, 0), (0.75, 0.18, 0.42)),
    ),
)
BOLLARD = Form(
    "bollard",
    "mooring",
    (*post(0, 0, 0, 0.45, 0.16, 8), *frustum((0, 0, 0.45), (0, 0, 0.62), 0.26, 0.2, 8)),
)
STALL = Form(
    "market stall",
    "market",
    (
        *box((-1.4, -0.2, 0), (1.4, 0.7, 0.9)),
        *post(-1.4, -0.9, 0, 2.5, 0.04, 4),
        *post(1.4, -0.9, 0, 2.5, 0.04, 4),
        *post(-1.4, 0.8, 0, 2.2, 0.04, 4),
        *post(1.4, 0.8, 0, 2.2, 0.04, 4),
        *hexahedron(
            ((-1.6, -1.1, 2.5), (1.6, -1.1, 2.5), (1.6, 1.2, 2.1), (-1.6, 1.2, 2.1)),
            ((-1.6, -1.1, 2.56), (1.6, -1.1, 2.56), (1.6, 1.2, 2.16), (-1.6, 1.2, 2.16)),
        ),
        *box((-1.2, 0.0, 0.9), (-0.5, 0.6, 1.05)),
        *box((-0.3, 0.0, 0.9), (0.4, 0.6, 1.12)),
        *box((0.6, 0.0, 0.9), (1.2, 0.6, 1.02)),
    ),
)
CAFE_TABLE = Form(
    "café table",
    "seating",
    (
        *post(0, 0, 0, 2.35, 0.035, 6),
        *frustum((0, 0, 0.7), (0, 0, 0.74), 0.45, 0.45, 8),
        *frustum((0, 0, 2.05), (0, 0, 2.6), 1.5, 0.0, 8),
        *(
            ring
            for x, y in ((-0.85, 0.0), (0.85, 0.0), (0.0, 0.85))
            for ring in (
                *box((x - 0.2, y - 0.2, 0.42), (x + 0.2, y + 0.2, 0.46)),
                *post(x, y, 0, 0.42, 0.05, 4),
            )
        ),
    ),
)
WELL = Form(
    "well",
    "monument",
    (
        *frustum((0, 0, 0), (0, 0, 0.2), 2.3, 2.3, 8),
        *frustum((0, 0, 0.2), (0, 0, 0.95), 1.5, 1.6, 8),
        *post(0, 0, 0.95, 2.6, 0.28, 8),
        *frustum((0, 0, 2.6), (0, 0, 2.8), 0.5, 0.4, 8),
        *frustum((0, 0, 2.8), (0, 0, 3.9), 0.3, 0.12, 6),
        *frustum((0, 0, 3.9), (0, 0, 4.3), 0.2, 0.0, 6),
    ),
)
SHELTER = Form(
    "shelter",
    "public transport",
    (
        *box((-2.2, -0.75, 0), (2.2, -0.69, 2.3)),
        *box((-2.2, -0.75, 0), (-2.14, 0.5, 2.3)),
        *box((2.14, -0.75, 0), (2.2, 0.5, 2.3)),
        *box((-2.4, -0.9, 2.3), (2.4, 0.9, 2.42)),
        *box((-1.6, -0.65, 0.42), (1.6, -0.3, 0.48)),
        *post(2.9, 0.4, 0, 2.8, 0.05, 6),
        *box((2.65, 0.36, 2.3), (3.15, 0.44, 2.8)),
    ),
)
BICYCLES = Form(
    "bicycle stand",
    "parking",
    tuple(
        ring
        for x in (-1.6, -0.8, 0.0, 0.8, 1.6)
        for ring in (
            *beam((x, -0.35, 0), (x, -0.35, 0.8), 0.05),
            *beam((x, 0.35, 0), (x, 0.35, 0.8), 0.05),
            *beam((x, -0.35, 0.8), (x, 0.35, 0.8), 0.05),
        )
    ),
)
SWING = Form(
    "swing",
    "playground",
    (
        *beam((-1.9, -0.9, 0), (-1.6, 0, 2.4), 0.1),
        *beam((-1.9, 0.9, 0), (-1.6, 0, 2.4), 0.1),
        *beam((1.9, -0.9, 0), (1.6, 0, 2.4), 0.1),
        *beam((1.9, 0.9, 0), (1.6, 0, 2.4), 0.1),
        *beam((-1.8, 0, 2.4), (1.8, 0, 2.4), 0.12),
        *(
            ring
            for x in (-0.75, 0.75)
            for ring in (
                *box((x - 0.25, -0.1, 0.45), (x + 0.25, 0.1, 0.5)),
                *beam((x - 0.23, 0, 0.5), (x - 0.23, 0, 2.4), 0.03),
                *beam((x + 0.23, 0, 0.5), (x + 0.23, 0, 2.4), 0.03),
            )
        ),
    ),
)
SLIDE = Form(
    "slide",
    "playground",
    (
        *post(-0.4, -1.6, 0, 2.6, 0.06, 4),
        *post(0.4, -1.6, 0, 2.6, 0.06, 4),
        *post(-0.4, -0.8, 0, 2.6, 0.06, 4),
        *post(0.4, -0.8, 0, 2.6, 0.06, 4),
        *box((-0.5, -1.7, 1.4), (0.5, -0.7, 1.5)),
        *frustum((0, -1.2, 2.6), (0, -1.2, 3.2), 0.9, 0.0, 4),
        *beam((0, -0.7, 1.45), (0, 1.8, 0.25), 0.5),
        *beam((-0.3, -2.4, 0), (-0.3, -1.7, 1.5), 0.06),
        *beam((0.3, -2.4, 0), (0.3, -1.7, 1.5), 0.06),
    ),
)
CRANE = Form(
    "harbour crane",
    "monument",
    (
        *(
            ring
            for x, y in ((-2.6, -2.2), (2.6, -2.2), (-2.6, 2.2), (2.6, 2.2))
            for ring in beam((x, y, 0), (x * 0.62, y * 0.62, 7.4), 0.5)
        ),
        *box((-2.9, -2.5, 0), (2.9, -1.9, 0.35)),
        *box((-2.9, 1.9, 0), (2.9, 2.5, 0.35)),
        *box((-2.2, -2.0, 7.4), (2.2, 2.0, 8.0)),
        *post(0, 0, 8.0, 8.8, 1.3, 8),
        *box((-1.5, -3.4, 8.8), (1.5, 1.5, 11.2)),
        *hexahedron(
            ((-1.7, -3.6, 11.2), (1.7, -3.6, 11.2), (1.7, 1.7, 11.2), (-1.7, 1.7, 11.2)),
            ((-0.1, -3.6, 12.3), (0.1, -3.6, 12.3), (0.1, 1.7, 12.3), (-0.1, 1.7, 12.3)),
        ),
        *beam((-0.9, 1.4, 9.4), (-0.3, 13.5, 21.5), 0.32),
        *beam((0.9, 1.4, 9.4), (0.3, 13.5, 21.5), 0.32),
        *(
            ring
            for at in (0.2, 0.4, 0.6, 0.8, 1.0)
            for ring in beam(
                (-0.9 + 0.6 * at, 1.4 + 12.1 * at, 9.4 + 12.1 * at),
                (0.9 - 0.6 * at, 1.4 + 12.1 * at, 9.4 + 12.1 * at),
                0.2,
            )
        ),
        *beam((0, -2.4, 11.9), (0, -1.2, 17.2), 0.3),
        *beam((0, -1.2, 17.2), (0, 13.4, 21.5), 0.12),
        *beam((0, -1.2, 17.2), (0, -3.4, 11.2), 0.12),
        *beam((0, 13.6, 21.4), (0, 13.61, 5.4), 0.08),
        *box((-0.3, 13.3, 4.4), (0.3, 13.9, 5.4)),
    ),
)
SAILS = Form(
    "mill sails",
    "monument",
    (
        *beam((0, 2.2, 0), (0, 3.7, 0.25), 0.4),
        *(
            ring
            for x, z in ((0.87, 0.5), (-0.5, 0.87), (-0.87, -0.5), (0.5, -0.87))
            for ring in (
                *beam((0, 3.6, 0.25), (x * 8.6, 3.6, z * 8.6 + 0.25), 0.22),
                *_sail(x, z),
            )
        ),
    ),
)
