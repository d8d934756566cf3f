"""The scene folder while it is written: beside its place as `SCENE.partial/`, then renamed."""

from __future__ import annotations

import gzip
import hashlib
import json
import shutil
import sqlite3
from dataclasses import dataclass
from errno import EDQUOT, EFBIG, ENOSPC, EROFS
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Self

from citiverse_tiling.errors import OutputError

if TYPE_CHECKING:
    from types import TracebackType

SCHEMA = "citiverse-scene/1"
GZIP_LEVEL = 5
"""On the tiles and colliders of nrw-lod2, level 6 saves 0.4 % more and takes 1.7 × as long."""

GZIP_WORTH = 0.95
"""A compressed variant is kept where it is at most this share of the original."""

HASH_BYTES = 16
_CANT_WRITE = frozenset({EDQUOT, EFBIG, ENOSPC, EROFS})


@dataclass(frozen=True, slots=True)
class Stored:
    """Content on disk: first 16 bytes of its SHA-256, its size, and that of its .gz (0: none)."""

    digest: bytes
    size: int
    gzip_size: int


class SceneFolder:
    """Collects files in SCENE.partial/ and publishes them at once, or leaves nothing behind."""

    def __init__(self, scene: Path) -> None:
        """OutputError where `scene` exists and is not a scene of ours."""
        self.scene = scene.resolve()
        check_replaceable(self.scene)
        self.partial = self.scene.with_name(f"{self.scene.name}.partial")
        self.segments = self.partial / "segments"
        self._root = str(self.partial)
        self.bytes = 0
        self._folders: set[str] = set()
        self._stored: set[str] = set()

    def __enter__(self) -> Self:
        try:
            if self.partial.exists():
                shutil.rmtree(self.partial)
            self.partial.mkdir(parents=True)
        except OSError as error:
            raise OutputError(
                f"the output folder can't be written ({error.strerror})",
                self.scene,
                remedy="choose a folder that you may write to",
            ) from error
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        shutil.rmtree(self.partial, ignore_errors=True)
        is_full = isinstance(error, OSError) and error.errno in _CANT_WRITE
        if is_full or isinstance(error, sqlite3.OperationalError):
            reason = error.strerror if isinstance(error, OSError) else error
            raise OutputError(
                f"the scene can't be written ({reason})",
                self.scene,
                remedy="make room on the disk, or choose a folder on another one",
            ) from error

    def write(self, name: str, data: bytes) -> None:
        """Write a file by its name in the scene."""
        folder, _, _ = name.rpartition("/")
        if folder not in self._folders:
            (self.partial / folder).mkdir(parents=True, exist_ok=True)
            self._folders.add(folder)
        with open(f"{self._root}/{name}", "wb", buffering=0) as file:  # noqa: PTH123 3 × faster
            file.write(data)
        self.bytes += len(data)

    def store(self, folder: str, suffix: str, data: bytes) -> Stored:
        """Write content by its hash, and its .gz where that is worth it."""
        digest = hashlib.sha256(data).digest()[:HASH_BYTES]
        compressed = gzip.compress(data, GZIP_LEVEL, mtime=0)
        worth = len(compressed) <= GZIP_WORTH * len(data)
        name = f"{folder}/{digest.hex()}{suffix}"
        if name not in self._stored:
            self._stored.add(name)
            self.write(name, data)
            if worth:
                self.write(f"{name}.gz", compressed)
        return Stored(digest, len(data), len(compressed) if worth else 0)

    def checksum(self, name: str) -> str:
        """`sha256:…` of a file as written."""
        with (self.partial / name).open("rb") as file:
            return f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}"

    def publish(self) -> None:
        """Put the folder in its place; what was there, a scene of ours, goes."""
        shutil.rmtree(self.segments, ignore_errors=True)
        if not self.scene.exists():
            self.partial.rename(self.scene)
            return
        beside = f"{self.scene.name}.old-"
        with TemporaryDirectory(
            prefix=beside, dir=self.scene.parent, ignore_cleanup_errors=True
        ) as aside:
            old = Path(aside) / self.scene.name
            self.scene.rename(old)
            try:
                self.partial.rename(self.scene)
            except OSError:
                old.rename(self.scene)
                raise


def check_replaceable(scene: Path) -> None:
    """OutputError unless `scene` is absent, an empty folder, or a scene of ours."""
    if not scene.exists() or (scene.is_dir() and not any(scene.iterdir())):
        return
    try:
        manifest = json.loads((scene / "scene.json").read_bytes())
        ours = isinstance(manifest, dict) and manifest.get("schema") == SCHEMA
    except (OSError, ValueError):
        ours = False
    if not ours:
        raise OutputError(
            "the output exists and is not a scene of ours",
            scene,
            remedy="choose another folder, or remove it yourself",
        )
