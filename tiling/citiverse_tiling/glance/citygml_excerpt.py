"""Writes the chosen buildings as small CityGML files: the same ids and coordinates, fewer words.

The first of them are copied as they are, the others become blocks over their outlines. The head is
that of the file, so that coordinate system, namespaces and encoding are its own.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np

from citiverse_tiling.glance.excerpt import COPIED_BYTES, LONGEST_COPIED, Excerpt, affordable
from citiverse_tiling.glance.heart import heart_of
from citiverse_tiling.glance.look import look_through, repeated
from citiverse_tiling.names import slug

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from typing import BinaryIO

    from citiverse_tiling.glance.look import Seen
    from citiverse_tiling.model import Float64Array, Int64Array

_DEGREES, _METRES = "%.9f %.9f %.3f", "%.3f %.3f %.3f"
_GML = b'xmlns:glance="http://www.opengis.net/gml" glance:id="%s"'
_BLOCK = b"<lod1MultiSurface><MultiSurface%s>%s</MultiSurface></lod1MultiSurface>"
_POLYGON = (
    b"<surfaceMember><Polygon><exterior><LinearRing><posList>%s</posList></LinearRing></exterior>"
    b"</Polygon></surfaceMember>"
)


def excerpt(
    paths: list[Path], clock: Callable[[], float], budget_s: float, folder: Path
) -> Excerpt | None:
    """Look for buildings for `budget_s` seconds of `clock` and write those of the heart.

    None where there are none in any path.
    """
    seen = look_through(paths, clock, budget_s)
    if not len(seen.outlines):
        return None
    chosen = heart_of(seen.outlines.middles, *affordable(seen.pace))
    files = write_excerpts(seen, chosen, folder)
    return Excerpt(tuple(files), len(chosen), len(seen.outlines), seen.share) if files else None


def write_excerpts(seen: Seen, chosen: Int64Array, folder: Path) -> list[Path]:
    """One file for each that has chosen outlines, named as it is, in a folder of its own.

    `chosen` are rows of the outlines, the most important first.
    Ids that occur more than once are left out: which is which is known when all has been read.
    """
    slugs = {number: slug(one.path.stem) for number, one in seen.looked_at.items()}
    names = [(slugs[which], name) for which, name in zip(seen.files, seen.ids, strict=True)]
    twice = repeated(names)
    copied = _copied(seen, seen.outlines.owners[chosen].tolist())
    chosen = np.sort(chosen)
    rows = [
        (row, owner)
        for row, owner in zip(chosen.tolist(), seen.outlines.owners[chosen].tolist(), strict=True)
        if seen.wholes[owner] >= 0
        and names[owner] not in twice
        and names[seen.wholes[owner]] not in twice
    ]
    paths = []
    for which, some in groupby(rows, lambda item: seen.files[item[1]]):
        source = seen.looked_at[which]
        path = folder / str(which) / f"{source.path.stem}.gml"
        path.parent.mkdir()
        with path.open("wb") as file, source.path.open("rb") as whole:
            file.write(source.head.text)
            file.writelines(_members(seen, list(some), copied, whole))
            file.write(b"</%s>" % source.head.root)
        paths.append(path)
    return paths


def _copied(seen: Seen, owners: list[int]) -> frozenset[int]:
    """The buildings that are copied as they are: the first, as long as there is room."""
    copied: set[int] = set()
    room = COPIED_BYTES
    for whole in dict.fromkeys(seen.wholes[owner] for owner in owners):
        start, end = seen.spans[whole] if whole >= 0 else (0, 0)
        if 0 < end - start <= min(room, LONGEST_COPIED):
            copied.add(whole)
            room -= end - start
    return frozenset(copied)


def _members(
    seen: Seen, rows: list[tuple[int, int]], copied: frozenset[int], file: BinaryIO
) -> Iterator[bytes]:
    """Buildings with their parts; `file` is the one that they are from."""
    srs_name = seen.looked_at[seen.files[rows[0][1]]].head.srs_name
    crs = b' srsName="%s"' % srs_name if srs_name else b""
    for whole, some in groupby(rows, lambda item: seen.wholes[item[1]]):
        if whole in copied:
            start, end = seen.spans[whole]
            file.seek(start)
            yield b"<cityObjectMember>%s</cityObjectMember>\n" % file.read(end - start)
            continue
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
