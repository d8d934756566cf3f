"""Where the files of a scene lie: in a folder, in an archive, or on storage that speaks S3."""

from __future__ import annotations

import hashlib
import logging
import mmap
import shutil
import tempfile
import weakref
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Protocol, Self

from .archive import SUFFIX, Archive, ArchivedPath
from .bucket import is_remote, open_bucket
from .errors import SceneError
from .manifest import ManifestFile, read_manifest

logger = logging.getLogger("citiverse.scene")

SIGHTS = "visibility.bin"


class StoredPath(Protocol):
    """What the server asks of a file's path; `pathlib.Path` is one."""

    @property
    def name(self) -> str: ...
    @property
    def suffix(self) -> str: ...
    def __truediv__(self, name: str, /) -> Self: ...
    def with_name(self, name: str, /) -> Self: ...
    def is_file(self) -> bool: ...
    def read_bytes(self) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Storage:
    """An opened scene, wherever it lies.

    root      its files by name
    tree      tree.bin
    features  features.sqlite as a file on disk
    sights    visibility.bin, where the manifest names one
    """

    root: StoredPath
    manifest: ManifestFile
    tree: memoryview
    features: Path
    sights: memoryview | None = None


def open_storage(place: Path) -> Storage:
    """Opens a scene's folder, archive or bucket; raises `SceneError`."""
    if is_remote(place):
        return _open_bucket(place)
    return _open_archive(place) if place.suffix == SUFFIX else _open_folder(place)


def manifest_at(place: Path) -> ManifestFile:
    """What a scene says of itself, wherever it lies, and no more of it; raises `SceneError`."""
    if is_remote(place):
        return read_manifest(open_bucket(place) / "scene.json", place)
    if place.suffix == SUFFIX:
        root = ArchivedPath(Archive(place), PurePosixPath())
        return read_manifest(root / "scene.json", place)
    return read_manifest(place / "scene.json", place)


def _open_folder(folder: Path) -> Storage:
    manifest = read_manifest(folder / "scene.json", folder)
    tree = folder / "tree.bin"
    try:
        data = _mapped(tree)
    except (OSError, ValueError):
        raise SceneError(
            "the tree is missing or empty", tree, remedy="tile the city again"
        ) from None
    return Storage(folder, manifest, data, folder / "features.sqlite", _sights(manifest, folder))


def _mapped(file: Path) -> memoryview:
    """A file as memory; raises `OSError`, and `ValueError` where it is empty."""
    with file.open("rb") as opened:
        return memoryview(mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ))


def _sights(manifest: ManifestFile, folder: Path) -> memoryview | None:
    """visibility.bin in a folder; a scene does without it where it can't be read."""
    if SIGHTS not in manifest.manifest.checksums:
        return None
    try:
        return _mapped(folder / SIGHTS)
    except (OSError, ValueError) as error:
        logger.warning("%s can't be read (%s): everything is sent.", folder / SIGHTS, error)
        return None


def _open_archive(place: Path) -> Storage:
    """Tiles stay packed; features.sqlite is written to a folder that goes with the process."""
    archive = Archive(place)
    root = ArchivedPath(archive, PurePosixPath())
    manifest = read_manifest(root / "scene.json", place)
    try:
        # Columns that begin at any byte are slow to read; the tree is small beside the tiles.
        tree = memoryview(archive.read("tree.bin"))
        features = archive.view("features.sqlite")
        is_there = SIGHTS in manifest.manifest.checksums and SIGHTS in archive
        sights = archive.view(SIGHTS) if is_there else None
    except OSError as error:
        raise SceneError(str(error), place, remedy="make the archive again") from None
    folder = _folder_while(archive)
    (folder / "features.sqlite").write_bytes(features)
    _bring_others(root, manifest, folder, place)
    return Storage(root, manifest, tree, folder / "features.sqlite", sights)


def _open_bucket(place: Path) -> Storage:
    """Tiles stay there; the other files are held to their checksums and kept here."""
    root = open_bucket(place)
    manifest = read_manifest(root / "scene.json", place)
    folder = _folder_while(root.store)
    try:
        named = (SIGHTS,) if SIGHTS in manifest.manifest.checksums else ()
        for name in ("tree.bin", "features.sqlite", *named):
            (root / name).download(folder / name)
            with (folder / name).open("rb") as file:
                digest = f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}"
            if manifest.manifest.checksums.get(name, digest) != digest:
                raise SceneError(
                    f"{name} isn't what its checksum says",
                    place,
                    remedy="wait until the scene is uploaded, or upload it again",
                )
        tree = memoryview((folder / "tree.bin").read_bytes())
        _bring_others(root, manifest, folder, place)
    except OSError as error:
        raise SceneError(f"the scene can't be fetched ({error})", place) from None
    return Storage(root, manifest, tree, folder / "features.sqlite", _sights(manifest, folder))


def _bring_others(root: StoredPath, manifest: ManifestFile, folder: Path, place: Path) -> None:
    """Keeps the features of foreign layers and of variants where those of the scene are, as a
    folder has them.
    """
    others = [f"foreign/{layer.name}" for layer in manifest.manifest.foreign if layer.streamed]
    others += [variant.folder for variant in manifest.manifest.variants if variant.folder]
    for other in others:
        name = f"{other}/features.sqlite"
        try:
            data = (root / other / "features.sqlite").read_bytes()
        except OSError as error:
            raise SceneError(f"{name} can't be read ({error})", place) from None
        (folder / name).parent.mkdir(parents=True)
        (folder / name).write_bytes(data)


def _folder_while(owner: object) -> Path:
    """A folder that goes with its owner, or with the process."""
    folder = Path(tempfile.mkdtemp(prefix="citiverse-"))
    weakref.finalize(owner, shutil.rmtree, folder, ignore_errors=True)
    return folder
