"""Writes the chosen buildings as small CityGML files: the same ids and coordinates, fewer words.

The head is that of the file, so that coordinate system, namespaces and encoding are its own.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from citiverse_tiling.glance.look import repeated
from citiverse_tiling.names import slug

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from citiverse_tiling.glance.look import Seen
    from citiverse_tiling.model import Float64Array, Int64Array

_DEGREES, _METRES = "%.9f %.9f %.3f", "%.3f %.3f %.3f"
_GML = b'xmlns:glance="http://www.opengis.net/gml" glance:id="%s"'
_BLOCK = b"<lod1MultiSurface><MultiSurface%s>%s</MultiSurface></lod1MultiSurface>"
_POLYGON = (
    b"<surfaceMember><Polygon><exterior><LinearRing><posList>%s</posList></LinearRing></exterior>"
    b"</Polygon></surfaceMember>"
)


def write_excerpts(seen: Seen, chosen: Int64Array, folder: Path) -> list[Path]:
    """One file for each that has chosen outlines, named as it is, in a folder of its own.

    Ids that occur more than once are left out: which is which is known when all has been read.
    """
    slugs = [slug(one.path.stem) for one in seen.looked_at]
    names = [(slugs[which], name) for which, name in zip(seen.files, seen.ids, strict=True)]
    twice = repeated(names)
    owners = seen.outlines.owners[chosen].tolist()
    rows = [
        (row, owner)
        for row, owner in zip(chosen.tolist(), owners, strict=True)
        if seen.wholes[owner] >= 0
        and names[owner] not in twice
        and names[seen.wholes[owner]] not in twice
    ]
    paths = []
    for which, some in groupby(rows, lambda item: seen.files[item[1]]):
        source = seen.looked_at[which]
        path = folder / str(which) / f"{source.path.stem}.gml"
        path.parent.mkdir()
        with path.open("wb") as file:
            file.write(source.head.text)
            file.writelines(_members(seen, list(some), source.head.srs_name))
            file.write(b"</%s>" % source.head.root)
        paths.append(path)
    return paths


def _members(seen: Seen, rows: list[tuple[int, int]], srs_name: bytes) -> Iterator[bytes]:
    """Buildings with their parts."""
    crs = b' srsName="%s"' % srs_name if srs_name else b""
    for whole, some in groupby(rows, lambda item: seen.wholes[item[1]]):
        yield b"<cityObjectMember><Building %s>" % (_GML % seen.ids[whole])
        for row, owner in some:
            faces = _faces(seen.outlines.ring(row), float(seen.outlines.tops[row]))
            block = _BLOCK % (crs, b"".join(faces))
            if owner == whole:
                yield block
            else:
                yield b"<consistsOfBuildingPart><BuildingPart %s>" % (_GML % seen.ids[owner])
                yield block
                yield b"</BuildingPart></consistsOfBuildingPart>"
        yield b"</Building></cityObjectMember>\n"


def _faces(ring: Float64Array, top: float) -> Iterator[bytes]:
    """Floor, roof and walls over an outline (k, 3) that is seen from below."""
    form = _DEGREES if abs(ring[:, :2]).max() <= 360 else _METRES
    lower = [form % tuple(point) for point in ring.tolist()]
    upper = [form % (x, y, top) for x, y, _ in ring.tolist()]
    faces = [[*lower, lower[0]], [*upper[::-1], upper[-1]]]
    for here in range(len(lower)):
        before = here - 1
        faces.append([lower[here], lower[before], upper[before], upper[here], lower[here]])
    return (_POLYGON % " ".join(face).encode() for face in faces)
