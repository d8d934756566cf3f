"""Content in memory: the same bytes as on disk, and never more than the limit."""

from __future__ import annotations

import asyncio
import gzip
from typing import TYPE_CHECKING

import pytest

from citiverse_server import content
from citiverse_server.content import Content, ContentCache
from citiverse_server.scene import ContentFile

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.anyio


def files(folder: Path, sizes: list[int]) -> list[ContentFile]:
    result = []
    for number, size in enumerate(sizes):
        path = folder / f"{number}.glb"
        path.write_bytes(bytes([number]) * size)
        result.append(ContentFile(path, has_gzip=False, hash_named=True))
    return result


async def test_what_was_used_last_stays_and_the_limit_holds(tmp_path: Path) -> None:
    cache = ContentCache(max_bytes=250)
    first, second, third = files(tmp_path, [100, 100, 100])
    await cache.read(first, compressed=False)
    await cache.read(second, compressed=False)
    await cache.read(first, compressed=False)
    await cache.read(third, compressed=False)
    assert cache.held(first, compressed=False) is not None
    assert cache.held(second, compressed=False) is None
    assert cache.held(third, compressed=False) is not None


async def test_what_is_larger_than_the_limit_is_read_but_not_kept(tmp_path: Path) -> None:
    cache = ContentCache(max_bytes=50)
    (large,) = files(tmp_path, [100])
    assert len((await cache.read(large, compressed=False)).body) == 100
    assert cache.held(large, compressed=False) is None


async def test_a_variant_made_at_tiling_is_taken_as_it_is(tmp_path: Path) -> None:
    (plain,) = files(tmp_path, [100])
    stored = gzip.compress(plain.path.read_bytes(), compresslevel=1)
    (tmp_path / "0.glb.gz").write_bytes(stored)
    cache = ContentCache(max_bytes=1000)
    file = ContentFile(plain.path, has_gzip=True, hash_named=True)
    assert (await cache.read(file, compressed=True)).body == stored
    assert (await cache.read(file, compressed=False)).body == plain.path.read_bytes()


async def test_a_file_that_is_gone_is_told(tmp_path: Path) -> None:
    gone = ContentFile(tmp_path / "gone.glb", has_gzip=False, hash_named=True)
    with pytest.raises(OSError, match="gone"):
        await ContentCache(max_bytes=10).read(gone, compressed=False)


async def test_the_same_content_asked_for_at_once_is_read_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loads: list[ContentFile] = []
    load = content._load

    def counted(file: ContentFile, compressed: bool) -> Content:
        loads.append(file)
        return load(file, compressed)

    monkeypatch.setattr(content, "_load", counted)
    cache = ContentCache(max_bytes=1000)
    (file,) = files(tmp_path, [100])
    impatient, *others = (
        asyncio.create_task(cache.read(file, compressed=False)) for _ in range(10)
    )
    await asyncio.sleep(0)
    impatient.cancel()
    assert {read.body for read in await asyncio.gather(*others)} == {bytes(100)}
    assert loads == [file]
    assert cache.held(file, compressed=False) is not None


async def test_a_failed_reading_is_tried_again(tmp_path: Path) -> None:
    cache = ContentCache(max_bytes=1000)
    file = ContentFile(tmp_path / "0.glb", has_gzip=False, hash_named=True)
    with pytest.raises(OSError, match="No such file"):
        await cache.read(file, compressed=False)
    files(tmp_path, [100])
    assert (await cache.read(file, compressed=False)).body == bytes(100)
