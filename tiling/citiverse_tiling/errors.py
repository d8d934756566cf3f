"""What can go wrong while tiling.

    TilingError                     the caller sees one sentence: what, where, what to do
    ├── InputError                  the source file can't be used
    │   ├── NotXml                  not XML, truncated, or an XML feature we refuse (entities)
    │   ├── NotJson                 not JSON, cut short, too large, or no CityJSON that we know
    │   ├── UnknownCrs              no CRS, or one that can't be resolved
    │   ├── BadCoordinates          NaN, infinite or absurd coordinates
    │   └── EmptyCity               nothing in the file can be tiled
    ├── LossError                   something would be lost, and no loss is wanted
    ├── WorkerError                 those who were to do the work ended, or can't be reached
    ├── OutputError                 the output folder can't be written or isn't a scene
    └── SceneError                  a scene folder breaks its contract (`citiverse check`)

A single bad surface in a good file is no exception: it is listed in the report
(`report.Loss`) and the run goes on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(eq=False)
class TilingError(Exception):
    """One sentence for a person, with the place and the remedy.

    `line` is 1-based; `object_id` is the id that the source file uses.
    """

    problem: str
    file: Path | None = None
    line: int | None = None
    object_id: str | None = None
    remedy: str | None = None

    def __str__(self) -> str:
        place = ""
        if self.file is not None:
            place = f"{self.file}:{self.line}: " if self.line else f"{self.file}: "
        subject = f"{self.object_id}: " if self.object_id else ""
        remedy = f"; {self.remedy}" if self.remedy else ""
        return f"{place}{subject}{self.problem}{remedy}."


class InputError(TilingError):
    """The source file can't be used."""


class NotXml(InputError):
    """Not well-formed XML, cut short, or using entities, which are refused."""


class NotJson(InputError):
    """Not well-formed JSON, cut short, larger than may be held, or no CityJSON that we know."""


class UnknownCrs(InputError):
    """No coordinate reference system, or one that PROJ doesn't know."""


class BadCoordinates(InputError):
    """Coordinates that are not finite, or not on Earth in the CRS they claim."""


class EmptyCity(InputError):
    """Well-formed, but nothing in it can be tiled. One such file among others is a warning."""


class LossError(TilingError):
    """Something of the source can't be shown as it is, and `TileOptions.strict` forbids that."""


def nothing_drawn(file: Path | None = None) -> EmptyCity:
    """What to raise where a file was read to its end, and left nothing to draw."""
    return EmptyCity(
        "nothing in the input has any geometry that can be drawn",
        file=file,
        remedy="check that it holds surfaces",
    )


class OutputError(TilingError):
    """The output folder can't be written, or holds something that is not ours."""


class WorkerError(TilingError):
    """A worker process ended, or a cluster can't be reached."""


class SceneError(TilingError):
    """A scene folder breaks its contract."""
