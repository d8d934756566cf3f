"""Meshes compressed by Draco (KHR_draco_mesh_compression), for those who have its decoder."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from citiverse_tiling.foreign.unstreamable import Unstreamable

if TYPE_CHECKING:
    from citiverse_tiling.foreign.accessors import Accessors
    from citiverse_tiling.foreign.gltf_document import Compressed, Primitive

EXTENSION = "KHR_draco_mesh_compression"
MOST_VERTICES = 12_000_000


def unpack(primitive: Primitive, packed: Compressed, accessors: Accessors) -> None:
    """Decode a primitive, and put what it holds in the place of its accessors.

    Raises InputError, and Unstreamable where there is no decoder.
    """
    try:
        import DracoPy  # optional: citiverse[draco]
    except ImportError:
        raise Unstreamable(f"the glTF extension {EXTENSION}") from None
    claimed = [accessors.document.accessors[number].count for number in _numbers(primitive)]
    if max(claimed, default=0) > MOST_VERTICES:
        raise accessors.broken(f"it has more than {MOST_VERTICES:,} vertices")
    try:
        mesh = DracoPy.decode(accessors.view(packed.buffer_view))
        faces = np.asarray(mesh.faces, np.int64)
        decoded = {
            name: mesh.get_attribute_by_unique_id(key) for name, key in packed.attributes.items()
        }
    except (ValueError, AttributeError, DracoPy.FileTypeException) as error:
        raise accessors.broken(f"what is compressed by Draco can't be read ({error})") from None
    for name, number in primitive.attributes.items():
        found = decoded.get(name)
        if found is not None:
            accessors.put(number, np.asarray(found["data"]))
    if primitive.indices is not None:
        accessors.put(primitive.indices, faces.reshape(-1, 1))


def _numbers(primitive: Primitive) -> list[int]:
    indices = [] if primitive.indices is None else [primitive.indices]
    return [*primitive.attributes.values(), *indices]
