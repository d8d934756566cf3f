"""What an architect says of a thing before it is drawn: what it is, where it is, what it is of."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from citiverse_assets.library.shapes import Outline, Part

Value: TypeAlias = str | float | bool


@dataclass(frozen=True, slots=True)
class Sets:
    """A property set, or a set of quantities where its name begins with `Qto_`."""

    name: str
    values: tuple[tuple[str, Value], ...]


@dataclass(frozen=True, slots=True)
class Place:
    """Metres from the south-west corner of the building, and a turn, counter-clockwise."""

    x: float = 0.0
    y: float = 0.0
    z: float = 0.0
    turn_deg: float = 0.0

    def matrix(self) -> np.ndarray:
        """Of shape (4, 4), float64."""
        turn = math.radians(self.turn_deg)
        made = np.eye(4)
        made[:2, :2] = ((math.cos(turn), -math.sin(turn)), (math.sin(turn), math.cos(turn)))
        made[:3, 3] = (self.x, self.y, self.z)
        return made.round(9)

    def beyond(self, x: float, y: float, z: float) -> Place:
        """A place by coordinates of this one's own frame, turned as this."""
        east, north, up, _ = (self.matrix() @ (x, y, z, 1.0)).tolist()
        return Place(east, north, up, self.turn_deg)


@dataclass(frozen=True, slots=True)
class Item:
    """An element: its class, its name, and what it is made of, in a frame of its own."""

    kind: str
    name: str
    parts: tuple[Part, ...]
    at: Place = Place()
    sets: tuple[Sets, ...] = ()
    predefined: str = ""


@dataclass(frozen=True, slots=True)
class Form:
    """What stands in many places; `kind` is the class of each, without `Type`."""

    kind: str
    name: str
    parts: tuple[Part, ...]
    sets: tuple[Sets, ...] = ()
    predefined: str = ""


@dataclass(frozen=True, slots=True)
class Room:
    """A room by its floor's outline."""

    name: str
    outline: Outline
    height: float
    is_public: bool = True
    is_outdoors: bool = False


@dataclass(frozen=True, slots=True)
class Ground:
    """Where on Earth the model's (0, 0, 0) is: a projected CRS by its code, and metres in it."""

    crs: str
    east: float
    north: float
    height: float
