"""City files → CityObjects. One entry of `SOURCES` per format; a file is told by its content."""

from __future__ import annotations

from typing import TYPE_CHECKING

from citiverse_tiling.errors import InputError, NotXml
from citiverse_tiling.report import InputDescription
from citiverse_tiling.sources import citygml, cityjson

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from typing import Protocol

    from citiverse_tiling.crs import CrsRegistry
    from citiverse_tiling.model import CityObject
    from citiverse_tiling.report import Report

    class Source(Protocol):
        """One format: whether it takes a file that begins so, the reading of it, and the names
        of the images that its textures are made of, as the file writes them."""

        def accepts(self, head: bytes) -> bool: ...
        def read(
            self, path: Path, crs: CrsRegistry, report: Report, on_bytes: Callable[[int], None]
        ) -> Iterator[CityObject]: ...
        def images(self, path: Path) -> Iterator[str]: ...


__all__ = ["SOURCES", "InputDescription", "images", "read"]

SOURCES: tuple[Source, ...] = (citygml, cityjson)

SNIFFED_BYTES = 65_536


def read(
    path: Path, crs: CrsRegistry, report: Report, on_bytes: Callable[[int], None]
) -> Iterator[CityObject]:
    """Stream the CityObjects of one file; memory doesn't grow with the file.

    Counts objects and surfaces into `report`, lists what can't be used, and appends one
    `report.InputDescription` to `report.inputs` when the file has been read to its end, also where
    it holds no building (EmptyCity).
    `on_bytes` is told how many more bytes have been read, now and then.

    Raises InputError where the file can't be opened, NotXml, NotJson, UnknownCrs, BadCoordinates or
    EmptyCity (see `errors`), maybe after objects have been yielded: a file is whole only when
    the iteration has ended.
    """
    return _source_of(path).read(path, crs, report, on_bytes)


def images(path: Path) -> Iterator[str]:
    """The images that a file's textures name, in its own words, perhaps several times.

    Raises InputError as `read` does, NotXml where no source takes the file.
    """
    return _source_of(path).images(path)


def _source_of(path: Path) -> Source:
    try:
        with path.open("rb") as file:
            head = file.read(SNIFFED_BYTES)
    except OSError as error:
        problem = f"it can't be read ({error.strerror})"
        raise InputError(problem, file=path, remedy="check its name and your rights") from error
    for source in SOURCES:
        if source.accepts(head):
            return source
    problem = "this is neither CityGML nor CityJSON nor any other format that can be read"
    raise NotXml(problem, file=path)
