"""What the server and the process that reads proposals say to each other, a line of JSON each.

The process does one order after the other. Each ends with `Placed`, `Published`, `Done` or
`Failed`; `Stage` and `Seen` may come before.
"""

from __future__ import annotations

from typing import TypeAlias

from msgspec import Struct

from .model import Elements, Landing, Model, Placement, Publication, Wish


class Look(Struct, frozen=True, tag="look"):
    """Look at a file; write its preview."""

    scene: str
    file: str
    preview: str


class Place(Struct, frozen=True, tag="place"):
    """Find where a wish leads."""

    scene: str
    model: Model
    wish: Wish


class Publish(Struct, frozen=True, tag="publish"):
    """Make it a variant of this name; `placement` is None for a file that can't be moved."""

    scene: str
    file: str
    name: str
    anchor: tuple[float, float, float]
    placement: Placement | None
    publication: Publication


class Withdraw(Struct, frozen=True, tag="withdraw"):
    """Take a variant away."""

    scene: str
    name: str


class Tidy(Struct, frozen=True, tag="tidy"):
    """Take away what a publishing left that was cut off."""

    scene: str


Order: TypeAlias = Look | Place | Publish | Withdraw | Tidy


class Stage(Struct, frozen=True, tag="stage"):
    """How far it is; `share` is None where nobody knows."""

    stage: str
    share: float | None = None


class Seen(Struct, frozen=True, tag="seen"):
    """The preview is there."""

    model: Model


class Placed(Struct, frozen=True, tag="placed"):
    """Where it stands."""

    placement: Placement
    landing: Landing


class Published(Struct, frozen=True, tag="published"):
    """The variant is in the scene; `elements` is None where it is the first of its name."""

    elements: Elements | None = None


class Done(Struct, frozen=True, tag="done"):
    """Nothing more to say."""


class Failed(Struct, frozen=True, tag="failed"):
    """It can't be done; a sentence for a person."""

    problem: str


Told: TypeAlias = Stage | Seen | Placed | Published | Done | Failed
"""What the process says."""

End: TypeAlias = Placed | Published | Done | Failed
"""What ends an order."""
