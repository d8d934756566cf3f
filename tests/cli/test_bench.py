"""A benchmark's input is what it claims, its figures add up, and its rows are as documented."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from lxml import etree

from citiverse.bench import big_city, big_cityjson, peers, runner
from citiverse.bench import bytes as tile_bytes
from citiverse.bench.row import Row
from citiverse.bench.sources import CITIES, VERSIONS, sources
from citiverse.bench.usage import BenchError, measure
from citiverse_tiling.options import TileOptions
from citiverse_tiling.pipeline import tile

if TYPE_CHECKING:
    from cli.conftest import Citiverse

GML_ID = "{http://www.opengis.net/gml}id"
HREF = "{http://www.w3.org/1999/xlink}href"
DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "benchmarks.md"


@pytest.fixture(scope="module")
def big(hamlet: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("big") / "big.gml"
    big_city.write(big_city.read(hamlet), path, 5 * hamlet.stat().st_size)
    return path


def test_a_big_city_is_as_big_as_asked_and_one_copy_more_at_most(big: Path, hamlet: Path) -> None:
    size = hamlet.stat().st_size
    assert 5 * size <= big.stat().st_size < 7 * size


def test_every_id_is_new_and_links_follow(big: Path) -> None:
    root = etree.parse(big).getroot()
    ids = [value for element in root.iter() if (value := element.get(GML_ID))]
    assert len(ids) == len(set(ids))
    links = {value for element in root.iter() if (value := element.get(HREF))}
    assert {link.removeprefix("#") for link in links} <= set(ids)


def test_copies_stand_side_by_side_with_the_decimals_of_the_source(big: Path, hamlet: Path) -> None:
    def first_points(path: Path) -> list[list[str]]:
        root = etree.parse(path).getroot()
        return [(e.text or "").split()[:3] for e in root.iter("{*}posList")]

    small, repeated = first_points(hamlet), first_points(big)
    assert repeated[: len(small)] == small
    second = repeated[len(small)]
    assert float(second[0]) - float(small[0][0]) > big_city.GAP_M
    assert second[1:] == small[0][1:]
    assert len(second[0].partition(".")[2]) == len(small[0][0].partition(".")[2])


def test_a_real_city_is_found_where_there_is_data(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CITIVERSE_DATA", str(data))
    assert [source.name for source in sources()] == ["potsdam-lod1", "nrw-lod2"]


def test_all_versions_of_citygml_are_measured(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CITIVERSE_DATA", str(data))
    found = [source.path for source in sources((*CITIES, *VERSIONS))]
    heads = [path.read_bytes()[:4000].decode() for path in found if path]
    spelled = [re.findall(r"opengis.net/citygml/(?:building/)?(\d)", head)[0] for head in heads]
    assert spelled == ["1", "1", "2", "3"]


@pytest.mark.parametrize("name", [name for name, _ in VERSIONS])
def test_a_big_city_of_any_version_is_that_many_times_the_small_one(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("CITIVERSE_DATA", str(data))
    (source,) = [source for source in sources(VERSIONS) if source.name == name]
    small = source.file(tmp_path)
    big_city.write(big_city.read(small), tmp_path / "big.gml", 2 * small.stat().st_size)
    counts = [
        len(etree.parse(path).findall(".//{*}Building")) for path in (small, tmp_path / "big.gml")
    ]
    assert counts[1] == 3 * counts[0] or counts[1] == 2 * counts[0]


def test_a_big_cityjson_has_as_many_buildings_each_with_its_own_points(
    data: Path, tmp_path: Path
) -> None:
    path = tmp_path / "big.city.json"
    made = big_cityjson.write(data / peers.ROTTERDAM, path, 40, "EPSG:7415")
    city = json.loads(path.read_bytes())
    assert made == len(city["CityObjects"]) == 48
    report = tile(TileOptions((path,), tmp_path / "scene")).report
    assert report.objects_read == {"Building": 48}
    small = json.loads((data / peers.ROTTERDAM).read_bytes())
    assert len(city["vertices"]) == 3 * len(small["vertices"])
    assert max(flat(city["CityObjects"])) == len(city["vertices"]) - 1


def flat(objects: dict[str, Any]) -> list[int]:
    """The indices of all vertices that objects have."""
    waiting = [geometry["boundaries"] for item in objects.values() for geometry in item["geometry"]]
    found = []
    while waiting:
        piece = waiting.pop()
        found += [piece] if isinstance(piece, int) else []
        waiting += piece if isinstance(piece, list) else []
    return found


def test_a_peer_that_cant_be_had_is_said_and_not_measured(
    data: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("CITIVERSE_DATA", str(data))
    broken = tmp_path / "peers.py"
    broken.write_text("import sys; sys.exit(f'{sys.argv[1]} can not be had: no network')")
    monkeypatch.setattr(peers, "SCRIPT", broken)
    assert list(peers.run(quick=True)) == []
    said = capsys.readouterr().err
    assert "citygml-to-3dtiles can not be had: no network" in said
    assert "cjio can not be had: no network" in said


def test_a_peer_is_measured_on_the_same_file(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CITIVERSE_DATA", str(data))
    peer = tmp_path / "peer.py"
    peer.write_text(
        "import pathlib, sys; out = pathlib.Path(sys.argv[-1]);"
        "out = out if 'export' in sys.argv else pathlib.Path(sys.argv[2]);"
        "sum(range(9_000_000)); out.write_bytes(b'x')"
    )
    script = tmp_path / "peers.py"
    script.write_text(f"import json; print(json.dumps([{sys.executable!r}, {str(peer)!r}]))")
    monkeypatch.setattr(peers, "SCRIPT", script)
    rows = list(peers.run(quick=True))
    assert [(row.goal, row.direction) for row in rows] == [(5.0, "min"), (20.0, "min")]
    assert all(0.01 < row.value < 10 for row in rows)


def test_bytes_are_those_of_real_tiles(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CITIVERSE_DATA", str(data))
    monkeypatch.setattr(peers, "SCRIPT", tmp_path / "nothing")
    rows = {row.metric: row for row in tile_bytes.run(quick=True)}
    assert list(rows) == [
        "geometry_potsdam-lod1",
        "building_potsdam-lod1",
        "levels_potsdam-lod1",
        "geometry_nrw-lod2",
    ]
    assert 0.2 < rows["geometry_potsdam-lod1"].value < 0.5
    assert 400 < rows["building_potsdam-lod1"].value < 900
    assert 1.0 < rows["levels_potsdam-lod1"].value < 1.4


def test_the_demo_town_stands_in_and_says_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CITIVERSE_DATA", str(tmp_path / "nothing"))
    (source,) = sources()
    assert "stands in" in capsys.readouterr().err
    assert source.name == "demo-town"
    assert source.file(tmp_path).is_file()


def test_a_program_costs_cpu_time_and_memory() -> None:
    idle = measure((sys.executable, "-c", "pass"))
    busy = measure((sys.executable, "-c", "x = bytearray(80_000_000); sum(range(3_000_000))"))
    assert busy.cpu_s > idle.cpu_s > 0.0
    assert busy.peak_bytes > idle.peak_bytes + 70_000_000


def test_a_program_that_fails_gives_no_figure() -> None:
    with pytest.raises(BenchError, match=r"ended with 3.*broken"):
        measure((sys.executable, "-c", "import sys; print('broken', file=sys.stderr); sys.exit(3)"))


def test_a_row_is_the_median_with_its_spread() -> None:
    row = Row("tile", "ratio", (4.0, 5.0, 7.0), "ratio", "parse", 6.0)
    assert row.value == 5.0
    assert row.spread == pytest.approx(0.6)
    assert row.reached
    assert not Row("tile", "ratio", (7.0,), "ratio", "parse", 6.0).reached
    assert not Row("tile", "rate", (5.0,), "MB/s", "parse", 6.0, "min").reached


def test_every_key_of_a_row_is_documented() -> None:
    row = Row("tile", "ratio", (4.0,), "ratio", "parse")
    documented = re.findall(r"`(\w+)`", DOCUMENT.read_text().partition("## tile")[0])
    assert set(row.as_map()) <= set(documented)


def test_rows_are_json_or_sentences(citiverse: Citiverse, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [Row("one", "ratio", (4.0,), "ratio", "parse", 3.0), Row("one", "n", (1.0,), "1", "-")]
    monkeypatch.setattr(runner, "BENCHES", (("one", lambda quick: iter(rows)),))
    printed = citiverse("bench", "--json").stdout.splitlines()
    assert [json.loads(line)["metric"] for line in printed] == ["ratio", "n"]
    spoken = citiverse("bench", "one")
    assert "MISSED" in spoken.stdout
    assert spoken.exit_code == 0


def test_an_unknown_benchmark_is_wrong_use(citiverse: Citiverse) -> None:
    result = citiverse("bench", "speed")
    assert result.exit_code == 2
    assert "tile" in result.stderr
