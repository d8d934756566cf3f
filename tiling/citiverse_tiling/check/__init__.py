"""Checks a scene against its contract, and anyone's 3D Tiles and glTF against the standards.

The contract is docs/contract/scene.md; the standards are named in `check.standard`.
"""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from citiverse_tiling.archive import SUFFIX, unpack
from citiverse_tiling.check.buildings import check_buildings
from citiverse_tiling.check.colliders import check_colliders
from citiverse_tiling.check.contents import check_contents
from citiverse_tiling.check.features import check_features
from citiverse_tiling.check.files import check_files
from citiverse_tiling.check.finding import Finding
from citiverse_tiling.check.foreign import check_foreign
from citiverse_tiling.check.standard import Report, check_file
from citiverse_tiling.check.tilesets import check_tilesets
from citiverse_tiling.check.tree import check_tree
from citiverse_tiling.check.variants import check_variants
from citiverse_tiling.check.visibility import check_visibility
from citiverse_tiling.errors import SceneError
from citiverse_tiling.frame import SceneFrame
from citiverse_tiling.manifest import SCHEMA, Manifest
from citiverse_tiling.tree.tree_bin import decode_tree

__all__ = ["Finding", "Report", "check", "check_any"]


class _Schema(msgspec.Struct):
    schema: str


def check_any(path: Path) -> Report:
    """Check a scene, its archive, a folder with a tileset, a tileset or a file of tile content.

    SceneError where the path is none of them, or a scene of a version that we don't know.
    """
    if path.suffix == SUFFIX:
        with TemporaryDirectory(prefix="citiverse-") as folder:
            unpack(path, Path(folder))
            return check_any(Path(folder))
    if not path.is_dir():
        return check_file(path)
    if not (path / "scene.json").exists() and (path / "tileset.json").exists():
        return check_file(path / "tileset.json")
    return Report(findings=check(path))


def check(scene: Path) -> list[Finding]:
    """Everything in the folder that breaks the contract; empty where all is well.

    SceneError where the folder is no scene of a version that we know.
    """
    manifest = _read_manifest(scene)
    findings = [*check_files(scene, manifest), *check_foreign(scene, manifest)]
    findings += check_variants(scene, manifest, check)
    try:
        table = decode_tree((scene / "tree.bin").read_bytes())
    except (SceneError, OSError) as error:
        return [*findings, Finding("tree.bin", f"it can't be read ({error})", "a whole tree.bin")]
    broken = list(check_tree(table, manifest))
    findings += broken
    if broken:
        return findings
    frame = SceneFrame(manifest.origin.lon, manifest.origin.lat)
    findings += check_tilesets(scene, manifest, table, frame)
    contents = check_contents(scene, manifest, table)
    findings += contents.findings
    findings += check_features(scene, manifest, table, contents.tiles)
    findings += check_colliders(scene, manifest, table, contents.tiles)
    findings += check_visibility(scene, table)
    findings += check_buildings(scene, manifest)
    return findings


def _read_manifest(scene: Path) -> Manifest:
    path = scene / "scene.json"
    remedy = "tile the city again"
    try:
        data = path.read_bytes()
        schema = msgspec.json.decode(data, type=_Schema).schema
        if schema != SCHEMA:
            raise SceneError(f"its schema is {schema!r}, and we know {SCHEMA!r}", path)
        return msgspec.json.decode(data, type=Manifest)
    except OSError as error:
        raise SceneError("this folder is no scene: it has no scene.json", path) from error
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise SceneError(f"the manifest can't be read ({error})", path, remedy=remedy) from error
