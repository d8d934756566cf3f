"""Files: all there, none besides, and each the bytes that its checksum or name says."""

from __future__ import annotations

import gzip
import hashlib
import re
import zlib
from typing import TYPE_CHECKING

from citiverse_tiling.check.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from citiverse_tiling.manifest import Manifest

_HASHED = re.compile(
    r"(?:tiles|colliders|foreign)/[a-z0-9-]+/([0-9a-f]{32})"
    r"\.(?:glb|json|bin|b3dm|i3dm|pnts|cmpt)(\.gz)?"
)


def check_files(scene: Path, manifest: Manifest) -> Iterator[Finding]:
    """Checksums of the manifest, names by hash, and compressed variants.

    What is inside of a variant's folder is told by its own manifest.
    """
    inner = tuple(f"{variant.folder}/" for variant in manifest.variants if variant.folder)
    all_names = sorted(
        path.relative_to(scene).as_posix() for path in scene.rglob("*") if not path.is_dir()
    )
    names = [name for name in all_names if name in manifest.checksums or not name.startswith(inner)]
    for name in sorted(set(manifest.checksums) - set(names)):
        yield Finding(name, "it is missing", "a file, since the manifest has its checksum")
    for name in names:
        hashed = _HASHED.fullmatch(name)
        if name in manifest.checksums:
            yield from _check_sum(scene, name, manifest.checksums[name])
        elif hashed and hashed[2]:
            yield from _check_gzip(scene, name)
        elif hashed:
            yield from _check_hash(scene, name, hashed[1])
        elif name != "scene.json":
            yield Finding(name, "it is in no checksum and not named by its hash", "no such file")


def _check_sum(scene: Path, name: str, expected: str) -> Iterator[Finding]:
    with (scene / name).open("rb") as file:
        actual = f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}"
    if actual != expected:
        yield Finding(name, f"its checksum is {actual}", expected)


def _check_hash(scene: Path, name: str, expected: str) -> Iterator[Finding]:
    actual = hashlib.sha256((scene / name).read_bytes()).hexdigest()[:32]
    if actual != expected:
        yield Finding(name, f"its hash is {actual}", "the one in its name")


def _check_gzip(scene: Path, name: str) -> Iterator[Finding]:
    original = scene / name.removesuffix(".gz")
    if not original.exists():
        yield Finding(name, "it is compressed from nothing", f"{original.name} beside it")
        return
    plain = original.read_bytes()
    try:
        with gzip.open(scene / name) as file:
            same = file.read(len(plain) + 1) == plain
    except (OSError, EOFError, zlib.error) as error:
        yield Finding(name, f"it can't be unpacked ({error})", f"gzip of {original.name}")
        return
    if not same:
        yield Finding(name, "it unpacks to something else", f"gzip of {original.name}")
