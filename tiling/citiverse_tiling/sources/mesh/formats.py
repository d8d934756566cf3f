"""Which mesh format a file is of, told by its first bytes."""

from __future__ import annotations

import re
import struct

import numpy as np

FORMATS = {
    "glb": "GLB",
    "gltf": "glTF",
    "ply": "PLY",
    "obj": "OBJ",
    "dae": "COLLADA",
    "stl": "STL",
}

_GLTF = re.compile(rb'"(accessors|bufferViews)"\s*:\s*\[')
_COLLADA = re.compile(rb"<(\w+:)?COLLADA[\s>]")
_OBJ = re.compile(rb"^(v[ \t]+-?[\d.]|mtllib[ \t]|usemtl[ \t])", re.MULTILINE)
_STL_TEXT = re.compile(rb"solid[^\n]*\n\s*(facet\s|endsolid)")
_STL_HEADER, _STL_TRIANGLE = 84, 50
_LOOKED_AT = 8


def format_of(head: bytes) -> str | None:
    """The key in `FORMATS` of a file that begins so, None where it is no mesh."""
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if head.startswith(b"glTF"):
        return "glb"
    if head.startswith((b"ply\n", b"ply\r")):
        return "ply"
    if text.startswith(b"{"):
        return "gltf" if _GLTF.search(text) else None
    if text.startswith(b"<"):
        return "dae" if _COLLADA.search(text) else None
    if _STL_TEXT.match(text) or _is_binary_stl(head):
        return "stl"
    if b"\0" not in head and _OBJ.search(head):
        return "obj"
    return None


def _is_binary_stl(head: bytes) -> bool:
    """Whether the first triangles have normals of length 1 or 0: the format has no magic word."""
    if len(head) < _STL_HEADER + _STL_TRIANGLE or head.lstrip().startswith((b"{", b"<")):
        return False
    (count,) = struct.unpack_from("<I", head, _STL_HEADER - 4)
    seen = min(count, _LOOKED_AT, (len(head) - _STL_HEADER) // _STL_TRIANGLE)
    if not seen:
        return False
    row = np.dtype([("normal", "<f4", 3), ("corners", "<f4", 9), ("more", "<u2")])
    triangles = np.frombuffer(head, row, seen, _STL_HEADER)
    with np.errstate(all="ignore"):
        lengths = np.linalg.norm(triangles["normal"].astype(np.float64), axis=1)
        is_unit = (np.abs(lengths - 1) < 1e-3) | (lengths == 0)
        is_finite = np.isfinite(triangles["corners"]).all() and bool(triangles["corners"].any())
    return bool(is_unit.all() and is_finite)
