"""A run that is killed is taken up where it was, and nobody sees a difference in the end."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from citiverse_tiling.errors import OutputError
from citiverse_tiling.options import TileOptions
from citiverse_tiling.pipeline import tile
from citiverse_tiling.sinks.scene_folder import SceneFolder
from tiling.test_parallel import digests

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CITY = "nrw-lod2/LoD2_32_280_5657_1_NW.gml"
PROGRAM = """
import sys
from pathlib import Path
from citiverse_tiling import pipeline
from citiverse_tiling.options import TileOptions
from citiverse_tiling.sources.citygml import parts
parts.FIRST_PART_BYTES, parts.PART_BYTES, parts.LEAST_SPLIT_BYTES = 100_000, 300_000, 500_000
pipeline.LEAST_SHARED_BYTES = 0
city, scene, workers = sys.argv[1:]
def progress(stage, done, total):
    print(stage, flush=True)
pipeline.tile(TileOptions((Path(city),), Path(scene), workers=int(workers)), progress)
"""


def start(city: Path, scene: Path, workers: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(city), str(scene), str(workers)],
        stdout=subprocess.PIPE,
        text=True,
    )


def steps(process: subprocess.Popen[str]) -> Iterator[str]:
    assert process.stdout is not None
    yield from process.stdout


def killed_after(step: int, city: Path, scene: Path, workers: int) -> bool:
    """Run, and kill -9 as soon as so many steps are told; false where it ended before."""
    with start(city, scene, workers) as process:
        for number, _ in enumerate(steps(process)):
            if number == step:
                process.send_signal(signal.SIGKILL)
                return process.wait() != 0
        return process.wait() != 0


def whole(city: Path, scene: Path, workers: int = 1) -> tuple[dict[str, str], int]:
    """The files of an unbroken run, and how many steps it told."""
    with start(city, scene, workers) as process:
        count = sum(1 for _ in steps(process))
        assert process.wait() == 0
    return digests(scene), count


def resumed_as_unbroken(city: Path, folder: Path, kills: int) -> None:
    expected, count = whole(city, folder / "whole" / "city")
    chance = random.Random(7)
    for number in range(kills):
        scene = folder / str(number) / "city"
        workers = 1 + number % 2
        step = chance.randrange(count)
        killed = killed_after(step, city, scene, workers)
        # Between its last words and its end, all of it may be there already; never half of it.
        assert not killed or not scene.exists() or digests(scene) == expected
        found, _ = whole(city, scene, workers)
        assert found == expected
        assert not scene.with_name("city.partial").exists()


def test_a_killed_run_is_taken_up_and_ends_the_same(data: Path, tmp_path: Path) -> None:
    resumed_as_unbroken(data / CITY, tmp_path, 2)


class _Interrupted(KeyboardInterrupt):
    pass


def interrupted(options: TileOptions, at: str) -> None:
    """Run until a stage has begun, then interrupt."""

    def progress(stage: str, done: int, total: int) -> None:
        if stage.startswith(at):
            raise _Interrupted

    with pytest.raises(_Interrupted):
        tile(options, progress)


def test_what_is_finished_is_not_done_again(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = TileOptions((data / CITY,), tmp_path / "city")
    interrupted(options, "writing colliders")
    tiles = set((tmp_path / "city.partial" / "tiles").rglob("*.glb"))
    assert tiles
    times = {path.name: path.stat().st_mtime_ns for path in tiles}
    read: list[Path] = []
    monkeypatch.setattr(
        "citiverse_tiling.read_city._segment", lambda job, folder: read.append(folder)
    )
    tile(options)
    assert read == []
    for path in (tmp_path / "city" / "tiles").rglob("*.glb"):
        assert path.stat().st_mtime_ns == times[path.name]


@pytest.mark.parametrize("change", ["input", "options"])
def test_another_run_begins_anew(data: Path, tmp_path: Path, change: str) -> None:
    city = tmp_path / "city.gml"
    city.write_bytes((data / CITY).read_bytes())
    interrupted(TileOptions((city,), tmp_path / "city"), "writing colliders")
    lods = 60
    if change == "input":
        city.write_bytes(city.read_bytes().replace(b"</gml:name>", b"!</gml:name>", 1))
    else:
        lods = 20
    options = TileOptions((city,), tmp_path / "city", max_leaf_objects=lods)
    tile(options)
    tile(TileOptions((city,), tmp_path / "two" / "city", max_leaf_objects=lods))
    assert digests(tmp_path / "city") == digests(tmp_path / "two" / "city")


def test_two_runs_of_one_scene_at_a_time_are_one_too_many(tmp_path: Path) -> None:
    with SceneFolder(tmp_path / "city") as first:
        first.begin(b"")
        with pytest.raises(OutputError, match="another run is writing this scene"):
            SceneFolder(tmp_path / "city").__enter__()
    assert not any(tmp_path.iterdir())
