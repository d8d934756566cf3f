"""Meshes of six formats: where they are placed, how they look, and which are refused."""

from __future__ import annotations

import io
import json
import struct
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import trimesh
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image

from citiverse_tiling import sources
from citiverse_tiling.crs import LOCAL, CrsRegistry
from citiverse_tiling.errors import BadCoordinates, InputError, UnknownCrs
from citiverse_tiling.image_library import ImageLibrary
from citiverse_tiling.options import LocalPlace, TileOptions
from citiverse_tiling.pipeline import tile
from citiverse_tiling.report import Report
from citiverse_tiling.sources.mesh import loading
from citiverse_tiling.sources.mesh.formats import FORMATS, format_of
from tiling.cities import EAST, NORTH, UTM
from tiling.drawn import drawn

if TYPE_CHECKING:
    from pathlib import Path

    from citiverse_tiling.model import CityObject

PLACE = LocalPlace(13.06, 52.4, 35.0)
SIZE = (4.0, 2.0, 6.0)
"""East, north and up of a box whose corner is the origin."""


def block(y_up: bool = False) -> Any:
    """The box, its third side up, or turned so that its second is."""
    made = trimesh.creation.box(SIZE)
    made.apply_translation(np.array(SIZE) / 2)
    if y_up:
        made.apply_transform([[1, 0, 0, 0], [0, 0, 1, 0], [0, -1, 0, 0], [0, 0, 0, 1]])
    return made


def picture() -> Image.Image:
    """The left half red, the right half blue."""
    pixels = np.zeros((8, 8, 3), np.uint8)
    pixels[:, :4], pixels[:, 4:] = (200, 10, 10), (10, 10, 200)
    return Image.fromarray(pixels)


def read(path: Path, crs: CrsRegistry | None = None) -> tuple[list[CityObject], Report]:
    report = Report()
    registry = crs or CrsRegistry(None, PLACE)
    return list(sources.read(path, registry, report, lambda _: None)), report


def corners(items: list[CityObject]) -> np.ndarray:
    """All coordinates."""
    return np.concatenate([g.polygons.coordinates for item in items for g in item.geometries])


def local(items: list[CityObject], crs: CrsRegistry) -> np.ndarray:
    """All coordinates in metres east, north and up of `PLACE`."""
    key = items[1].geometries[0].crs
    return CrsRegistry(None, PLACE).from_ecef(LOCAL, crs.to_ecef(key, corners(items)))


@pytest.mark.parametrize("form", ["obj", "ply", "stl", "glb", "gltf", "dae"])
def test_every_format_gives_the_same_box_right_way_up(tmp_path: Path, form: str) -> None:
    path = tmp_path / f"block.{form}"
    if form == "gltf":
        for name, data in block(y_up=True).scene().export(file_type="gltf").items():
            (tmp_path / ("block.gltf" if name == "model.gltf" else name)).write_bytes(data)
    else:
        block(y_up=form in ("glb", "dae")).export(path)
    assert format_of(path.read_bytes()[:65_536]) == form
    registry = CrsRegistry(None, PLACE)
    items, report = read(path, registry)
    points = local(items, registry)
    assert points.min(axis=0) == pytest.approx([0, 0, 0], abs=1e-4)
    assert points.max(axis=0) == pytest.approx(SIZE, abs=1e-4)
    assert items[0].geometries == ()
    assert {item.parent_id for item in items[1:]} == {"block"}
    assert report.inputs[0].format == FORMATS[form]
    assert report.inputs[0].details[0].startswith("12 triangles")
    assert report.surfaces[path.name, "Mesh"].read == 12


def test_a_mesh_without_a_place_asks_for_one_and_names_the_file_that_may_say_it(
    tmp_path: Path,
) -> None:
    block().export(tmp_path / "block.obj")
    with pytest.raises(UnknownCrs, match=r"--place.*block\.place\.toml"):
        read(tmp_path / "block.obj", CrsRegistry())


def test_coordinates_in_a_crs_are_taken_as_they_are(tmp_path: Path) -> None:
    made = block()
    made.apply_translation([EAST, NORTH, 30.0])
    made.export(tmp_path / "block.ply")
    items, _ = read(tmp_path / "block.ply", CrsRegistry(UTM))
    assert corners(items).max(axis=0) == pytest.approx([EAST + 4, NORTH + 2, 36.0], abs=0.3)


def place(path: Path, text: str) -> None:
    path.with_name(path.stem + ".place.toml").write_text(text)


