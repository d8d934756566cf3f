"""Large files in parts, each of which can be read by itself, at the same time as the others.

Where a file is cut depends on the file alone, so that the result doesn't depend on how many read
it. The first part is small: the others wait for what it tells (`Begun`).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise
from os import SEEK_END
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path
    from typing import BinaryIO

    from citiverse_tiling.sources.citygml.shape_index import ShapePlace

FIRST_PART_BYTES = 1024 * 1024
PART_BYTES = 8 * 1024 * 1024
LEAST_SPLIT_BYTES = 12 * 1024 * 1024
"""Smaller files are read whole."""

_CHUNK_BYTES = 1 << 18


@dataclass(frozen=True, slots=True)
class Part:
    """The bytes [start, end) of a file; what it begins with, `lead` bytes, is read before each.

    line          the one that `start` is on, from 1
    is_last       whether the part ends with the file
    has_looks     whether the file says how surfaces look
    shapes        where the file has shapes that stand in many places, whichever part needs them
    """

    start: int
    end: int
    lead: int
    line: int
    is_last: bool
    has_looks: bool
    shapes: tuple[ShapePlace, ...] = ()


def cut(file: BinaryIO, cuts: Sequence[int], lead: int, *, has_looks: bool) -> tuple[Part, ...]:
    """The parts of a file between cuts; none where there is no cut."""
    size = file.seek(0, SEEK_END)
    parts, line = [], 1
    for start, end in pairwise([0, *cuts, size]):
        parts.append(Part(start, end, lead, line, end == size, has_looks))
        line += sum(chunk.count(b"\n") for chunk in chunks(file, start, end))
    return tuple(parts) if cuts else ()


def chunks(file: BinaryIO, start: int, end: int) -> Iterator[bytes]:
    """The bytes [start, end) of a file, some at a time.

    Read, not mapped: what is mapped counts as memory of the process.
    """
    file.seek(start)
    while start < end and (chunk := file.read(min(_CHUNK_BYTES, end - start))):
        yield chunk
        start += len(chunk)


@dataclass(frozen=True, slots=True)
class Begun:
    """What the first part of a file has decided for the others.

    north_first  whether northing or latitude is the first coordinate, by CRS key
    theme        the theme of appearances that is shown, None where the part has none
    """

    north_first: dict[str, bool]
    theme: str | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to read of a city model: all of a file where it has no `part`.

    begun   what the file's first part has decided, None where that isn't known
    theme   of the appearances, None for the first that there is
    """

    path: Path
    part: Part | None = None
    begun: Begun | None = None
    theme: str | None = None


@dataclass(slots=True)
class Found:
    """What a part of a city model, or all of it, turned out to hold beside its objects.

    `needs_whole` says that the part can't be understood without others: the file must be read in
    one piece.
    """

    format: str = ""
    version: str = ""
    title: str = ""
    contact: str = ""
    licence: str = ""
    objects: int = 0
    needs_whole: bool = False
    north_first: dict[str, bool] = field(default_factory=dict)
    themes: list[str] = field(default_factory=list)
    used_themes: list[str] = field(default_factory=list)
    unseen_classes: set[str] = field(default_factory=set)
    extension_classes: Counter[str] = field(default_factory=Counter)
    unkept_attributes: int = 0
    unkept_curves: set[str] = field(default_factory=set)
    unkept_surface_attributes: set[str] = field(default_factory=set)
    has_feared_water: bool = False
    different_backs: int = 0
    dead_links: int = 0

    def add(self, later: Found) -> None:
        """Take what the next part holds."""
        self.version = self.version or later.version
        self.title = self.title or later.title
        self.contact = self.contact or later.contact
        self.licence = self.licence or later.licence
        self.objects += later.objects
        self.north_first = {**self.north_first, **later.north_first}
        self.themes = list(dict.fromkeys((*self.themes, *later.themes)))
        self.used_themes = list(dict.fromkeys((*self.used_themes, *later.used_themes)))
        self.unseen_classes |= later.unseen_classes
        self.extension_classes.update(later.extension_classes)
        self.unkept_attributes += later.unkept_attributes
        self.unkept_curves |= later.unkept_curves
        self.unkept_surface_attributes |= later.unkept_surface_attributes
        self.has_feared_water |= later.has_feared_water
        self.different_backs += later.different_backs
        self.dead_links += later.dead_links
