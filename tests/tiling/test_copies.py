"""What stands in many places is in a tile once: each copy where it stood, as large, by its id."""

from __future__ import annotations

import json
import math
import struct
from typing import TYPE_CHECKING

import numpy as np
import pytest

from citiverse_tiling.check import check
from citiverse_tiling.check.glb import BadGlb, decode_glb
from citiverse_tiling.content.copies import COPY_BYTES, LEAST_SPARED_BYTES, worth_copying
from citiverse_tiling.options import Encoding, TileOptions
from citiverse_tiling.pipeline import tile
from citiverse_tiling.tile_load import load_of
from tiling.citygml_documents import read
from tiling.gltf_validator import assert_nothing_to_say
from tiling.scenes import tiles
from tiling.town_documents import Point, cube, furniture, implicit, town

if TYPE_CHECKING:
    from pathlib import Path

    from citiverse_tiling.model import Float64Array
    from citiverse_tiling.profiles import Profile
    from tiling.scenes import Tile

LOD3 = "frn:lod3ImplicitRepresentation"
LAMPS, BENCHES = 60, 60


def turned(heading_deg: float, size: Point = (1.0, 1.0, 1.0)) -> str:
    """A matrix that scales, then turns about the vertical."""
    cos, sin = math.cos(math.radians(heading_deg)), math.sin(math.radians(heading_deg))
    a, b, c = size
    rows = ((cos * a, -sin * b, 0, 0), (sin * a, cos * b, 0, 0), (0, 0, c, 0), (0, 0, 0, 1))
    return " ".join(repr(float(value)) for row in rows for value in row)


def street(*more: str) -> str:
    """Lamps, each higher than the last, benches, each turned further, and whatever else."""
    members = []
    for kind, count, y in (("lamp", LAMPS, 0.0), ("bench", BENCHES, 6.0)):
        for n in range(count):
            shape = f"#{kind}" if n else cube(1.3 if kind == "lamp" else 1.0, kind)
            matrix = turned(0.0, (0.2, 0.2, 3.0 + n / 50)) if kind == "lamp" else turned(7.0 * n)
            at = (2.0 * n, y, 0.5)
            members.append(furniture(implicit(LOD3, shape, at, matrix), f"{kind}-{n}"))
    return town(*members, *more)


def nested(size: float, gml_id: str) -> str:
    """A few cubes over one another."""
    first, *others = (cube(size * (1 + n / 7), gml_id) for n in range(4))
    members = "".join(one.partition(">")[2].removesuffix("</gml:MultiSurface>") for one in others)
    return first.replace("</gml:MultiSurface>", f"{members}</gml:MultiSurface>")


def made(path: Path, document: str, profile: Profile = "desktop", *, compress: bool = True) -> Path:
    """The scene of a document beside it."""
    path.mkdir(exist_ok=True)
    source, scene = path / "street.gml", path / "scene"
    source.write_text(document, encoding="utf-8")
    encoding = Encoding(meshes="meshopt" if compress else "none")
    tile(TileOptions(inputs=(source,), output=scene, profile=profile, encoding=encoding))
    return scene


def leaf(scene: Path) -> Tile:
    """The one leaf of the furniture."""
    (found,) = (one for one in tiles(scene, "furniture") if one.leaf)
    return found


def points(one: Tile) -> dict[str, Float64Array]:
    """Where the corners of all faces of each feature are, ECEF."""
    glb, found = one.glb(), {}
    ids = [str(name) for name in glb.columns["id"]]
    for part in glb.primitives:
        assert part.feature_ids is not None
        for row in np.unique(part.feature_ids).tolist():
            found[ids[row]] = one.to_ecef(part.positions[part.feature_ids == row])
    for copies in glb.copies:
        for row, corners in zip(copies.feature_ids.tolist(), copies.corners(), strict=True):
            found[ids[row]] = one.to_ecef(corners)
    return found


@pytest.mark.parametrize("compress", [True, False])
def test_each_copy_stands_where_the_source_puts_it(tmp_path: Path, *, compress: bool) -> None:
    scene = made(tmp_path, street(), compress=compress)
    glb = leaf(scene).glb()
    assert [len(one.places) for one in glb.copies] == [LAMPS, BENCHES]
    assert glb.primitives == ()
    assert check(scene) == []
    report = json.loads((scene / "report.json").read_bytes())
    assert report["copies"] == {"objects": LAMPS + BENCHES, "templates": 2}
    whole = leaf(made(tmp_path / "plain", without_copies(street()), compress=compress))
    assert not whole.glb().copies
    expected = points(whole)
    for name, corners in points(leaf(scene)).items():
        apart = np.linalg.norm(corners[:, None] - expected[name], axis=2)
        # Both are rounded, each within a centimetre.
        assert apart.min(axis=1).max() < 0.02
        assert apart.min(axis=0).max() < 0.02


def without_copies(document: str) -> str:
    """The same with a shape of its own for each."""
    for kind in ("lamp", "bench"):
        link = f'<core:relativeGMLGeometry xlink:href="#{kind}"/>'
        for n in range(1, LAMPS):
            own = cube((1.3 if kind == "lamp" else 1.0) + 1e-7 * n, f"{kind}-shape-{n}")
            whole = f"<core:relativeGMLGeometry>{own}</core:relativeGMLGeometry>"
            document = document.replace(link, whole, 1)
    return document


