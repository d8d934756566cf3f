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
        """One format: whether it takes a file that begins so, and the reading of it."""

        def accepts(self, head: bytes) -> bool: ...
        def read(
            self, path: Path, crs: CrsRegistry, report: Report, on_bytes: Callable[[int], None]
        ) -> Iterator[CityObject]: ...


__all__ = ["SOURCES", "InputDescription", "read"]

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
    try:
        with path.open("rb") as file:
            head = file.read(SNIFFED_BYTES)
    except OSError as error:
        problem = f"it can't be read ({error.strerror})"
        raise InputError(problem, file=path, remedy="check its name and your rights") from error
    for source in SOURCES:
        if source.accepts(head):
            return source.read(path, crs, report, on_bytes)
    raise NotXml(
        "this is neither CityGML, nor CityJSON, nor any other format that can be read", file=path
    )
