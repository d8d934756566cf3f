"""What a single plant is and how large, by its attributes and by the box of its geometry."""

from __future__ import annotations

import math
import re
from enum import IntEnum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from citiverse_tiling.model import AttributeValue

TALLEST_M = 150.0
"""The tallest tree on Earth has 116 m: what claims more has another unit."""

LEAST_M = 0.05
TRUNK_M = 0.3
"""Every trunk is this wide for a walker (scene.md)."""

SHRUB_M = 2.0
"""A plant of which only the size is known is a shrub below this height."""

_METRES = {"cm": 0.01, "mm": 0.001, "dm": 0.1, "km": 1000.0, "ft": 0.3048}


class PlantKind(IntEnum):
    """How a plant is drawn."""

    TREE_BROADLEAF = 0
    TREE_CONIFER = 1
    TREE_COLUMNAR = 2
    SHRUB = 3

    @property
    def node(self) -> str:
        """The name of its node in a tile's content (scene.md)."""
        return self.name.lower().replace("_", "-")


_CROWNS = {
    PlantKind.TREE_BROADLEAF: 0.6,
    PlantKind.TREE_CONIFER: 0.4,
    PlantKind.TREE_COLUMNAR: 0.25,
    PlantKind.SHRUB: 1.0,
}
"""Crown diameter in heights, where only the height is known."""

_WORDS = (
    (
        re.compile(r"column|fastigi|cupress|cypress|zypress|pyramidal|italica|s[aä]ule|lombardy"),
        PlantKind.TREE_COLUMNAR,
    ),
    (
        re.compile(
            r"conifer|needle|nadel|picea|abies|pinus|larix|taxus|cedrus|thuja|pseudotsuga|juniper"
            r"|\bspruce|\bfir\b|\bpines?\b|\blarch|\byew|\bcedar|fichte|tanne|kiefer|l[aä]rche|eibe"
        ),
        PlantKind.TREE_CONIFER,
    ),
    (
        re.compile(r"shrub|\bbush|hedge|strauch|busch|hecke|buxus|ligustrum|low plant|fern"),
        PlantKind.SHRUB,
    ),
    (re.compile(r"\b(?!unknown|other|trees?\b|plants?\b|class)[a-z]{3}"), PlantKind.TREE_BROADLEAF),
)
_CLASSES = {
    "1000": PlantKind.SHRUB,
    "1010": PlantKind.SHRUB,
    "1050": PlantKind.SHRUB,
    "1060": PlantKind.TREE_CONIFER,
    "1070": PlantKind.TREE_BROADLEAF,
    "1080": PlantKind.SHRUB,
}
"""Codes of the class of a plant (CityGML 2.0, annex C)."""


class PlantSize(NamedTuple):
    """Metres."""

    height: float
    crown: float


def plant_kind(attributes: Mapping[str, AttributeValue], height_m: float) -> PlantKind:
    """The kind by species, class and function, the first that says something; else by height."""
    for name in ("species", "class", "function"):
        text = str(attributes.get(name, ""))[:200].lower()
        if text in _CLASSES:
            return _CLASSES[text]
        words = re.sub(r"[\W_]+", " ", text)
        for pattern, kind in _WORDS:
            if pattern.search(words):
                return kind
    return PlantKind.SHRUB if height_m < SHRUB_M else PlantKind.TREE_BROADLEAF


def plant_size(
    attributes: Mapping[str, AttributeValue], box: tuple[float, float, float]
) -> PlantSize | None:
    """Height and crown diameter by the attributes, else by the box of its geometry (x, y, z).

    None where nothing tells the height. A crown of which nothing is known is that of its kind.
    """
    height = _metres(attributes, "height") or _plausible(box[2])
    if not height:
        return None
    crown = _metres(attributes, "crownDiameter") or _plausible((box[0] + box[1]) / 2)
    return PlantSize(height, crown or height * _CROWNS[plant_kind(attributes, height)])


def _metres(attributes: Mapping[str, AttributeValue], name: str) -> float:
    """A length in metres, 0 where there is none that a plant can have."""
    try:
        value = float(attributes.get(name, 0.0))
    except ValueError:
        return 0.0
    unit = str(attributes.get(f"{name}.uom", "m")).rpartition("#")[2].lower()
    return _plausible(value * _METRES.get(unit, 1.0))


def _plausible(metres: float) -> float:
    return metres if math.isfinite(metres) and LEAST_M <= metres <= TALLEST_M else 0.0
