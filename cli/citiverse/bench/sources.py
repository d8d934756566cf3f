"""The cities that benchmarks read: real open data where it is at hand, else the demo town."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

REAL = (
    ("potsdam-lod1", "potsdam-lod1/Potsdam_LoD1.gml"),
    ("nrw-lod2", "nrw-lod2/LoD2_32_280_5657_1_NW.gml"),
)


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


def sources() -> tuple[Source, ...]:
    """Real cities under CITIVERSE_DATA (default ../shared/data), else one invented one."""
    data = Path(os.environ.get("CITIVERSE_DATA", "../shared/data"))
    found = tuple(Source(name, data / file) for name, file in REAL if (data / file).is_file())
    if found:
        return found
    print(f"No city data at {data} (CITIVERSE_DATA): the demo town stands in.", file=sys.stderr)
    return (Source("demo-town"),)
