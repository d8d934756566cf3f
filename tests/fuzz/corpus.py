"""The real files that are broken, small or made small, with the options that make them readable."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from pathlib import PurePosixPath
from random import Random
from typing import TYPE_CHECKING

from fuzz.mutations import mutate

if TYPE_CHECKING:
    from pathlib import Path

    from fuzz.cage import Cage, Outcome

MOST_BYTES = 60_000
_MEMBER_END = re.compile(rb"</(?:\w+:)?(?:cityObjectMember|appearanceMember)>")


@dataclass(frozen=True)
class Seed:
    """A real file by its path in the data, of a kind that `mutations.mutate` knows.

    Where `of` names another file, in whose folder it is, that one is read, and this is an image.
    """

    file: str
    kind: str
    crs: str | None = None
    place: tuple[float, float] | None = None
    of: str = ""

    @property
    def name(self) -> str:
        return self.file.rpartition("/")[2]


SEEDS = (
    Seed("lyon-textured/LYON_1ER_BATI_2015_small_house.gml", "xml", "EPSG:3946"),
    Seed("fzk-haus/FZK-Haus-LoD3-KIT-IAI-KHH-B36-V1__v3.gml", "xml"),
    Seed("fzk-haus/Building_LOD4-EPSG25832.gml", "xml"),
    Seed("zurich-citygml1/zurich-lod2-citygml1.xml", "xml"),
    Seed("nrw-lod2/LoD2_32_280_5657_1_NW.gml", "xml"),
    Seed("hamburg-multilod/CS2_multiLOD.gml", "xml"),
    Seed("testtown-lod3/lod3_building_v2.gml", "xml"),
    Seed("citygml30-samples/BuildingUnits_Storeys_xlink.gml", "xml"),
    Seed("citygml30-samples/LocalCRS_CityGML3.gml", "xml", place=(8.4, 49.0)),
    Seed("citygml30-samples/citygml3_roads_4wayintersection.gml", "xml"),
    Seed("citygml30-samples/Building_and_garage_LOD2-EPSG25832.gml", "xml"),
    Seed("plateau-tokyo-haneda/udx/bldg/53392642_bldg_6697_op2.gml", "xml"),
    Seed("plateau-tokyo-shinjuku/udx/dem/533925_dem_6697_op.gml", "xml"),
    Seed("plateau-tokyo-shinjuku/udx/brid/53394525_brid_6697_op.gml", "xml"),
    Seed("plateau-themes/udx/gen/53392565_gen_6697.gml", "xml"),
    Seed("plateau-themes/udx/veg/52385628_veg_6697_op.gml", "xml"),
    Seed(
        "cityjson-fzkhaus-textured/01-FZK-Haus-LoD2-Tex-no-Storey-CG30-V01_formatted.json", "json"
    ),
    Seed("cityjson-misc/building_with_innerring.city.json", "json"),
    Seed("cityjson-misc/geom_temp.city.jsonl", "json", place=(8.0, 49.0)),
    Seed("cityjson-misc/multi_lod.city.json", "json", "EPSG:28992"),
    Seed("cityjson-misc/paris_tower.city.jsonl", "json"),
    Seed("cityjson-rotterdam/rotterdam_subset.city.json", "json", "EPSG:28992"),
    Seed("cityjsonseq-3dbag/tile_901_trimmed.city.jsonl", "json"),
    Seed("lyon-lidar-vegetation/ExampleDataDenseVegetation.las", "binary"),
    Seed("delft-terrain-ahn3/ahn3/ahn3_cropped_2.laz", "binary", "EPSG:7415"),
    Seed("geotiff-dem/rmnp-dem.tif", "binary"),
    Seed("delft-terrain-ahn3/bgt/bgt_waterdeel.sqlite", "binary"),
    Seed("gltf-avatars/Fox.glb", "binary", place=(5.9, 50.8)),
    Seed("3dtiles-3dbag-sibbe/1.1/content/1_1_0.glb", "binary", place=(5.9, 50.8)),
    Seed(
        "lyon-textured/LYON_1ER_BATI_2015_small_house.jpg",
        "binary",
        "EPSG:3946",
        of="lyon-textured/LYON_1ER_BATI_2015_small_house.gml",
    ),
    Seed(
        "plateau-tokyo-haneda/udx/bldg/53392642_bldg_6697_appearance/hnap0034.tif",
        "binary",
        of="plateau-tokyo-haneda/udx/bldg/53392642_bldg_6697_op2.gml",
    ),
)


def reduced(data: bytes, kind: str) -> bytes:
    """A file of at most about `MOST_BYTES` that still means something: the first of its members."""
    if len(data) <= MOST_BYTES or kind == "binary":
        return data
    if kind == "json":
        lines = data.splitlines(keepends=True)
        kept = lines[:1]
        while len(kept) < len(lines) and sum(map(len, kept)) < MOST_BYTES:
            kept.append(lines[len(kept)])
        return b"".join(kept)
    ends = [match.end() for match in _MEMBER_END.finditer(data)]
    cut = next((end for end in ends if end >= MOST_BYTES), ends[-1])
    return data[:cut] + data[ends[-1] :]


def case(data: Path, seed: Seed, number: int) -> bytes:
    """The seed's file, broken as the number says."""
    whole = reduced((data / seed.file).read_bytes(), seed.kind)
    return mutate(whole, Random(f"{seed.file} {number}"), seed.kind)


@dataclass(frozen=True)
class Failure:
    """A file that made the tiler fail, kept for whoever mends it."""

    kept: Path
    seed: Seed
    number: int
    outcome: Outcome

    def __str__(self) -> str:
        options = f" --crs {self.seed.crs}" if self.seed.crs else ""
        if self.seed.place:
            options = f" --place {self.seed.place[0]},{self.seed.place[1]}"
        return (
            f"{self.seed.file} broken by number {self.number}: {self.outcome.word}\n"
            f"  citiverse tile {self.kept}{options} -o /tmp/fuzzed\n{self.outcome.detail}"
        )


def attempt(cage: Cage, data: Path, seed: Seed, number: int, room: Path) -> Failure | None:
    """Run one case in a folder of its own; None where all is well, and the folder is gone."""
    folder = room / f"{number}-{seed.name}"
    file = folder / seed.name
    folder.mkdir(parents=True, exist_ok=True)
    read = file
    if seed.of:
        read = folder / seed.of.rpartition("/")[2]
        read.write_bytes((data / seed.of).read_bytes())
        file = folder / PurePosixPath(seed.file).relative_to(PurePosixPath(seed.of).parent)
        file.parent.mkdir(exist_ok=True)
    file.write_bytes(case(data, seed, number))
    outcome = cage.run(read, seed.crs, seed.place)
    if outcome.is_good:
        shutil.rmtree(folder)
        return None
    return Failure(read, seed, number, outcome)
