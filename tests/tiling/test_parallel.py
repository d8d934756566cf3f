"""Whoever does the work, in however many pieces it comes: the scene is the same."""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING, Any

import pytest

from citiverse_tiling import pipeline
from citiverse_tiling.errors import NotXml, WorkerError
from citiverse_tiling.options import TileOptions
from citiverse_tiling.pipeline import tile
from citiverse_tiling.sources.citygml import parts as citygml_parts
from citiverse_tiling.sources.cityjson import parts as cityjson_parts
from citiverse_tiling.workers import Here, Team, team

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

REAL = (
    "nrw-lod2/LoD2_32_280_5657_1_NW.gml",
    "potsdam-lod1/Potsdam_LoD1.gml",
    "citygml30-samples/lod2_buildings_v3.gml",
    "cityjsonseq-3dbag/tile_901_trimmed.city.jsonl",
)


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cut files of 100 kB as others of 100 MB are."""
    for module in (citygml_parts, cityjson_parts):
        monkeypatch.setattr(module, "FIRST_PART_BYTES", 30_000)
        monkeypatch.setattr(module, "PART_BYTES", 60_000)
        monkeypatch.setattr(module, "LEAST_SPLIT_BYTES", 90_000)
    monkeypatch.setattr(pipeline, "LEAST_SHARED_BYTES", 0)


def digests(scene: Path) -> dict[str, str]:
    """Every file with its SHA-256."""
    return {
        path.relative_to(scene).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(scene.rglob("*"))
        if path.is_file()
    }


def tiled(folder: Path, inputs: Sequence[Path], **options: Any) -> dict[str, str]:
    scene = folder / "city"
    tile(TileOptions(tuple(inputs), scene, **options))
    return digests(scene)


@pytest.mark.parametrize("name", REAL)
def test_two_workers_make_the_same_scene_as_one(data: Path, tmp_path: Path, name: str) -> None:
    city = data / name
    one = tiled(tmp_path / "one", [city])
    two = tiled(tmp_path / "two", [city], workers=2)
    assert one == two
    assert "made.bin" in one


def test_several_files_are_merged_in_their_order(data: Path, tmp_path: Path) -> None:
    cities = [data / REAL[0], data / REAL[1]]
    twin = tmp_path / "twin" / cities[0].name
    twin.parent.mkdir()
    twin.write_bytes(cities[0].read_bytes())
    one = tiled(tmp_path / "one", [cities[0], twin])
    assert one == tiled(tmp_path / "two", [cities[0], twin], workers=2)


def test_a_dask_cluster_makes_the_same_scene(data: Path, tmp_path: Path) -> None:
    distributed = pytest.importorskip("distributed")
    city = data / REAL[2]
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
    ) as cluster:
        address = cluster.scheduler_address
        tiled(tmp_path / "dask", [data / REAL[3]], scheduler=address)
        dask = tiled(tmp_path / "dask", [city], scheduler=address)
    assert dask == tiled(tmp_path / "one", [city])


def test_a_cluster_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    pytest.importorskip("distributed")
    with (
        pytest.raises(WorkerError, match="no Dask scheduler answers at nowhere"),
        team(1, "nowhere:1:1"),
    ):
        pass


def test_links_between_members_are_followed_though_parts_cannot_see_them(
    tmp_path: Path, data: Path
) -> None:
    source = (data / REAL[0]).read_bytes()
    first, last = source.find(b'<gml:Polygon gml:id="'), source.rfind(b"<gml:Polygon ")
    name = source[first + 21 : source.find(b'"', first + 21)]
    end = source.find(b"</gml:Polygon>", last) + len(b"</gml:Polygon>")
    closing = source.find(b"</gml:surfaceMember>", end) + len(b"</gml:surfaceMember>")
    link = b'<gml:surfaceMember xlink:href="#' + name + b'"/>'
    linked = tmp_path / "linked.gml"
    linked.write_bytes(source[:closing] + link + source[closing:])
    assert citygml_parts.split(linked)
    one = tiled(tmp_path / "one", [linked])
    assert one == tiled(tmp_path / "two", [linked], workers=2)
    report = (tmp_path / "one" / "city" / "report.json").read_text()
    assert "unresolved-link" not in report


def test_a_broken_file_is_one_sentence_with_the_line_in_the_file(
    tmp_path: Path, data: Path
) -> None:
    source = (data / REAL[0]).read_bytes()
    broken = tmp_path / "broken.gml"
    broken.write_bytes(source[:-200_000])
    with pytest.raises(NotXml) as found:
        tiled(tmp_path, [broken], workers=2)
    assert found.value.file == broken
    assert (found.value.line or 0) >= source[:-200_000].count(b"\n")
    assert not (tmp_path / "city.partial").exists()


def test_the_parts_of_a_file_cover_it(tmp_path: Path, data: Path) -> None:
    path = data / REAL[0]
    found = citygml_parts.split(path)
    content = path.read_bytes()
    assert len(found) > 3
    assert b"".join(content[part.start : part.end] for part in found) == content
    for part in found:
        assert part.line == 1 + content[: part.start].count(b"\n")


def fail(number: int) -> int:
    if number == 3:
        raise ValueError(number)
    return number


def die(number: int) -> int:
    if number:
        os._exit(1)
    return number


def test_results_come_in_order_and_so_do_errors() -> None:
    with team(2, None) as pool:
        for workers in (Team(Here(), 1, is_here=True), pool):
            assert list(workers.each(abs, [-1, -2, -3])) == [1, 2, 3]
            results = workers.each(fail, range(6))
            assert [next(results) for _ in range(3)] == [0, 1, 2]
            with pytest.raises(ValueError, match="3"):
                next(results)


def test_a_worker_that_is_killed_is_one_sentence() -> None:
    with team(2, None) as workers, pytest.raises(WorkerError, match="run the same command again"):
        list(workers.each(die, [0, 1]))
