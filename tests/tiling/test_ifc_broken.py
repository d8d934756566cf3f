"""IFC files that are broken, hostile or too much: a sentence or a listed loss, in bounded time."""

from __future__ import annotations

import random
import sys
import time
from typing import TYPE_CHECKING

import numpy as np
import pytest

from citiverse_tiling.check import check
from citiverse_tiling.errors import EmptyCity, InputError
from citiverse_tiling.ifc import messages
from citiverse_tiling.options import TileOptions
from citiverse_tiling.pipeline import tile
from citiverse_tiling.report import Reason
from citiverse_tiling.sources.ifc import accepts, process
from citiverse_tiling.sources.ifc.process import Limits, read_model
from tiling import ifc_models
from tiling.ifc_reading import HERE, read

if TYPE_CHECKING:
    from pathlib import Path

FUZZ_CASES = 3


def refusal(path: Path) -> str:
    with pytest.raises(InputError) as raised:
        read(path)
    assert str(path) in str(raised.value)
    return str(raised.value)


def outcome(path: Path) -> tuple[int, str]:
    """How many objects a file has, or the sentence with which it is refused."""
    try:
        return len(read(path)[0]), ""
    except InputError as error:
        return 0, str(error)


def text_file(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


def house() -> str:
    ifc_models.api()
    return ifc_models.house_text()


def test_a_step_file_is_told_by_its_first_line() -> None:
    assert accepts(b"ISO-10303-21;\r\nHEADER;")
    assert accepts(b"\xef\xbb\xbf\n ISO-10303-21 ;")
    assert not accepts(b"<ISO-10303-21;")


def test_a_schema_that_nobody_can_read_is_named(tmp_path: Path) -> None:
    text = house().replace("FILE_SCHEMA(('IFC4'))", "FILE_SCHEMA(('IFC4X3_RC2'))")
    said = refusal(text_file(tmp_path / "road.ifc", text))
    assert "IFC4X3_RC2" in said
    assert "IFC4X3" in said


def test_the_road_of_a_draft_schema_is_refused_by_name(data: Path) -> None:
    ifc_models.api()
    path = data / "ifc-kit-road" / "KIT-Simple-Road-Test-Web-IFC4x3_RC2.ifc"
    assert "IFC4X3_RC2" in refusal(path)


def test_a_file_that_holds_nothing_is_refused(tmp_path: Path) -> None:
    ifc_models.api()
    refusal(text_file(tmp_path / "empty.ifc", "ISO-10303-21;\n"))


def test_a_file_that_is_cut_short_is_refused_or_listed(tmp_path: Path) -> None:
    text = house()
    count, problem = outcome(text_file(tmp_path / "short.ifc", text[: len(text) // 2]))
    assert count or "short.ifc" in problem


def test_a_unit_of_a_light_year_is_refused(tmp_path: Path) -> None:
    text = house().replace(".LENGTHUNIT.,$,.METRE.", ".LENGTHUNIT.,.EXA.,.METRE.")
    assert "unit of length" in refusal(text_file(tmp_path / "big.ifc", text))


def test_placements_in_a_circle_are_listed(tmp_path: Path) -> None:
    model = ifc_models.house()
    chair = model.file.by_type("IfcFurniture")[0]
    chair.ObjectPlacement.PlacementRelTo = chair.ObjectPlacement
    objects, report = read(model.save(tmp_path / "circle.ifc"))
    (loss,) = report.losses
    assert (loss.object_id, loss.reason) == (chair.GlobalId, Reason.UNSUPPORTED_GEOMETRY)
    assert "relative to itself" in loss.detail
    assert objects["South"].geometries
    assert not objects[chair.Name].geometries


def test_a_storey_that_is_a_part_of_its_own_slab_holds_nobody_up(tmp_path: Path) -> None:
    model = ifc_models.house()
    model.storey.Decomposes[0].RelatingObject = model.only("IfcSlab")
    file = model.save(tmp_path / "circle.ifc")
    report = tile(TileOptions((file,), tmp_path / "scene", place=HERE)).report
    assert not report.has_losses
    assert check(tmp_path / "scene") == []


def test_where_all_hangs_on_a_circle_of_placements_nothing_is_left(tmp_path: Path) -> None:
    model = ifc_models.house()
    storey, slab = model.storey, model.only("IfcSlab")
    storey.ObjectPlacement.PlacementRelTo = slab.ObjectPlacement
    slab.ObjectPlacement.PlacementRelTo = storey.ObjectPlacement
    file = model.save(tmp_path / "circle.ifc")
    with pytest.raises(EmptyCity, match="no element"):
        tile(TileOptions((file,), tmp_path / "scene", place=HERE))


def test_a_storey_may_hang_on_the_project_itself(tmp_path: Path) -> None:
    model = ifc_models.house()
    project = model.file.by_type("IfcProject")[0]
    do = ifc_models.api()
    do.aggregate.assign_object(model.file, products=[model.storey], relating_object=project)
    objects, report = read(model.save(tmp_path / "loose.ifc"))
    assert not report.has_losses
    assert objects["South"].attributes["storey"] == "BuildingStorey"


@pytest.mark.parametrize("far_m", [1e9, 1e30])
def test_a_whole_building_at_the_end_of_the_world_is_refused(far_m: float, tmp_path: Path) -> None:
    model = ifc_models.house()
    site = model.only("IfcSite")
    for product in model.file.by_type("IfcElement"):
        product.ObjectPlacement.PlacementRelTo = site.ObjectPlacement
    site.ObjectPlacement.RelativePlacement.Location.Coordinates = (far_m, 0.0, 0.0)
    file = model.save(tmp_path / "far.ifc")
    with pytest.raises(EmptyCity, match="nothing in"):
        tile(TileOptions((file,), tmp_path / "scene", place=HERE))


def test_an_element_at_the_end_of_the_world_is_listed(tmp_path: Path) -> None:
    model = ifc_models.house()
    ifc_models.place(model, model.only("IfcRoof"), (1e12, 0.0, 0.0))
    objects, report = read(model.save(tmp_path / "far.ifc"))
    (loss,) = report.losses
    assert (loss.object_id, loss.reason) == (objects["Roof"].source_id, Reason.BAD_COORDINATES)
    assert objects["South"].geometries


def test_without_the_library_one_sentence_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "find_spec", lambda _: None)
    path = text_file(tmp_path / "any.ifc", "ISO-10303-21;\n")
    assert "pip install 'citiverse[ifc]'" in refusal(path)


@pytest.mark.parametrize("seed", range(FUZZ_CASES))
def test_whatever_is_broken_ends_in_time_with_a_sentence_or_a_model(
    seed: int, tmp_path: Path
) -> None:
    chance = random.Random(seed)
    data = bytearray(house().encode())
    for _ in range(chance.choice((1, 5, 40))):
        at = chance.randrange(200, len(data))
        if chance.random() < 0.5:
            data[at] = chance.choice(b"0123456789#,()$'*;.E-IFC\x00\xff")
        else:
            del data[at : at + chance.randrange(1, 60)]
    path = tmp_path / "broken.ifc"
    path.write_bytes(data)
    began = time.monotonic()
    count, problem = outcome(path)
    assert count or "broken.ifc" in problem
    assert time.monotonic() - began < 60


# What the process may do that no small file makes it do, played by a few lines of Python.

_PLAYED = """
import os, signal, sys, time
from citiverse_tiling.ifc.messages import *
out = sys.stdout.buffer
def say(message):
    write(out, message)
    out.flush()
def shape(number, of):
    say(Shape(of, {points!r}, {triangles!r}, {looks!r}, ()))
    say(Body(number, of, {matrix!r}))
if "--bodies" not in sys.argv:
    say(Start("IFC4", "", "", 4, (0.0, 1.0), 0.0, (), None))
    for number in (1, 2, 3, 4):
        say(Element(number, f"id{{number}}", "IfcWall", f"Wall {{number}}", "", True, {{}}))
    shape(1, 0)
    os.kill(os.getpid(), signal.SIGSEGV)
done = {{int(line) for line in sys.stdin}}
for place, number in enumerate(n for n in (2, 3, 4) if n not in done):
    say(Begun(number))
    if number == {bad}:
        {end}
    shape(number, place)
say(End())
"""
_CRASH = "os.kill(os.getpid(), signal.SIGSEGV)"
_SLEEP = "time.sleep(60)"


def played(end: str, bad: int) -> tuple[str, ...]:
    """A process that crashes after the first body, and ends so when it comes to the bad one."""
    script = _PLAYED.format(
        points=np.eye(3).tobytes(),
        triangles=np.arange(3, dtype=np.int32).tobytes(),
        looks=np.array([-1], np.int32).tobytes(),
        matrix=np.eye(4)[:3].tobytes(),
        end=end,
        bad=bad,
    )
    return sys.executable, "-c", script


@pytest.mark.parametrize(("end", "said"), [(_CRASH, "SIGSEGV"), (_SLEEP, "says nothing for")])
def test_an_element_that_ends_the_process_is_lost_alone(
    end: str, said: str, tmp_path: Path
) -> None:
    ifc_models.api()
    path = text_file(tmp_path / "any.ifc", "ISO-10303-21;\n")
    model = read_model(path, Limits(30.0, 1.0), played(end, bad=3))
    assert sorted(model.bodies) == [1, 2, 4]
    assert said in model.failed[3]
    shapes = [model.bodies[number].shape for number in (1, 2, 4)]
    assert shapes == [0, 1, 2]


def test_after_many_crashes_the_rest_is_given_up(tmp_path: Path) -> None:
    ifc_models.api()
    path = text_file(tmp_path / "any.ifc", "ISO-10303-21;\n")
    model = read_model(path, Limits(crashes=0), played(_CRASH, bad=3))
    assert sorted(model.bodies) == [1]
    assert all("not tried" in model.failed[number] for number in (2, 3, 4))


def test_a_crash_before_all_rows_are_there_is_an_error(tmp_path: Path) -> None:
    ifc_models.api()
    path = text_file(tmp_path / "any.ifc", "ISO-10303-21;\n")
    command = sys.executable, "-c", f"import os, signal; {_CRASH}"
    with pytest.raises(InputError, match="SIGSEGV"):
        read_model(path, Limits(), command)


def test_a_message_that_is_none_is_an_error(tmp_path: Path) -> None:
    ifc_models.api()
    path = text_file(tmp_path / "any.ifc", "ISO-10303-21;\n")
    command = sys.executable, "-c", "print('Segmentation fault in the middle of everything')"
    with pytest.raises(InputError, match="own messages"):
        read_model(path, Limits(), command)


def test_messages_are_read_as_they_were_written(tmp_path: Path) -> None:
    said = messages.Element(7, "id", "IfcWall", "Wall", "", True, {"a": 1, "b": 2.5, "c": True})
    path = tmp_path / "messages"
    with path.open("wb") as stream:
        messages.write(stream, said)
        messages.write(stream, messages.End())
    with path.open("rb") as stream:
        assert messages.read(stream) == said
        assert messages.read(stream) == messages.End()
        assert messages.read(stream) is None