def test_the_file_beside_says_place_heading_scale_and_which_axis_is_up(tmp_path: Path) -> None:
    path = tmp_path / "block.obj"
    made = block(y_up=True)
    made.apply_scale(100)
    made.export(path)
    place(path, 'lon = 13.06\nlat = 52.4\nheight = 35\nheading = 90\nscale = 0.01\nup = "y"\n')
    registry = CrsRegistry(UTM)
    items, _ = read(path, registry)
    points = local(items, registry)
    assert points.min(axis=0) == pytest.approx([0, -4, 0], abs=1e-4), "its north is east"
    assert points.max(axis=0) == pytest.approx([2, 0, 6], abs=1e-4)


def test_the_file_beside_says_a_crs_and_an_offset(tmp_path: Path) -> None:
    path = tmp_path / "block.stl"
    block().export(path)
    place(path, f'crs = "{UTM}"\noffset = [{EAST}, {NORTH}, 30.0]\n')
    items, _ = read(path, CrsRegistry())
    assert items[1].geometries[0].crs == UTM
    assert corners(items).max(axis=0) == pytest.approx([EAST + 4, NORTH + 2, 36.0], abs=1e-6)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("lon = 13", "lat is missing"),
        ("lon = 13\nlat = 52", "height is missing"),
        ('lon = 13\nlat = "north"\nheight = 1', "no number"),
        ("lon = 13\nlat = 152\nheight = 1", "nowhere on Earth"),
        ("longitude = 13", "no word of it"),
        ('crs = "EPSG:25833"\nup = "x"', 'not "y" or "z"'),
        ('crs = "EPSG:25833"\nscale = 0', "no unit"),
        ('crs = "EPSG:25833"\noffset = [1, 2]', "three numbers"),
        ('crs = "somewhere"', "unknown"),
        ("lon = [", "TOML"),
    ],
)
def test_a_wrong_file_beside_is_refused_with_its_reason(
    tmp_path: Path, text: str, problem: str
) -> None:
    block().export(tmp_path / "block.obj")
    place(tmp_path / "block.obj", text)
    with pytest.raises(InputError, match=problem) as refused:
        read(tmp_path / "block.obj", CrsRegistry())
    assert refused.value.file == tmp_path / "block.place.toml"


def textured(form: str) -> Any:
    """An upright square, its left half red and its right half blue."""
    points = [(0, 0, 0), (2, 0, 0), (2, 0, 2), (0, 0, 2)]
    if form == "glb":
        points = [(x, z, 0) for x, _, z in points]
    looks: Any = trimesh.visual
    material = looks.material.SimpleMaterial(image=picture(), name="red and blue")
    if form == "glb":
        material = looks.material.PBRMaterial(baseColorTexture=picture())
    visual = looks.TextureVisuals(uv=[(0, 0), (1, 0), (1, 1), (0, 1)], material=material)
    return trimesh.Trimesh(points, [(0, 1, 2), (0, 2, 3)], visual=visual, process=False)


@pytest.mark.parametrize("form", ["obj", "glb"])
def test_textures_come_from_the_file_or_from_beside_it(tmp_path: Path, form: str) -> None:
    path = tmp_path / f"square.{form}"
    textured(form).export(path)
    items, _ = read(path)
    (geometry,) = items[1].geometries
    (look,) = geometry.appearances
    assert look.image.startswith(str(tmp_path))
    pixels = ImageLibrary().full(look.image)
    places = geometry.polygons.texture_coordinates
    assert places is not None
    registry = CrsRegistry(None, PLACE)
    east = local(items, registry)[:, 0]
    assert places[:, 0] == pytest.approx(east / 2, abs=1e-4)
    assert pixels[4, 1] == pytest.approx([200, 10, 10], abs=40)
    assert pixels[4, 6] == pytest.approx([10, 10, 200], abs=40)


def test_a_textured_mesh_is_seen_in_the_scene_as_a_layer_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "square.glb"
    textured("glb").export(path)
    report = tile(TileOptions((path,), tmp_path / "scene", place=PLACE)).report
    assert not report.has_losses
    (mesh,) = drawn(tmp_path / "scene", "meshes", UTM)
    assert mesh.material == "mesh"
    assert mesh.picture is not None
    manifest = json.loads((tmp_path / "scene" / "scene.json").read_bytes())
    assert manifest["layers"][-1]["kind"] == "mesh"
    seen = {tuple(np.round(pixel, -2)) for pixel in mesh.picture.reshape(-1, 3)}
    assert {(200, 0, 0), (0, 0, 200)} <= seen


def test_colours_of_vertices_and_of_materials_are_kept(tmp_path: Path) -> None:
    made = block()
    made.visual.vertex_colors = np.tile([255, 0, 0, 255], (len(made.vertices), 1))
    made.export(tmp_path / "red.ply")
    items, _ = read(tmp_path / "red.ply")
    (look,) = items[1].geometries[0].appearances
    assert look.colour == (1.0, 0.0, 0.0, 1.0)


