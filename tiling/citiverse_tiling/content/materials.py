"""The calm palette: how each surface group looks in a viewer that shades nothing by itself."""

from __future__ import annotations

import numpy as np

from citiverse_tiling.content.gltf_document import Material, MetallicRoughness, TextureInfo
from citiverse_tiling.content.linear import TO_LINEAR
from citiverse_tiling.meshes import SurfaceGroup

_SRGB = {
    SurfaceGroup.WALL: (0xE6, 0xDA, 0xC6),
    SurfaceGroup.ROOF: (0xA9, 0x66, 0x4E),
    SurfaceGroup.GROUND: (0xB4, 0xAE, 0xA3),
    SurfaceGroup.WINDOW: (0x4A, 0x58, 0x64),
    SurfaceGroup.DOOR: (0x6B, 0x4A, 0x36),
    SurfaceGroup.TERRAIN: (0xA6, 0xA8, 0x8F),
    SurfaceGroup.ROAD: (0x6E, 0x6F, 0x72),
    SurfaceGroup.PAVING: (0xB9, 0xB2, 0xA6),
    SurfaceGroup.RAIL: (0x7D, 0x75, 0x6C),
    SurfaceGroup.GREEN: (0x8B, 0xA4, 0x6B),
    SurfaceGroup.SOIL: (0xB9, 0xA2, 0x7F),
    SurfaceGroup.WATER: (0x5F, 0x86, 0x96),
    SurfaceGroup.MARKING: (0xEC, 0xEA, 0xE3),
    SurfaceGroup.FURNITURE: (0x75, 0x7C, 0x80),
    SurfaceGroup.FOLIAGE: (0x6A, 0x8C, 0x52),
    SurfaceGroup.TRUNK: (0x7A, 0x62, 0x4C),
    SurfaceGroup.STRUCTURE: (0xA8, 0xA3, 0x9A),
    SurfaceGroup.MESH: (0xC2, 0xBC, 0xB0),
}
"""Warm plaster, clay tile, stone, dark glass, dry meadow …"""

_ROUGHNESS = {SurfaceGroup.WINDOW: 0.25, SurfaceGroup.WATER: 0.2}


_DULL = 0.92


def _material(group: SurfaceGroup) -> Material:
    red, green, blue = (round(float(TO_LINEAR[channel]), 4) for channel in _SRGB[group])
    look = MetallicRoughness(0.0, (red, green, blue, 1.0), _ROUGHNESS.get(group, _DULL))
    return Material(group.name.lower(), look)


MATERIALS = tuple(_material(group) for group in SurfaceGroup)
"""The palette: one per SurfaceGroup, in its order."""

PALETTE = np.array(
    [material.pbr_metallic_roughness.base_color_factor[:3] for material in MATERIALS]
)
"""Linear red, green and blue of each SurfaceGroup, (n, 3)."""


def palette_colour(group: SurfaceGroup) -> tuple[int, int, int]:
    """The palette's colour of a group: red, green and blue, sRGB, 0 to 255."""
    return _SRGB[group]


def source_material(group: SurfaceGroup, alpha_mode: str, texture: int | None = None) -> Material:
    """The material of faces that bring their own colours, or a texture of the document."""
    info = None if texture is None else TextureInfo(texture)
    look = MetallicRoughness(
        0.0, roughness_factor=_ROUGHNESS.get(group, _DULL), base_color_texture=info
    )
    return Material(group.name.lower(), look, alpha_mode=alpha_mode)
