"""Which drawing belongs to which proposal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from citiverse_assets.citygml.gml import CRS, ORIGIN
from citiverse_assets.library import variant_a, variant_b
from citiverse_assets.library.items import Ground
from citiverse_assets.library.places import CORNER, FLOOR_M

if TYPE_CHECKING:
    from citiverse_assets.library.draft import Draft

_DRAWINGS = (("a", variant_a.draw), ("b", variant_b.draw))


def draw(name: str) -> Draft:
    """The drawing of a proposal."""
    (found,) = (drawn for known, drawn in _DRAWINGS if known == name)
    return found(Ground(CRS, ORIGIN[0] + CORNER[0], ORIGIN[1] + CORNER[1], FLOOR_M))
