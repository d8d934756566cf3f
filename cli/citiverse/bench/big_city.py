"""Makes a big CityGML file out of a small real one: its members again and again, side by side.

Each copy has new ids (links follow them) and stands in its own place on a grid; all else, down to
the number of decimals, is as the source wrote it. Memory is a few times the source, however big
the result.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

GAP_M = 50.0
_MEMBERS = re.compile(rb"<(\w+:)?cityObjectMember\b.*</(\w+:)?cityObjectMember>", re.DOTALL)
_PIECES = re.compile(
    rb'(?P<id>(?:gml:id="|xlink:href="#)[^"]+)'
    rb"|(?P<open><(?:\w+:)?(?:posList|pos|lowerCorner|upperCorner)\b[^>]*>)(?P<numbers>[^<]+)"
)


@dataclass(frozen=True, slots=True)
class Numbers:
    """A list of coordinates: how to write it, and its values, easting first."""

    form: bytes
    values: tuple[float, ...]

    def shifted(self, east: float, north: float) -> bytes:
        """The list moved by metres, with the decimals of the source."""
        by = (east, north, 0.0)
        return self.form % tuple(value + by[i % 3] for i, value in enumerate(self.values))


@dataclass(frozen=True, slots=True)
class Template:
    """A city file taken apart: what stays, what gets a number, and what moves."""

    head: bytes
    pieces: tuple[bytes | Numbers, ...]
    tail: bytes
    step_m: float

    def copy(self, number: int, columns: int) -> bytes:
        """The members of one copy; every id is followed by the copy's number."""
        east, north = (number % columns) * self.step_m, (number // columns) * self.step_m
        suffix = b"-copy-%d" % number
        made = []
        for piece in self.pieces:
            if isinstance(piece, Numbers):
                made.append(piece.shifted(east, north))
            else:
                made.append(piece + suffix if _ends_in_id(piece) else piece)
        return b"".join(made)


def read(path: Path) -> Template:
    """Take a file with three-dimensional, metric coordinates apart. Raises OSError, ValueError."""
    data = path.read_bytes()
    found = _MEMBERS.search(data)
    if found is None:
        raise ValueError(f"{path} has no city objects")
    members = found.group()
    pieces: list[bytes | Numbers] = []
    done = 0
    for match in _PIECES.finditer(members):
        if match["id"]:
            pieces.append(members[done : match.end()])
        else:
            pieces.append(members[done : match.end("open")])
            pieces.append(_numbers(match["numbers"]))
        done = match.end()
    pieces.append(members[done:])
    step = max(_extent(pieces, 0), _extent(pieces, 1)) + GAP_M
    return Template(data[: found.start()], tuple(pieces), data[found.end() :], math.ceil(step))


def write(template: Template, path: Path, size_bytes: int) -> None:
    """Write copies until the file has at least this size. Raises OSError."""
    first = len(template.copy(0, 1))
    columns = math.ceil(math.sqrt(size_bytes / first))
    with path.open("wb") as file:
        file.write(template.head)
        number = 0
        while file.tell() < size_bytes:
            file.write(template.copy(number, columns) + b"\n")
            number += 1
        file.write(template.tail)


def _ends_in_id(piece: bytes) -> bool:
    return not piece.endswith(b">")


def _numbers(text: bytes) -> Numbers:
    words = text.split()
    forms = (b"%%.%df" % len(word.partition(b".")[2]) for word in words)
    return Numbers(b" ".join(forms), tuple(float(word) for word in words))


def _extent(pieces: list[bytes | Numbers], axis: int) -> float:
    values = [v for piece in pieces if isinstance(piece, Numbers) for v in piece.values[axis::3]]
    return max(values) - min(values)
