"""The trees of the town: kinds, sizes, and how old ones differ from young ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from citiverse_assets.land import LIFTS_M

if TYPE_CHECKING:
    from random import Random

    from citiverse_assets.plan import Point


@dataclass(frozen=True, slots=True)
class Kind:
    """A species: its names, its form, and full-grown height, crown and trunk, metres."""

    species: str
    common: str
    form: str
    height: float
    crown: float
    trunk: float


BROADLEAF, CONIFER, COLUMNAR, SHRUB = "broadleaf", "conifer", "columnar", "shrub"

LINDEN = Kind("Tilia cordata", "small-leaved linden", BROADLEAF, 11.0, 7.6, 0.45)
PLANE = Kind("Platanus x hispanica", "plane", BROADLEAF, 10.0, 7.2, 0.45)
OAK = Kind("Quercus robur", "oak", BROADLEAF, 13.0, 11.0, 0.7)
BIRCH = Kind("Betula pendula", "birch", BROADLEAF, 11.0, 5.0, 0.25)
APPLE = Kind("Malus domestica", "apple tree", BROADLEAF, 4.4, 4.2, 0.2)
PEAR = Kind("Pyrus communis", "pear tree", BROADLEAF, 6.0, 4.0, 0.22)
CHERRY = Kind("Prunus avium", "cherry tree", BROADLEAF, 6.4, 5.2, 0.25)
WILLOW = Kind("Salix alba", "willow", BROADLEAF, 8.5, 8.4, 0.5)
BEECH = Kind("Fagus sylvatica", "beech", BROADLEAF, 15.0, 10.0, 0.55)
POPLAR = Kind("Populus nigra Italica", "Lombardy poplar", COLUMNAR, 17.0, 3.4, 0.45)
PINE = Kind("Pinus sylvestris", "Scots pine", CONIFER, 13.0, 5.6, 0.4)
SPRUCE = Kind("Picea abies", "spruce", CONIFER, 16.0, 6.0, 0.4)
HAZEL = Kind("Corylus avellana", "hazel", SHRUB, 2.6, 2.8, 0.1)
ROSE = Kind("Rosa rugosa", "beach rose", SHRUB, 1.3, 1.7, 0.05)


@dataclass(frozen=True, slots=True)
class Plant:
    """A single tree or shrub; `z` is the height of its foot."""

    kind: Kind
    x: float
    y: float
    z: float
    height: float
    crown: float
    trunk: float
    name: str = ""


def grown(kind: Kind, at: Point, ground_m: float, random: Random, name: str = "") -> Plant:
    """A plant of that kind with its own size; its foot a little in the ground."""
    size = random.uniform(0.74, 1.16)
    crown = kind.crown * size * random.uniform(0.88, 1.12)
    return Plant(
        kind=kind,
        x=round(at[0], 3),
        y=round(at[1], 3),
        z=round(ground_m + LIFTS_M["driving_lane"], 3),
        height=round(kind.height * size, 2),
        crown=round(crown, 2),
        trunk=round(kind.trunk * size, 3),
        name=name,
    )