def test_copies_take_less_and_are_the_same_every_time(tmp_path: Path) -> None:
    scenes = [made(tmp_path / name, street()) for name in "ab"]
    plain = made(tmp_path / "plain", without_copies(street()))
    names = [sorted(one.name for one in scene.rglob("*.glb")) for scene in scenes]
    assert names[0] == names[1]
    copied, whole = (load_of(_bytes(scene)) for scene in (scenes[0], plain))
    assert copied.gpu_bytes * 4 < whole.gpu_bytes
    assert len(_bytes(scenes[0])) < len(_bytes(plain))


def _bytes(scene: Path) -> bytes:
    return leaf(scene).content.read_bytes()


def test_a_headset_draws_no_more_than_its_share_and_bakes_the_rest(tmp_path: Path) -> None:
    members = [
        furniture(
            implicit(LOD3, f"#{kind}" if n else nested(1.0 + number, kind), (2.0 * n, 9.0, 0.5)),
            f"{kind}-{n}",
        )
        for number, kind in enumerate(("a", "b", "c", "d", "e"))
        for n in range(25)
    ]
    desktop = leaf(made(tmp_path / "desktop", town(*members))).glb()
    headset = leaf(made(tmp_path / "headset", town(*members), "headset")).glb()
    assert len(desktop.copies) == 5
    assert (len(headset.copies), len(headset.primitives)) == (3, 1)


def test_what_is_there_twice_is_a_mesh_in_its_place(tmp_path: Path) -> None:
    few = town(*(furniture(implicit(LOD3, cube(), (3.0 * n, 0, 0)), f"f{n}") for n in range(2)))
    scene = made(tmp_path, few.replace('gml:id="cube"', "", 1))
    assert leaf(scene).glb().copies == ()


def test_far_tiles_have_copies_with_fewer_faces_and_keep_whose_they_are(tmp_path: Path) -> None:
    rows = [
        furniture(
            implicit(LOD3, "#lamp" if n or row else cube(1.3, "lamp"), (4.0 * n, 40.0 * row, 0.5)),
            f"lamp-{row}-{n}",
        )
        for row in range(20)
        for n in range(40)
    ]
    scene = made(tmp_path, town(*rows))
    found = list(tiles(scene, "furniture"))
    inner = [one for one in found if not one.leaf]
    assert check(scene) == []
    drawn = {one.level: 0 for one in found}
    for one in found:
        glb = one.glb()
        drawn[one.level] += sum(len(part.triangles) for part in glb.primitives)
        drawn[one.level] += sum(copies.triangles for copies in glb.copies)
    assert len(inner) > 0
    for one in inner:
        glb = one.glb()
        assert glb.copies
        assert set(glb.columns) == {"id", "class", "name"}
        assert drawn[one.level] <= 0.3501 * drawn[one.level + 1]


def test_the_document_names_its_extensions_and_the_validator_has_nothing_to_say(
    tmp_path: Path,
) -> None:
    scene = made(tmp_path, street())
    data = _bytes(scene)
    (size,) = struct.unpack_from("<I", data, 12)
    document = json.loads(data[20 : 20 + size])
    assert set(document["extensionsRequired"]) == {
        "EXT_mesh_gpu_instancing",
        "EXT_meshopt_compression",
        "KHR_mesh_quantization",
    }
    assert "EXT_instance_features" in document["extensionsUsed"]
    lamps, benches = document["nodes"]
    attributes = lamps["extensions"]["EXT_mesh_gpu_instancing"]["attributes"]
    assert set(attributes) >= {"TRANSLATION", "SCALE", "_FEATURE_ID_0"}
    attributes = benches["extensions"]["EXT_mesh_gpu_instancing"]["attributes"]
    assert set(attributes) == {"TRANSLATION", "ROTATION", "_FEATURE_ID_0"}, "all of one size"
    assert_nothing_to_say([scene])


def test_what_pays_is_chosen_and_that_first_which_spares_most() -> None:
    templates = np.array([7] * 40 + [3] * 90 + [5] * 2)
    vertices, triangles = np.full(132, 100), np.full(132, 60)
    few = [rows.tolist() for rows in worth_copying(templates, vertices, triangles, None)]
    assert few == [list(range(40)), list(range(40, 130))]
    one = [rows.tolist() for rows in worth_copying(templates, vertices, triangles, 1)]
    assert one == [list(range(40, 130))]
    tiny = np.full(132, 1)
    assert worth_copying(templates, tiny, tiny, None) == []
    assert LEAST_SPARED_BYTES > COPY_BYTES


def test_a_source_is_read_as_it_was(tmp_path: Path) -> None:
    report = read(tmp_path / "street.gml", street()).report
    assert report.surfaces_read == 5 * (LAMPS + BENCHES)
    assert not report.has_losses


@pytest.mark.parametrize("turn", [[math.nan] * 4, [0, 2, 0, 0], [0, 0, 0, 0]])
def test_copies_that_break_the_standard_are_refused(tmp_path: Path, turn: list[float]) -> None:
    data = leaf(made(tmp_path, street(), compress=False)).content.read_bytes()
    assert decode_glb(data).copies

    def is_turn(four: np.ndarray) -> bool:
        x, y, z, w = np.abs(four.astype(float))
        return max(x, z) < 1e-3 and min(y, w) > 0.02 and bool(abs(y * y + w * w - 1) < 1e-5)

    numbers = np.frombuffer(data, "<f4")
    at = next(at for at in range(7, len(numbers) - 4) if is_turn(numbers[at : at + 4]))
    broken = data[: 4 * at] + np.array(turn, "<f4").tobytes() + data[4 * at + 16 :]
    with pytest.raises(BadGlb, match="its turn isn't of length 1"):
        decode_glb(broken)
