"""CityGML 1.0, 2.0 and 3.0 (OGC 08-007r1, 12-019, 20-010 and 21-006r2) → CityObjects.

One way through: `stream` (bytes → members) → `features` (a member → drafts of its objects, with
`geometry`, `attributes` and `address`) → `links` (xlink:href) → `assemble` (drafts → CityObjects).
`docs/mapping/citygml.md` says how each element becomes what.
"""

from citiverse_tiling.sources.citygml.images import images
from citiverse_tiling.sources.citygml.parts import split
from citiverse_tiling.sources.citygml.reader import accepts, read, read_part

__all__ = ["accepts", "images", "read", "read_part", "split"]