def test_a_large_mesh_comes_in_pieces_that_lie_together(tmp_path: Path) -> None:
    sphere = trimesh.creation.icosphere(subdivisions=5, radius=50)
    sphere.export(tmp_path / "ball.stl")
    items, report = read(tmp_path / "ball.stl")
    pieces = [item.geometries[0].polygons for item in items[1:]]
    assert sum(len(piece) for piece in pieces) == len(sphere.faces)
    assert max(len(piece) for piece in pieces) <= 1_000
    registry = CrsRegistry(None, PLACE)
    widths = [np.ptp(local([items[0], item], registry), axis=0).max() for item in items[1:]]
    assert np.median(widths) < 60
    assert report.surfaces["ball.stl", "Mesh"].read == len(sphere.faces)


def refusal(path: Path, kind: type[InputError] = InputError) -> str:
    with pytest.raises(kind) as refused:
        read(path)
    assert refused.value.file == path
    return str(refused.value)


def test_too_many_triangles_are_refused_with_a_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    block().export(tmp_path / "block.obj")
    monkeypatch.setattr(loading, "MOST_TRIANGLES", 11)
    assert "coarser" in refusal(tmp_path / "block.obj")


def test_a_mesh_far_too_large_for_its_place_is_refused(tmp_path: Path) -> None:
    made = block()
    made.apply_scale(1e6)
    made.export(tmp_path / "block.stl")
    refusal(tmp_path / "block.stl", BadCoordinates)


def read_or_refuse(path: Path) -> None:
    """What comes is a mesh, or a sentence that names the file."""
    refused = None
    try:
        read(path)
    except InputError as error:
        refused = error.file
    assert refused in (None, path)


@pytest.mark.parametrize("form", ["obj", "ply", "stl", "glb", "dae"])
def test_files_that_are_cut_short_end_in_one_sentence(tmp_path: Path, form: str) -> None:
    path = tmp_path / f"block.{form}"
    block().export(path)
    whole = path.read_bytes()
    for share in (0.4, 0.7, 0.95):
        path.write_bytes(whole[: int(len(whole) * share)])
        read_or_refuse(path)


@settings(max_examples=30)
@given(st.integers(0, 10_000), st.binary(min_size=1, max_size=12))
@example(4552, b"\x00\x00\x81\x7f")
@example(4552, b"\x00\x00\x80\x7f\x00\x00\x80\xff")
def test_broken_binaries_never_crash(
    tmp_path_factory: pytest.TempPathFactory, start: int, junk: bytes
) -> None:
    data = bytearray(block().export(file_type="glb"))
    start %= len(data)
    data[start : start + len(junk)] = junk
    path = tmp_path_factory.mktemp("broken") / "block.glb"
    path.write_bytes(data)
    read_or_refuse(path)


def glb_of(document: dict[str, object], buffer: bytes = b"\0" * 8) -> bytes:
    text = json.dumps(document).encode()
    text += b" " * (-len(text) % 4)
    chunks = struct.pack("<I4s", len(text), b"JSON") + text
    chunks += struct.pack("<I4s", len(buffer), b"BIN\0") + buffer
    return struct.pack("<4sII", b"glTF", 2, 12 + len(chunks)) + chunks


def test_a_mesh_that_claims_absurd_counts_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.glb"
    accessor = {"componentType": 5126, "count": 10**12, "type": "VEC3"}
    path.write_bytes(glb_of({"asset": {"version": "2.0"}, "accessors": [accessor]}))
    assert "claims" in refusal(path)


def test_files_outside_of_the_folder_are_never_read(tmp_path: Path) -> None:
    (tmp_path / "secret.mtl").write_text("newmtl a\nKd 1 0 0\n")
    folder = tmp_path / "inside"
    folder.mkdir()
    made = block()
    lines = [f"v {x} {y} {z}" for x, y, z in made.vertices]
    faces = [f"f {a + 1} {b + 1} {c + 1}" for a, b, c in made.faces]
    text = ["mtllib ../secret.mtl", *lines, "usemtl a", *faces]
    (folder / "block.obj").write_text("\n".join(text))
    items, _ = read(folder / "block.obj")
    looks = [look for item in items[1:] for look in item.geometries[0].appearances]
    assert all(look.colour != (1.0, 0.0, 0.0, 1.0) for look in looks)


def test_entities_in_collada_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.dae"
    path.write_text('<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><COLLADA>&b;</COLLADA>')
    assert "DOCTYPE" in refusal(path)


def test_a_bomb_among_the_images_is_not_opened_while_reading(tmp_path: Path) -> None:
    path = tmp_path / "square.obj"
    textured("obj").export(path)
    bomb = io.BytesIO()
    Image.new("L", (20_000, 20_000)).save(bomb, "PNG")
    (image,) = tmp_path.glob("*.png")
    image.write_bytes(bomb.getvalue())
    items, _ = read(path)
    assert items[1].geometries[0].appearances[0].image == str(image)
