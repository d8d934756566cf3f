"""Which drawing belongs to which proposal, and where it stands in the town."""

from __future__ import annotations

from typing import TYPE_CHECKING

from citiverse_assets.citygml.gml import CRS, ORIGIN
from citiverse_assets.land import FOOTPATH, LIFTS_M
from citiverse_assets.library import variant_a, variant_b
from citiverse_assets.library.items import Ground
from citiverse_assets.terrain import height_m

if TYPE_CHECKING:
    from citiverse_assets.library.draft import Draft

CORNER = (-136.8, 12.0)
"""The south-west corner of Warehouse 3, in town coordinates."""

THRESHOLD_M = 0.015
"""The ground floor is so far above the paving."""

_DRAWINGS = (("a", variant_a.draw), ("b", variant_b.draw))


def draw(name: str) -> Draft:
    """The drawing of a proposal."""
    height = height_m(*CORNER) + LIFTS_M[FOOTPATH] + THRESHOLD_M
    (found,) = (drawn for known, drawn in _DRAWINGS if known == name)
    return found(Ground(CRS, ORIGIN[0] + CORNER[0], ORIGIN[1] + CORNER[1], round(height, 3)))
