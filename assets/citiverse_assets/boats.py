"""What floats in the harbour: ferry, cutters and boats; and the quay that they lie at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from citiverse_assets.forms import Form
from citiverse_assets.solids import beam, box, frustum, hexahedron, post

if TYPE_CHECKING:
    from citiverse_assets.shapes import Ring
    from citiverse_assets.solids import Rings


def hull(length: float, width: float, low: float, high: float) -> Rings:
    """A pointed hull, its bow towards +y."""
    return hexahedron(_deck(length, width * 0.72, low), _deck(length * 1.04, width, high))


def _deck(length: float, width: float, z: float) -> Ring:
    half, w = length / 2, width / 2
    return (
        (-w * 0.8, -half, z),
        (w * 0.8, -half, z),
        (w, half * 0.25, z),
        (w * 0.5, half * 0.75, z),
        (0.0, half, z),
        (-w * 0.5, half * 0.75, z),
        (-w, half * 0.25, z),
    )


FERRY = Form(
    "ferry",
    "public transport",
    (
        *hull(19.0, 6.0, -0.9, 1.1),
        *box((-2.3, -7.0, 1.1), (2.3, 3.4, 3.3)),
        *box((-2.5, -7.6, 3.3), (2.5, 3.8, 3.45)),
        *box((-1.3, 0.2, 3.45), (1.3, 2.8, 5.3)),
        *box((-1.5, 0.0, 5.3), (1.5, 3.0, 5.45)),
        *frustum((0, -2.6, 3.45), (0, -2.9, 5.6), 0.55, 0.5, 8),
        *post(0, 1.5, 5.45, 8.0, 0.06, 4),
        *(ring for x in (-2.35, 2.35) for ring in beam((x, -7.4, 4.3), (x, -0.2, 4.3), 0.06)),
        *(
            ring
            for x in (-2.35, 2.35)
            for y in (-7.4, -5.0, -2.6, -0.2)
            for ring in beam((x, y, 3.45), (x, y, 4.3), 0.06)
        ),
    ),
)
SAILING_BOAT = Form(
    "sailing boat",
    "boat",
    (
        *hull(8.4, 2.6, -0.5, 0.75),
        *box((-0.8, -1.6, 0.75), (0.8, 1.4, 1.25)),
        *post(0, 1.0, 0.75, 10.5, 0.07, 6),
        *beam((0, 1.0, 1.9), (0, -3.4, 1.9), 0.12),
        *beam((0, 0.9, 2.02), (0, -3.2, 2.02), 0.22),
    ),
)
ROWING_BOAT = Form(
    "rowing boat",
    "boat",
    (*hull(3.8, 1.5, -0.2, 0.42), *box((-0.6, -0.4, 0.42), (0.6, -0.1, 0.5))),
)
CUTTER = Form(
    "fishing cutter",
    "boat",
    (
        *hull(13.0, 4.4, -0.8, 1.3),
        *box((-1.3, -4.4, 1.3), (1.3, -1.6, 3.6)),
        *box((-1.5, -4.6, 3.6), (1.5, -1.4, 3.75)),
        *post(0, 1.6, 1.3, 8.4, 0.1, 6),
        *beam((0, 1.6, 2.6), (0, -1.4, 6.6), 0.14),
        *post(0, -3.0, 3.75, 6.4, 0.06, 4),
        *box((-0.9, 2.4, 1.3), (0.9, 3.6, 1.8)),
    ),
)
PONTOON = Form(
    "ferry stop",
    "public transport",
    (
        *box((-6.0, -4.6, -0.6), (6.0, -0.2, 0.6)),
        *post(-6.3, -2.4, -3.0, 3.2, 0.22, 8),
        *post(6.3, -2.4, -3.0, 3.2, 0.22, 8),
        *hexahedron(
            ((-1.2, -1.6, 0.45), (1.2, -1.6, 0.45), (1.2, 1.2, 1.85), (-1.2, 1.2, 1.85)),
            ((-1.2, -1.6, 0.62), (1.2, -1.6, 0.62), (1.2, 1.2, 2.02), (-1.2, 1.2, 2.02)),
        ),
        *beam((-1.2, -1.6, 1.6), (-1.2, 1.2, 2.97), 0.07),
        *beam((1.2, -1.6, 1.6), (1.2, 1.2, 2.97), 0.07),
        *beam((-5.9, -4.4, 0.6), (-5.9, -4.4, 1.6), 0.07),
        *beam((5.9, -4.4, 0.6), (5.9, -4.4, 1.6), 0.07),
    ),
)
LADDER = Form(
    "ladder",
    "quay",
    (
        *beam((-0.25, -0.22, -1.0), (-0.25, -0.22, 2.5), 0.06),
        *beam((0.25, -0.22, -1.0), (0.25, -0.22, 2.5), 0.06),
        *(
            ring
            for step in range(9)
            for ring in beam(
                (-0.25, -0.22, -0.8 + 0.35 * step), (0.25, -0.22, -0.8 + 0.35 * step), 0.04
            )
        ),
    ),
)
