"""What stays in memory of a city whose meshes and records are spooled: a few columns per object."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from citiverse_tiling.model import AttributeValue  # noqa: TC001 msgspec needs it at run time

if TYPE_CHECKING:
    from citiverse_tiling.content.property_table import AttributeTypes
    from citiverse_tiling.frame import SceneFrame
    from citiverse_tiling.model import Float64Array, Int64Array
    from citiverse_tiling.spool import SpoolIndex
    from citiverse_tiling.transforms.block import Blocks


class FeatureRecord(msgspec.Struct, array_like=True, frozen=True):
    """What is known of one CityObject beside its geometry; `parent` is an identity or ""."""

    id: str
    source_id: str
    dataset: str
    class_name: str
    name: str
    address: str
    parent: str
    attributes: dict[str, AttributeValue]


@dataclass(frozen=True, slots=True)
class City:
    """n CityObjects, of which m have geometry.

    index          where the objects' meshes and records are in the spool
    shaped         int64 (m,): the objects that have geometry
    box_min/max    float64 (n, 3): scene frame; of its parts where an object has no geometry of
                   its own, NaN where there is none at all
    blocks         m blocks
    parents        int64 (n,): the object that this one is a part of, −1 for none
    buildings      int64 (n,): the topmost object that this one is a part of, itself if none
    label_bytes    int64 (n,): size of id, class and name
    """

    frame: SceneFrame
    index: SpoolIndex
    shaped: Int64Array
    box_min: Float64Array
    box_max: Float64Array
    blocks: Blocks
    parents: Int64Array
    buildings: Int64Array
    label_bytes: Int64Array
    types: AttributeTypes
    crs_keys: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.parents)
