"""The scene folder while it is written: beside its place as `SCENE.partial/`, then renamed."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import sqlite3
from collections import defaultdict
from contextlib import contextmanager, suppress
from errno import EDQUOT, EFBIG, ENOSPC, EROFS
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING, Self

import numpy as np

from citiverse_tiling.errors import OutputError, WorkerError
from citiverse_tiling.made import MAGIC, NAME, NO_ROWS, Made, by_key, code_digest, read_rows
from citiverse_tiling.memo import NAME as KEPT
from citiverse_tiling.memo import Memo
from citiverse_tiling.sinks.contents import CONTENT, ContentStore, names_of, sizes_below

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import TracebackType

    from citiverse_tiling.sinks.contents import Stored

SCHEMA = "citiverse-scene/1"
_CANT_WRITE = frozenset({EDQUOT, EFBIG, ENOSPC, EROFS})

_RUN, _LOCK, _JOURNAL, _SEGMENTS = "run", "lock", "journal", "segments"
_PUBLISHING = "publishing"
_REGIONS = "regions"
_KEPT = frozenset({_RUN, _LOCK, _JOURNAL, _SEGMENTS, _REGIONS, "tiles", "colliders"})
"""What an interrupted run has left that the same run can go on with."""


class SceneFolder:
    """Collects files in SCENE.partial/ and publishes them at once, or leaves nothing behind.

    What a run that was killed or interrupted has left is taken up by a run with the same `digest`.
    """

    def __init__(self, scene: Path, *, fresh: bool = False) -> None:
        """OutputError where `scene` exists and is not a scene of ours.

        With `fresh` nothing of a scene that is replaced is taken over.
        """
        self.scene = scene.resolve()
        self._is_fresh = fresh
        check_replaceable(self.scene)
        self.partial = self.scene.with_name(f"{self.scene.name}.partial")
        self.segments = self.partial / _SEGMENTS
        self.regions = self.partial / _REGIONS
        # A cluster's workers outlive a run, and know by this name what they have read before.
        self.workbench = self.partial / f"workbench-{token_hex(8)}"
        is_followed = not fresh and (self.scene / NAME).is_file()
        self.contents = ContentStore(str(self.partial), str(self.scene) if is_followed else None)
        self.made = Made(NO_ROWS)
        self.bytes = 0
        self._lock: int | None = None
        self._rows: list[np.ndarray] = []
        self._kept: defaultdict[str, set[str]] = defaultdict(set)
        self._whole: set[str] = set()
        self._contents: defaultdict[str, list[tuple[str, np.ndarray]]] = defaultdict(list)

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
        if (self.partial / _PUBLISHING).exists():
            self._move_in()
            (self.partial / _PUBLISHING).unlink()
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
        run.write_bytes(digest)
        places = [(self.partial, _JOURNAL)]
        if not self._is_fresh:
            places.append((self.scene, NAME))
        self.made = Made(
            np.concatenate(
                [_that_are_there(read_rows([root / name]), root) for root, name in places]
            )
        )

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._unlock()
        is_half_moved = (self.partial / _PUBLISHING).exists()
        if not (is_half_moved or isinstance(error, (KeyboardInterrupt, WorkerError))):
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
    def journal(self) -> Iterator[Callable[[np.ndarray], None]]:
        """Notes rows of contents, so that a run that is killed can be taken up."""
        with (self.partial / _JOURNAL).open("ab", buffering=0) as file:
            if not file.tell():
                file.write(MAGIC)

            def add(rows: np.ndarray) -> None:
                self._rows.append(rows)
                file.write(rows.tobytes())

            yield add

    def keep(self, folder: str, suffix: str, rows: np.ndarray) -> None:
        """Let contents be in the scene, which were made now or are there already."""
        _, first = np.unique(rows["digest"].tolist(), return_index=True)
        once = rows[first]
        self.bytes += int(once["size"].sum()) + int(once["gzip_size"].sum())
        self._contents[folder].append((suffix, once[["digest", "gzip_size"]].copy()))

    def keep_whole(self, folder: str, former: Path) -> None:
        """Let a folder of a former scene be in this one as it is; it stays where it is there."""
        self._whole.add(folder)
        if former.resolve() != self.scene:
            shutil.copytree(former / folder, self.partial / folder)

    def memo(self) -> Memo:
        """What steps have found before, and what they leave for the next run."""
        return Memo(self.partial / KEPT, self.former(KEPT), code_digest())

    def former(self, name: str) -> Path | None:
        """A file of the scene that is replaced, None where there is none."""
        path = self.scene / name
        return path if path.is_file() and not self._is_fresh else None

    def content(self, name: str) -> bytes:
        """A content by its name in the scene."""
        made = self.partial / name
        return (made if made.exists() else self.scene / name).read_bytes()

    def write_made(self) -> None:
        """Write what each content was made from, for the next run."""
        self.write(NAME, MAGIC + by_key(np.concatenate(self._rows)).tobytes())

    def write(self, name: str, data: bytes) -> None:
        """Write a file by its name in the scene."""
        path = self.partial / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        self.bytes += len(data)

    def store(self, folder: str, suffix: str, data: bytes) -> Stored:
        """Write content by its hash, and its .gz where that is worth it."""
        stored = self.contents.store(folder, suffix, data)
        names = set(names_of([stored.digest], [stored.gzip_size], suffix))
        if not names <= self._kept[folder]:
            self.bytes += stored.size + stored.gzip_size
        self._kept[folder] |= names
        return stored

    def checksum(self, name: str) -> str:
        """`sha256:…` of a file as written."""
        with (self.partial / name).open("rb") as file:
            return f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}"

    def publish(self) -> None:
        """Put the scene in its place.

        Where a scene of ours is, what is new is moved into it, and what is no more in it goes: so
        nothing is done to contents that stay. Those are named by their hashes and in nobody's way;
        scene.json is the last to be replaced. Whoever is killed amid this has it done by the next
        run.
        """
        shutil.rmtree(self.segments, ignore_errors=True)
        for name in (_RUN, _JOURNAL, self.workbench.name, _LOCK):
            (self.partial / name).unlink(missing_ok=True)
        if not self.scene.exists():
            self.partial.rename(self.scene)
            return
        (self.partial / _PUBLISHING).touch()
        for folder, names in self._move_in().items():
            self._kept[folder] |= names
        shutil.rmtree(self.partial)
        _remove_all_but(self.scene, self._names)

    def _names(self, folder: str) -> set[str]:
        """The files that are to be in a folder."""
        if not self._whole.isdisjoint((folder, *map(str, Path(folder).parents))):
            return {path.name for path in (self.scene / folder).iterdir()}
        names = set(self._kept[folder])
        for suffix, rows in self._contents[folder]:
            names.update(names_of(rows["digest"].tolist(), rows["gzip_size"].tolist(), suffix))
        return names

    def _move_in(self) -> dict[str, set[str]]:
        """Move all into the scene, contents first and scene.json last; their names by folder."""
        moved: dict[str, set[str]] = {}
        for path, _, names in os.walk(self.partial):
            moved[os.path.relpath(path, self.partial)] = set(names)
        moved["."] -= {_PUBLISHING, _LOCK}
        files = [(folder, name) for folder, names in moved.items() for name in names]
        for folder, name in sorted(files, key=_when_replaced):
            (self.scene / folder).mkdir(parents=True, exist_ok=True)
            made, place = self.partial / folder / name, self.scene / folder / name
            if not (CONTENT.match(name) and _size(place) == _size(made)):
                made.replace(place)
        return moved


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else -1


def _when_replaced(file: tuple[str, str]) -> tuple[int, str, str]:
    """Contents, which nothing is replaced by; then the others; scene.json after all."""
    folder, name = file
    return (0 if CONTENT.match(name) else 2 if file == (".", "scene.json") else 1, folder, name)


def _remove_all_but(root: Path, kept: Callable[[str], set[str]]) -> None:
    """Remove the files of a folder that aren't kept, and folders with nothing in them."""
    for path, _, names in os.walk(root, topdown=False):
        its = kept(os.path.relpath(path, root))
        for name in names:
            if name not in its:
                Path(path, name).unlink()
        if not its:
            with suppress(OSError):
                Path(path).rmdir()


def _that_are_there(rows: np.ndarray, root: Path) -> np.ndarray:
    """Rows whose contents are in a folder, and whole."""
    sizes = sizes_below(root)
    names = [digest.hex() for digest in rows["digest"].tolist()]
    plain, compressed = rows["size"].tolist(), rows["gzip_size"].tolist()
    return rows[
        [
            sizes.get(name) == size and (not small or sizes.get(f"{name}.gz") == small)
            for name, size, small in zip(names, plain, compressed, strict=True)
        ]
    ]


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
