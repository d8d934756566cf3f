"""Files made to do harm: refused in one sentence, or read, within the limits of the cage."""

from __future__ import annotations

import gzip
import io
import json
import struct
import zipfile
import zlib
from typing import TYPE_CHECKING

import laspy
import numpy as np
import pytest

from tiling.appearance_documents import appearance, of_model, square, texture
from tiling.citygml_documents import building, city, multi_surface, polygon, positions
from tiling.cityjson_documents import building as json_building
from tiling.cityjson_documents import document

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from fuzz.cage import Cage

LAUGHS = "".join(
    f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' if n else '<!ENTITY l0 "lol">' for n in range(10)
)
XXE = '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
QUARTER_GIGABYTE, MANY_GIGABYTES = 1 << 28, 1 << 32


def xml(text: str, head: str = "") -> bytes:
    return city(building(text, multi_surface(polygon())), head=head).encode()


def deep(depth: int) -> bytes:
    return xml("<a>" * depth + "</a>" * depth)


def with_polygon(attribute: str) -> bytes:
    return xml("").replace(b"<gml:posList>", f"<gml:posList {attribute}>".encode())


def with_transform(scale: float, translate: float = 0.0) -> bytes:
    given = document({"b1": json_building()})
    given["transform"] = {"scale": [scale] * 3, "translate": [translate] * 3}
    return json.dumps(given).encode()


def with_vertex(index: int) -> bytes:
    given = json.dumps(document({"b1": json_building()}))
    return given.replace("[[[0, ", f"[[[{index}, ", 1).encode()


def zipped(name: str, size: int) -> bytes:
    """An archive of one file of zeros."""
    made = io.BytesIO()
    with (
        zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        archive.open(name, "w", force_zip64=True) as file,
    ):
        for _ in range(size >> 20):
            file.write(bytes(1 << 20))
    return made.getvalue()


def gzipped(size: int) -> bytes:
    """So many bytes of zeros behind a first bracket, as one member after the other."""
    piece = gzip.compress(bytes(64 << 20), compresslevel=1)
    return gzip.compress(b"<") + piece * (size >> 26)


def geotiff(width: int, height: int) -> bytes:
    """A TIFF that claims so many cells of one byte, and holds none."""
    tags = [
        (256, 4, width), (257, 4, height), (258, 3, 8), (259, 3, 1), (262, 3, 1),
        (273, 4, 8), (277, 3, 1), (278, 4, height), (279, 4, min(width * height, 0xFFFF_FFFF)),
    ]  # fmt: skip
    entries = b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in tags)
    return struct.pack("<2sHI", b"II", 42, 8) + struct.pack("<H", len(tags)) + entries + bytes(4)


def points(count: int) -> bytes:
    """A LAS that claims so many points, and holds one."""
    cloud = laspy.LasData(laspy.LasHeader(point_format=6, version="1.4"))
    cloud.x, cloud.y, cloud.z = np.ones((3, 1))
    made = io.BytesIO()
    cloud.write(made)
    data = bytearray(made.getvalue())
    struct.pack_into("<Q", data, 247, count)
    return bytes(data)


def glb(vertices: int) -> bytes:
    """A GLB whose accessor claims so many vertices of a buffer of 36 bytes."""
    accessor = {"componentType": 5126, "count": vertices, "type": "VEC3", "bufferView": 0}
    told = json.dumps(
        {
            "asset": {"version": "2.0"},
            "buffers": [{"byteLength": 36}],
            "bufferViews": [{"buffer": 0, "byteLength": 36}],
            "accessors": [accessor],
            "meshes": [{"primitives": [{"attributes": {"POSITION": 0}}]}],
            "nodes": [{"mesh": 0}],
            "scenes": [{"nodes": [0]}],
        }
    ).encode()
    told += b" " * (-len(told) % 4)
    parts = struct.pack("<I4s", len(told), b"JSON") + told + struct.pack("<I4s", 36, b"BIN\0")
    return struct.pack("<4sII", b"glTF", 2, 12 + len(parts) + 36) + parts + bytes(36)


BOMBS: dict[str, Callable[[], bytes]] = {
    "xxe.gml": lambda: xml("<gml:name>&x;</gml:name>", XXE),
    "billion-laughs.gml": lambda: xml("<gml:name>&l9;</gml:name>", f"<!DOCTYPE a [{LAUGHS}]>"),
    "deep.gml": lambda: deep(200_000),
    "dimension.gml": lambda: with_polygon('srsDimension="1000000000"'),
    "count.gml": lambda: with_polygon('count="1000000000"'),
    "long-number.gml": lambda: xml("").replace(b"457000.0", b"4" * 1_000_000, 1),
    "many-numbers.gml": lambda: xml(multi_surface(polygon(positions((0, 0, 0)) * 200_000))),
    "scale.city.json": lambda: with_transform(1e300),
    "translate.city.json": lambda: with_transform(0.001, 1e308),
    "vertex.city.json": lambda: with_vertex(10**9),
    "negative-vertex.city.json": lambda: with_vertex(-1),
    "deep.city.json": lambda: json.dumps(document()).encode()[:-1] + b',"a":' + b"[" * 500_000,
    "big-number.city.json": lambda: (
        json.dumps(document()).encode().replace(b"0.001", b"1" * 100_000, 1)
    ),
    "zip.zip": lambda: zipped("city.gml", QUARTER_GIGABYTE),
    "many.zip": lambda: zipped("../../city.gml", 1 << 20),
    "gzip.gml.gz": lambda: gzipped(MANY_GIGABYTES),
    "gzip-of-gzip.gml.gz": lambda: gzip.compress(gzipped(MANY_GIGABYTES)),
    "raster.tif": lambda: geotiff(2**31 - 1, 2**31 - 1),
    "points.las": lambda: points(10**12),
    "vertices.glb": lambda: glb(10**9),
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused(cage: Cage, tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    file.write_bytes(BOMBS[name]())
    outcome = cage.run(file, None, (8.0, 49.0))
    assert outcome.is_good, (outcome.word, outcome.detail)
    assert not (tmp_path.parent / "city.gml").exists()


def png(width: int, height: int) -> bytes:
    """A PNG that claims to be so large, and whose pixels are zeros as far as they go."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        checked = kind + data
        return struct.pack(">I", len(data)) + checked + struct.pack(">I", zlib.crc32(checked))

    head = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    pixels = zlib.compress(bytes(1 << 20))
    parts = ((b"IHDR", head), (b"IDAT", pixels), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*part) for part in parts)


@pytest.mark.parametrize("size", [(100_000, 100_000), (2**31 - 1, 2**31 - 1), (2**31 - 1, 1)])
def test_an_image_that_claims_to_be_huge_is_left_out(
    cage: Cage, tmp_path: Path, size: tuple[int, int]
) -> None:
    (tmp_path / "wall.png").write_bytes(png(*size))
    document = city(building(multi_surface(square("p1"))))
    file = tmp_path / "city.gml"
    file.write_text(of_model(document, appearance(texture("p1", uri="wall.png"))))
    outcome = cage.run(file)
    assert outcome.word == "done", (outcome.word, outcome.detail)


def test_what_a_file_points_at_is_not_in_the_scene(cage: Cage, tmp_path: Path) -> None:
    file = tmp_path / "xxe.gml"
    file.write_bytes(BOMBS["xxe.gml"]())
    outcome = cage.run(file)
    assert outcome.word == "refused"
    assert "document type declaration" in outcome.detail
