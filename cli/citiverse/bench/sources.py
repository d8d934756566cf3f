"""The cities that benchmarks read: real open data where it is at hand, else the demo town."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

CITIES = (
    ("potsdam-lod1", "potsdam-lod1/Potsdam_LoD1.gml"),
    ("nrw-lod2", "nrw-lod2/LoD2_32_280_5657_1_NW.gml"),
)
"""Big enough to look at, both CityGML 1.0."""

VERSIONS = (
    ("delft-lod1-citygml2", "delft-lod1/delft-citygml2.xml"),
    ("grid-lod2-citygml3", "citygml30-samples/lod2_buildings_v3.gml"),
)
"""The other versions of CityGML."""


@dataclass(frozen=True, slots=True)
class Source:
    """A small city file by its name; without a path it is the demo town."""

    name: str
    path: Path | None = None

    def file(self, folder: Path) -> Path:
        """The city as a file; the demo town is written into `folder`."""
        if self.path is not None:
            return self.path
        from citiverse_assets import citygml, town

        path = folder / "ellerhaven.gml"
        citygml.write(town.build(), path)
        return path


def data_folder() -> Path:
    """Where real cities are, if they are: CITIVERSE_DATA (default ../shared/data)."""
    return Path(os.environ.get("CITIVERSE_DATA", "../shared/data"))


def sources(wanted: Sequence[tuple[str, str]] = CITIES) -> tuple[Source, ...]:
    """Those of the real cities that are there, else one invented one."""
    data = data_folder()
    found = tuple(Source(name, data / file) for name, file in wanted if (data / file).is_file())
    if found:
        return found
    print(f"No city data at {data} (CITIVERSE_DATA): the demo town stands in.", file=sys.stderr)
    return (Source("demo-town"),)
