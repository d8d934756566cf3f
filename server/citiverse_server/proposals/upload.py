"""A file that a host sends: streamed to the disk, bounded in size and time, told by its bytes."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
from typing import TYPE_CHECKING

from starlette.requests import ClientDisconnect

from ..plain_text import plain_line
from .refusal import RefusedError

if TYPE_CHECKING:
    from pathlib import Path

    from starlette.requests import Request

HEAD_BYTES = 65_536
LEAST_BYTES_A_S = 20_000
PATIENCE_S = 30.0
SPARE_BYTES = 512 * 1024 * 1024
"""What stays free on the disk."""

LONGEST_NAME = 120
_KINDS = (
    (re.compile(rb"\s*ISO-10303-21\s*;"), None, "ifc"),
    (re.compile(rb"glTF"), None, "glb"),
    (re.compile(rb"\s*\{"), re.compile(rb'"CityJSON|"CityObjects"'), "json"),
    (re.compile(rb"\s*\{"), re.compile(rb'"asset"|"accessors"|"meshes"'), "gltf"),
    (re.compile(rb"\s*<"), re.compile(rb"opengis\.net/citygml"), "gml"),
)
"""How a file begins, what is in its head, and how its name then ends."""


def shown_name(given: str) -> str:
    """What to call a file before people: its last part, in one line."""
    return plain_line(re.split(r"[/\\]", given)[-1])[:LONGEST_NAME] or "a file"


def stem_of(given: str) -> str:
    """A name for the disk: letters, digits and hyphens, whatever was sent."""
    words = re.sub(r"[^A-Za-z0-9_]+", "-", shown_name(given).rpartition(".")[0] or given)
    return words.strip("-_")[:60].strip("-_") or "proposal"


def kind_of(head: bytes) -> str:
    """How the name of a file ends that begins so. Raises `RefusedError`."""
    head = head.removeprefix(b"\xef\xbb\xbf")
    for begin, inside, suffix in _KINDS:
        if begin.match(head) and (inside is None or inside.search(head)):
            return suffix
    packed = head.startswith((b"PK\x03\x04", b"\x1f\x8b"))
    raise RefusedError(
        415,
        "This file is packed. Please unpack it, and send what is in it."
        if packed
        else "This is no file that can be read here: send IFC, glTF, CityGML or CityJSON.",
    )


def length_of(request: Request, most_bytes: int) -> int:
    """How long the file is going to be. Raises `RefusedError`."""
    given = request.headers.get("content-length", "")
    if not re.fullmatch("[0-9]{1,15}", given):
        raise RefusedError(411, "This file doesn't say how long it is.")
    length = int(given)
    if length > most_bytes:
        raise RefusedError(413, f"This file is larger than {most_bytes / 1e6:,.0f} MB.")
    if length == 0:
        raise RefusedError(415, "This file is empty.")
    return length


async def received(request: Request, folder: Path, stem: str, length: int) -> Path:
    """The file, whole, in a folder; nothing is left of one that isn't. Raises `RefusedError`."""
    coming = folder / "coming"
    try:
        folder.mkdir(parents=True)
        if shutil.disk_usage(folder).free < length + SPARE_BYTES:
            raise RefusedError(507, "The server has no room for this file.")
        async with asyncio.timeout(PATIENCE_S + length / LEAST_BYTES_A_S):
            suffix = await _written(request, coming, length)
        place = folder / f"{stem}.{suffix}"
        coming.rename(place)
    except TimeoutError:
        shutil.rmtree(folder, ignore_errors=True)
        raise RefusedError(408, "This file came too slowly. Please try again.") from None
    except ClientDisconnect:
        shutil.rmtree(folder, ignore_errors=True)
        raise RefusedError(400, "This file didn't come whole.") from None
    except OSError as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise RefusedError(507, f"The server can't keep this file ({error.strerror}).") from None
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return place


async def _written(request: Request, coming: Path, length: int) -> str:
    """Write the body; how the file's name should end."""
    suffix, head, count = "", b"", 0
    with coming.open("xb") as file:
        async for part in request.stream():
            count += len(part)
            if count > length:
                raise RefusedError(413, "This file is longer than it said.")
            if not suffix:
                head += part
                if len(head) >= min(HEAD_BYTES, length):
                    suffix = kind_of(head[:HEAD_BYTES])
            await asyncio.to_thread(file.write, part)
        if count < length:
            raise RefusedError(400, "This file didn't come whole.")
        file.flush()
        await asyncio.to_thread(os.fsync, file.fileno())
    return suffix
