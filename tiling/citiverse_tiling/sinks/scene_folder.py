"""The scene folder while it is written: beside its place as `SCENE.partial/`, then renamed."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import sqlite3
from contextlib import contextmanager
from errno import EDQUOT, EFBIG, ENOSPC, EROFS
from pathlib import Path
from secrets import token_hex
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Self

from citiverse_tiling.errors import OutputError, WorkerError
from citiverse_tiling.made import MAGIC, NAME, Made, read_rows, rows_of
from citiverse_tiling.sinks.contents import ContentStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from types import TracebackType

    from citiverse_tiling.made import Entry
    from citiverse_tiling.sinks.contents import Stored

SCHEMA = "citiverse-scene/1"
_CANT_WRITE = frozenset({EDQUOT, EFBIG, ENOSPC, EROFS})

_RUN, _LOCK, _JOURNAL, _SEGMENTS = "run", "lock", "journal", "segments"
_KEPT = frozenset({_RUN, _LOCK, _JOURNAL, _SEGMENTS, "tiles", "colliders"})
"""What an interrupted run has left that the same run can go on with."""


class SceneFolder:
    """Collects files in SCENE.partial/ and publishes them at once, or leaves nothing behind.

    What a run that was killed or interrupted has left is taken up by a run with the same `digest`.
    """

    def __init__(self, scene: Path) -> None:
        """OutputError where `scene` exists and is not a scene of ours."""
        self.scene = scene.resolve()
        check_replaceable(self.scene)
        self.partial = self.scene.with_name(f"{self.scene.name}.partial")
        self.segments = self.partial / _SEGMENTS
        # A cluster's workers outlive a run, and know by this name what they have read before.
        self.workbench = self.partial / f"workbench-{token_hex(8)}"
        former = str(self.scene) if (self.scene / NAME).is_file() else None
        self.contents = ContentStore(str(self.partial), former)
        self.made = Made(read_rows([]))
        self.bytes = 0
        self._stored: set[bytes] = set()
        self._lock: int | None = None
        self._entries: list[tuple[bytes, Entry]] = []

    def __enter__(self) -> Self:
        try:
            self.partial.mkdir(parents=True, exist_ok=True)
            self._lock = os.open(self.partial / _LOCK, os.O_RDWR | os.O_CREAT, 0o666)
        except OSError as error:
            raise OutputError(
                f"the output folder can't be written ({error.strerror})",
                self.scene,
                remedy="choose a folder that you may write to",
            ) from error
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            self._unlock()
            raise OutputError(
                "another run is writing this scene", self.scene, remedy="wait until it has ended"
            ) from error
        return self

    def begin(self, digest: bytes) -> None:
        """Take up what a run with the same digest has left; what another one has left goes."""
        run = self.partial / _RUN
        is_same = run.is_file() and run.read_bytes() == digest
        for path in self.partial.iterdir():
            if path.name == _LOCK or (is_same and path.name in _KEPT):
                continue
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()
        for path in self.partial.rglob("*") if is_same else ():
            if path.suffix[1:].isdigit() and path.is_file():
                path.unlink()
        shutil.rmtree(self.segments / "laid", ignore_errors=True)
        run.write_bytes(digest)
        self.made = Made(read_rows([self.partial / _JOURNAL, self.scene / NAME]))

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._unlock()
        if not isinstance(error, (KeyboardInterrupt, WorkerError)):
            shutil.rmtree(self.partial, ignore_errors=True)
        is_full = isinstance(error, OSError) and error.errno in _CANT_WRITE
        if is_full or isinstance(error, sqlite3.OperationalError):
            reason = error.strerror if isinstance(error, OSError) else error
            raise OutputError(
                f"the scene can't be written ({reason})",
                self.scene,
                remedy="make room on the disk, or choose a folder on another one",
            ) from error

    def _unlock(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    @contextmanager
    def journal(self) -> Iterator[Callable[[list[tuple[bytes, Entry]]], None]]:
        """Notes contents that have been made, so that a run that is killed can be taken up."""
        with (self.partial / _JOURNAL).open("ab", buffering=0) as file:
            if not file.tell():
                file.write(MAGIC)

            def add(entries: list[tuple[bytes, Entry]]) -> None:
                self._entries += entries
                file.write(rows_of(entries).tobytes())

            yield add

    def count(self, contents: Iterable[Stored]) -> None:
        """Count the bytes of contents, of the same once."""
        for one in contents:
            if one.digest not in self._stored:
                self._stored.add(one.digest)
                self.bytes += one.size + one.gzip_size

    def write_made(self) -> None:
        """Write what each content was made from, for the next run."""
        entries = sorted(self._entries, key=lambda one: one[0])
        self.write(NAME, MAGIC + rows_of(entries).tobytes())

    def write(self, name: str, data: bytes) -> None:
        """Write a file by its name in the scene."""
        path = self.partial / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        self.bytes += len(data)

    def store(self, folder: str, suffix: str, data: bytes) -> Stored:
        """Write content by its hash, and its .gz where that is worth it."""
        stored = self.contents.store(folder, suffix, data)
        self.count([stored])
        return stored

    def checksum(self, name: str) -> str:
        """`sha256:…` of a file as written."""
        with (self.partial / name).open("rb") as file:
            return f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}"

    def publish(self) -> None:
        """Put the folder in its place; what was there, a scene of ours, goes."""
        shutil.rmtree(self.segments, ignore_errors=True)
        for name in (_RUN, _JOURNAL, self.workbench.name, _LOCK):
            (self.partial / name).unlink(missing_ok=True)
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
