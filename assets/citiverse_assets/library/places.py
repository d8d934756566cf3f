"""Where the library stands in the town."""

from __future__ import annotations

from citiverse_assets.land import FOOTPATH, LIFTS_M
from citiverse_assets.terrain import QUAY_HEIGHT_M

CORNER = (-136.8, 12.0)
"""The south-west corner of Warehouse 3, in town coordinates."""

THRESHOLD_M = 0.015
"""The ground floor is so far above the paving."""

FLOOR_M = round(QUAY_HEIGHT_M + LIFTS_M[FOOTPATH] + THRESHOLD_M, 3)
"""The height of the ground floor."""
