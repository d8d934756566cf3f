"""What the README's pictures show: where one stands, where one looks, and what one presses."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from citiverse.commands import demo
from citiverse_assets.library.places import FLOOR_M

if TYPE_CHECKING:
    from playwright.sync_api import ViewportSize

DESKTOP: ViewportSize = {"width": 1280, "height": 720}
PHONE: ViewportSize = {"width": 390, "height": 780}


@dataclass(frozen=True)
class Shot:
    """One picture: where one stands, where one looks, at which hour, what one presses.

    `stand` is a place of the scene frame, or the name of a feature and the share of its box from
    west and from south; `look` a heading in degrees, or the name of a feature. So pictures of the
    town stay what they are while the town grows. From above, `nearer` is how often the wheel is
    turned (away from the city where it is negative), and `lower` how far the mouse is dragged to
    look more along the ground, pixels. `variant` is that which is looked at; `inside` what is
    chosen and pressed in the panel that cuts a building open; `live` the live data to see on
    buildings; `past` the moment that is looked back at, as the page's own clock says it; `only`
    the kind of live data to see then; `history` the sensor whose chart is open; `headset`
    is what one eye sees.
    """

    file: str
    scene: str
    stand: tuple[float, float, float] | tuple[str, float, float]
    look: float | str
    pitch_deg: float = 4.0
    time: str = ""
    size: ViewportSize = field(default_factory=DESKTOP.copy)
    press: tuple[str, ...] = ()
    nearer: int = 0
    lower: int = 0
    variant: str = ""
    up: float | None = None
    inside: tuple[str, ...] = ()
    live: str = ""
    past: tuple[str, str] | None = None
    only: str = ""
    history: str = ""
    headset: bool = False


MIDDLE = ("Market Square", 0.5, 0.5)
QUAY = ("Warehouse 3", 2.9, -0.3)
NOISE = "Noise, Market crossing"
NOON = "2026-06-21T11:30"
FLOORS_M = tuple(FLOOR_M + storey * 4.2 for storey in range(3))
"""Of both libraries."""

SECTION = ("The roof", "Cut from the side")
PLAN = ("Ground floor", "See it from above")
TOWN = (
    Shot("market", demo.NAME, ("Market Square", 0.55, 0.1), "Town Hall", 7, "2026-06-21T12:40"),
    Shot("quay", demo.NAME, (205, 38, 6), 285, 4, "2026-06-21T04:40"),
    Shot("lane", demo.NAME, ("Fish Lane", 0.5, 0.15), "Lantern Lane", 6, "2026-06-21T20:55"),
    Shot(
        "hill",
        demo.NAME,
        ("St Nicholas", 0.9, 0.2),
        176,
        time="2026-06-21T17:40",
        press=("o",),
        nearer=15,
        lower=85,
    ),
    Shot("park", demo.NAME, ("Park Playground", 0.5, 0.5), "Mermaid Pond", 1),
    Shot("above", demo.NAME, MIDDLE, 335, press=("o",), nearer=1, lower=40),
    Shot("building", demo.NAME, ("Market Square", 0.5, 0.2), "Town Hall", 8, press=("Enter",)),
    Shot("crossing", demo.NAME, (146.5, 87.5, 2.0), 262, 2, "2026-06-21T12:40"),
    Shot("heat", demo.NAME, MIDDLE, 335, press=("o",), nearer=5, lower=60, live="Heat"),
    Shot("tram", demo.NAME, (129.0, 74.5, 2.0), 284, 1, "2026-06-21T10:10"),
    Shot(
        "night",
        demo.NAME,
        (146.5, 87.5, 2.0),
        262,
        2,
        past=("Saturday 14 November", "23:00"),
        only="Noise",
    ),
    Shot("chart", demo.NAME, (146.5, 87.5, 2.0), 262, 2, "2026-06-21T12:40", history=NOISE),
    Shot(
        "headset",
        demo.NAME,
        (146.5, 87.5, 2.0),
        262,
        0,
        "2026-06-21T12:40",
        history=NOISE,
        headset=True,
    ),
    Shot("phone", demo.NAME, ("Market Square", 0.55, 0.1), "Town Hall", 8, size=PHONE),
    *(
        Shot(file, demo.NAME, QUAY, "Warehouse 3", 11, "2026-06-21T11:30", variant=variant)
        for file, variant in (("as-it-is", ""), ("variant-a", "a"), ("variant-b", "b"))
    ),
    *(
        Shot(file, demo.NAME, ("Warehouse 3", *place), *looks, NOON, variant=variant, up=up)
        for file, place, looks, variant, up in (
            ("library-hall", (0.5, 0.08), (14, 3), "a", FLOORS_M[0]),
            ("library-reading", (0.5, 0.11), (0, 12), "a", FLOORS_M[1]),
            ("library-balcony", (0.66, -0.04), (140, -3), "a", FLOORS_M[1]),
            ("library-atrium", (1.02, 0.07), (0, 12), "b", FLOORS_M[0]),
            ("library-terrace", (1.2, 0.2), (200, -4), "b", FLOORS_M[2]),
        )
    ),
    *(
        Shot(file, demo.NAME, QUAY, "Warehouse 3", 11, "2026-06-21T11:30", variant="a", inside=cut)
        for file, cut in (("section", SECTION), ("plan", PLAN))
    ),
)
FLIGHT = (
    *(
        Shot(f"flight-{i}", demo.NAME, MIDDLE, 20, press=("o",), nearer=nearer, lower=30)
        for i, nearer in enumerate((-18, -10, -2, 9), 1)
    ),
    Shot("flight-5", demo.NAME, ("Market Square", 0.55, 0.02), 10, 6),
)
"""From 2.6 km down to the street."""

REAL = (
    Shot("village", "nrw", (2, 25, 60), 75, 5),
    Shot("potsdam", "potsdam", (-150, 198, 70), 107, 5),
    Shot("haneda", "haneda", (-90, 150, 30), 55, press=("o",), nearer=4, lower=40),
    Shot("ingolstadt", "ingolstadt", (82, 152, 430), 185, 6, "2026-06-21T11:30"),
    Shot("testtown", "testtown", (-42, 20, 5), 85, 16),
    Shot("delft", "delft", (69, 54, 1), 245, 4),
)
