"""Inputs and scenes on storage that speaks S3, by obstore: fetched to a folder, or uploaded whole.

Keys, endpoint and region come from the environment (`AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`,
`AWS_ENDPOINT_URL`, `AWS_REGION`), never from the command line.
"""

from __future__ import annotations

import os
import re
import shutil
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec

from citiverse_tiling.errors import InputError, OutputError, TilingError
from citiverse_tiling.manifest import SCHEMA

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from obstore.store import ObjectStore

SCHEME = "s3:"
MOST_OBJECTS = 10_000_000
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,62}")
_HASHED = re.compile(r"/[0-9a-f]{32}\.[a-z.]+$")
_CUT_SHORT = re.compile(
    r"(tiles|colliders)/[a-z]+/([0-9a-f]{32}\.[a-z.]+|tileset\.json)|[a-z]+\.(bin|json|sqlite)"
)
"""What of a scene may be there where its upload was cut short."""

_CHUNK = 8 << 20
_AT_ONCE = 8
_EXTRA = "pip install citiverse[objects]"


class _Schema(msgspec.Struct):
    schema: str


def is_remote(path: Path) -> bool:
    """Whether a path is an `s3://bucket/key` that became a path on its way here."""
    return path.parts[:1] == (SCHEME,)


def as_url(path: Path) -> str:
    """The `s3://bucket/key` that a path was."""
    return f"s3://{'/'.join(path.parts[1:])}"


def fetch(path: Path, folder: Path) -> Path:
    """Copy an object, or all below a prefix, into `folder`; the copy's path.

    InputError where there is none, where it can't be read, and where the disk has no room for it.
    """
    store, key = _opened(path, InputError)
    folder.mkdir(parents=True, exist_ok=True)
    try:
        found = [(str(one["path"]), int(one["size"])) for one in _listed(store, key)]
        if not found:
            raise InputError(f"{as_url(path)}: there is no such object, and none below it")
        total, free = sum(size for _, size in found), shutil.disk_usage(folder).free
        if len(found) > MOST_OBJECTS or total > free:
            room = f"{total / 1e6:,.0f} MB, and the disk has room for {free / 1e6:,.0f}"
            raise InputError(f"{as_url(path)}: it has {room}")
        for name, size in found:
            target = _below(folder, path, name, key)
            target.parent.mkdir(parents=True, exist_ok=True)
            _download(store, name, target, size)
    except _failures() as error:
        raise InputError(f"{as_url(path)}: it can't be fetched ({_reason(error)})") from error
    return folder / path.name


def _listed(store: ObjectStore, key: str) -> Iterator[Any]:
    """The object of this key, or all whose keys begin with it and a slash."""
    import obstore

    try:
        yield obstore.head(store, key)
    except FileNotFoundError:
        for batch in obstore.list(store, prefix=f"{key}/"):
            yield from batch


def _below(folder: Path, path: Path, name: str, key: str) -> Path:
    """Where an object is copied to; InputError where its name leads out of the folder."""
    inside = name[len(key) :].strip("/")
    target = folder / path.name / inside if inside else folder / path.name
    if ".." in name.split("/") or folder.resolve() not in target.resolve().parents:
        raise InputError(
            f"{as_url(path)}: the object {name[:80]!r} has a name that leads elsewhere"
        )
    return target


def _download(store: ObjectStore, name: str, target: Path, size: int) -> None:
    """Stream an object into a file, and no more than its size."""
    import obstore

    left = size
    with target.open("wb") as file:
        for chunk in obstore.get(store, name).stream(min_chunk_size=_CHUNK):
            left -= len(chunk)
            if left < 0:
                raise OSError(f"{name} grew while it was read")
            file.write(chunk)
    if left:
        raise OSError(f"{name} was cut short")


def is_scene(path: Path) -> bool:
    """Whether a scene of ours is there; OutputError where something else is.

    One whose upload was cut short is none, but may be written over.
    """
    store, key = _opened(path, OutputError)
    import obstore

    try:
        data = obstore.get(store, f"{key}/scene.json").bytes()
        if msgspec.json.decode(bytes(data), type=_Schema).schema == SCHEMA:
            return True
    except FileNotFoundError:
        if all(_CUT_SHORT.fullmatch(name) for name in _sizes(store, key)):
            return False
    except msgspec.MsgspecError:
        pass
    except _failures() as error:
        raise OutputError(f"{as_url(path)}: it can't be written ({_reason(error)})") from error
    raise OutputError(
        f"{as_url(path)}: the output exists and is not a scene of ours",
        remedy="choose another place, or remove it yourself",
    )


def upload(folder: Path, path: Path) -> None:
    """Put a scene there; scene.json is the last, and what is no more in it goes afterwards.

    What is named by its hash and there already, as where an upload was cut short, isn't sent again.
    OutputError where it can't be written: what was there then stays, but for files of the same
    name.
    """
    is_scene(path)
    store, key = _opened(path, OutputError)
    import obstore

    names = [one.relative_to(folder).as_posix() for one in folder.rglob("*") if one.is_file()]
    try:
        before = _sizes(store, key)
        # What is named by its hash first: until scene.json comes, the former scene stays whole.
        hashed = {name for name in names if _HASHED.search(name)}
        missing = {one for one in hashed if before.get(one) != (folder / one).stat().st_size}
        others = set(names) - hashed - {"scene.json"}
        for some in (sorted(missing), sorted(others), ["scene.json"]):
            with ThreadPoolExecutor(_AT_ONCE) as pool:
                put = partial(_put, store, key, folder)
                deque(pool.map(put, some), maxlen=0)
        for stale in sorted(before.keys() - set(names)):
            obstore.delete(store, f"{key}/{stale}")
    except _failures() as error:
        raise OutputError(f"{as_url(path)}: it can't be written ({_reason(error)})") from error


def _sizes(store: ObjectStore, key: str) -> dict[str, int]:
    """The sizes of what is below a key, by what follows it."""
    import obstore

    listed = obstore.list(store, prefix=f"{key}/")
    each = ((str(one["path"]), int(one["size"])) for batch in listed for one in batch)
    return {path.removeprefix(f"{key}/"): size for path, size in each}


def _put(store: ObjectStore, key: str, folder: Path, name: str) -> None:
    import obstore

    obstore.put(store, f"{key}/{name}", folder / name)


def _opened(path: Path, refused: type[TilingError]) -> tuple[ObjectStore, str]:
    """The store of a bucket, and the key in it. Raises `refused`."""
    bucket, *rest = path.parts[1:] or ("",)
    if not _BUCKET.fullmatch(bucket) or not rest or ".." in rest:
        raise refused(f"{as_url(path)}: this is no object: write s3://bucket/key")
    try:
        from obstore.store import S3Store
    except ImportError as error:
        raise refused(
            f"{as_url(path)}: storage of objects needs an extra", remedy=_EXTRA
        ) from error
    plain = os.environ.get("AWS_ENDPOINT_URL", "").startswith("http://")
    options: Any = {"timeout": "60s", "connect_timeout": "5s", "allow_http": plain}
    retries: Any = {"max_retries": 3}
    return S3Store(bucket, client_options=options, retry_config=retries), "/".join(rest)


def _failures() -> tuple[type[Exception], ...]:
    """What storage may raise: the system's errors and the library's own."""
    from obstore.exceptions import BaseError

    return OSError, BaseError


def _reason(error: Exception) -> str:
    """The first line of what the library says, without its nested details."""
    return str(error).splitlines()[0][:200] if str(error) else type(error).__name__
