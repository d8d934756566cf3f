"""CityJSON 1.0, 1.1 and 2.0 (OGC 20-072r2 and 20-072r5), whole or as CityJSONSeq → CityObjects.

One way through: `document` (bytes → the members of a JSON object) → `vertices` → `objects`
(members → CityObjects, with `geometry` and `attributes`). `docs/mapping/cityjson.md` says how each
member becomes what.
"""

from citiverse_tiling.sources.cityjson.images import images
from citiverse_tiling.sources.cityjson.parts import split
from citiverse_tiling.sources.cityjson.reader import accepts, read, read_part

__all__ = ["accepts", "images", "read", "read_part", "split"]
