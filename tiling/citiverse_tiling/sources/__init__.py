"""City files → CityObjects, terrain and photos. A file is told by its content.

One entry of `SOURCES` per format of city objects, one of `COVERAGES` per format of the rest.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from citiverse_tiling.errors import InputError, NotXml
from citiverse_tiling.report import InputDescription
from citiverse_tiling.sources import citygml, cityjson, ifc, mesh, pointcloud, raster, vector

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from typing import Protocol

    from citiverse_tiling.crs import CrsRegistry
    from citiverse_tiling.model import CityObject
    from citiverse_tiling.report import Report
    from citiverse_tiling.sources.coverages import Coverages
    from citiverse_tiling.sources.parts import Found, Part, Wanted

    class Source(Protocol):
        """One format: whether it takes a file that begins so, the reading of it, and the names
        of the images that its textures are made of, as the file writes them."""

        __name__: str

        def accepts(self, head: bytes) -> bool: ...
        def read(
            self,
            path: Path,
            crs: CrsRegistry,
            report: Report,
            on_bytes: Callable[[int], None],
            theme: str | None,
            /,
        ) -> Iterator[CityObject]: ...
        def images(self, path: Path) -> Iterator[str]: ...

    class PartedSource(Source, Protocol):
        """A format of which large files can be read in parts; see `sources.read_part`."""

        def split(self, path: Path) -> tuple[Part, ...]: ...
        def read_part(
            self,
            wanted: Wanted,
            crs: CrsRegistry,
            report: Report,
            on_bytes: Callable[[int], None],
            found: Found,
            /,
        ) -> Iterator[CityObject]: ...

    class CoverageSource(Protocol):
        """One format of terrain or photos: whether it takes a file that begins so, and the
        opening of it."""

        __name__: str

        def accepts(self, head: bytes) -> bool: ...
        def open_coverage(self, path: Path, crs: CrsRegistry, report: Report) -> Coverages: ...


__all__ = [
    "COVERAGES",
    "SOURCES",
    "InputDescription",
    "has_textures",
    "head_of",
    "images",
    "is_parted",
    "is_taken",
    "open_coverage",
    "parted",
    "read",
    "read_part",
]

# CityGML takes whatever is XML, CityJSON whatever is JSON: they come last.
SOURCES: tuple[Source, ...] = (vector, ifc, mesh, citygml, cityjson)
PARTED: tuple[PartedSource, ...] = (citygml, cityjson)
COVERAGES: tuple[CoverageSource, ...] = (raster, pointcloud)

_PARTED = {source.__name__: source for source in PARTED}

SNIFFED_BYTES = 65_536
_WORDS = {
    citygml.__name__: re.compile(rb"opengis\.net/citygml"),
    cityjson.__name__: re.compile(rb'"CityJSON|"CityObjects"|"vertices"\s*:'),
}
"""What is in the head of a city model in a format of which there are other files too."""


def read(
    path: Path,
    crs: CrsRegistry,
    report: Report,
    on_bytes: Callable[[int], None],
    theme: str | None = None,
) -> Iterator[CityObject]:
    """Stream the CityObjects of one file; memory doesn't grow with the file.

    Counts objects and surfaces into `report`, lists what can't be used, and appends one
    `report.InputDescription` to `report.inputs` when the file has been read to its end, also where
    it holds no building (EmptyCity).
    `on_bytes` is told how many more bytes have been read, now and then. `theme` is the one of a
    city model's appearances to use, None for the first.

    Raises InputError where the file can't be opened, NotXml, NotJson, UnknownCrs, BadCoordinates or
    EmptyCity (see `errors`), maybe after objects have been yielded: a file is whole only when
    the iteration has ended.
    """
    return _source_of(path).read(path, crs, report, on_bytes, theme)


def is_parted(path: Path) -> bool:
    """Whether a file is of a format that can be read in parts. Raises InputError, NotXml."""
    return _source_of(path).__name__ in _PARTED


def parted(path: Path) -> tuple[Part, ...]:
    """The parts in which a city model can be read, none where it is read whole.

    This looks through the whole file. Raises InputError, NotXml.
    """
    source = _PARTED.get(_source_of(path).__name__)
    return source.split(path) if source else ()


def read_part(
    wanted: Wanted,
    crs: CrsRegistry,
    report: Report,
    on_bytes: Callable[[int], None],
    found: Found,
) -> Iterator[CityObject]:
    """Stream the CityObjects of a part of a city model, or of all of it; fills in `found`.

    What `read` says of a file at its end is left to `conclusion.conclude`. Raises as `read` does.
    """
    source = _PARTED[_source_of(wanted.path).__name__]
    return source.read_part(wanted, crs, report, on_bytes, found)


def images(path: Path) -> Iterator[str]:
    """The images that a file's textures name, in its own words, perhaps several times.

    Raises InputError as `read` does, NotXml where no source takes the file.
    """
    return _source_of(path).images(path)


def open_coverage(path: Path, crs: CrsRegistry, report: Report) -> Coverages | None:
    """The terrain or photo in a file, None where it isn't of a format of these.

    Appends one `report.InputDescription` to `report.inputs`. Raises InputError where the file
    can't be opened, is broken or too large, UnknownCrs or BadCoordinates.
    """
    head = head_of(path)
    for source in COVERAGES:
        if source.accepts(head):
            return source.open_coverage(path, crs, report)
    return None


def _source_of(path: Path) -> Source:
    head = head_of(path)
    for source in SOURCES:
        if source.accepts(head):
            return source
    problem = "this is of no format that can be read"
    raise NotXml(problem, file=path, remedy="docs/mapping names those that can")


def is_taken(head: bytes) -> bool:
    """Whether a file that begins so is read where it is one of many, in a folder or an archive.

    That is stricter than for a file that was named: much else is XML or JSON.
    """
    every: tuple[CoverageSource | Source, ...] = (*COVERAGES, *SOURCES)
    for source in every:
        if source.accepts(head):
            words = _WORDS.get(source.__name__)
            return words is None or bool(words.search(head.replace(b"\x00", b"")))
    return False


def has_textures(path: Path) -> bool:
    """Whether a file may name images as its textures. Raises InputError."""
    head = head_of(path)
    is_coverage = any(source.accepts(head) for source in COVERAGES)
    return not is_coverage and any(source.accepts(head) for source in SOURCES)


def is_anywhere(path: Path) -> bool:
    """Whether a file can be laid somewhere: not so a plain image. Raises InputError."""
    return not raster.accepts(head_of(path)) or raster.is_placed(path)


def head_of(path: Path) -> bytes:
    """The first bytes of a file. Raises InputError where it can't be opened."""
    try:
        with path.open("rb") as file:
            return file.read(SNIFFED_BYTES)
    except OSError as error:
        problem = f"it can't be read ({error.strerror})"
        raise InputError(problem, file=path, remedy="check its name and your rights") from error
