"""The checker agrees with the reference validator on its own inputs, good and broken.

A file's name says what is wrong with it; where the name alone would mislead, `VERDICTS` says what
the reference validator's tests say.
"""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from citiverse_tiling.check.standard import Report, check_file
from citiverse_tiling.check.standard.documents import (
    Buffers,
    ImplicitTiling,
    Part,
    PropertyTable,
    Schema,
    Subtrees,
)
from citiverse_tiling.check.standard.report import Reader
from citiverse_tiling.check.standard.schema import check_schema
from citiverse_tiling.check.standard.subtree import check_subtree
from citiverse_tiling.check.standard.tables import check_buffers, check_table

CASES = "3dtiles-validator-cases"
GOOD, BAD = True, False
# Extensions of makers that we don't know; the checker must say so.
OUT_OF_SCOPE = ("gpm", "maxar", "vricon", "khrLightsPunctual")
WARNINGS = (
    "buffers/buffersElementUriMissing.json",  # a binary subtree has such a buffer
    "extensions/contentGltf/tileset_1_0_withContentGltfUsedButNotFound.json",
    "extensions/contentGltf/tileset_1_1_withContentGltfUsedButNotFound.json",
    "gltfExtensions/structuralMetadata/PropertyTexturePropertyChannelsSizeMismatch.gltf",
    "schemas/metadataClassPropertySemanticUnknown.json",
    "tilesets/assetVersionUnknown.json",
    "tilesets/extensionUsedButNotFound.json",
    "tilesets/extrasUnexpectedType.json",
    "tilesets/tileGeometricErrorNotSmallerThanParentGeometricError.json",
    "tilesets/tileRefineWrongCase.json",
)
VERDICTS = {
    **dict.fromkeys(WARNINGS, GOOD),
    "gltfExtensions/structuralMetadata/PropertyTexturePropertyTexCoordDefault.gltf": GOOD,
    "schemas/FullMetadataSchema.json": GOOD,
    "schemas/metadataClassPropertySemanticGeneric.json": GOOD,
    "tilesets/extensionNotNecessary_1_1_glTF.json": GOOD,
    "tilesets/tileContentBoundingVolumeWithRotationTransform.json": GOOD,
    "tilesets/tileContentBoundingVolumeWithTransform.json": GOOD,
    "tilesets/tileTransformNonInvertible.json": GOOD,
    "tilesets/tilesetWithMultipleExternal.json": GOOD,
    # Broken only against a list of semantics that its makers give to the validator besides.
    "tilesets/validTilesetWithCustomSemanticsWithInvalidType.json": GOOD,
    "tilesets/implicitTilingValid.json": BAD,  # its subtrees aren't there
    "tilesets/validTilesetWith3tzWithError.json": BAD,  # the archives aren't among the files
    "tilesets/validTilesetWithInvalid3tz.json": BAD,
    "tilesets/validTilesetWithValid3tz.json": BAD,
}
SCENES = {
    "Samples/SparseImplicitQuadtree/tileset.json": GOOD,
    "Samples/TilesetOfTilesetsWithError/tileset.json": BAD,
    "tilesets/packages/tilesetPackageWithWarnings/tileset.json": GOOD,
    "tilesets/packages/validTilesetPackage/tileset.json": GOOD,
    "tilesets/tiles/i3dm/i3dmWithUri/tileset.json": GOOD,
    **{
        f"tilesets/externalTilesetExtensions/{name}/tileset.json": verdict
        for name, verdict in (
            ("declaredInBothContainedInExternal", GOOD),
            ("declaredInBothContainedInTileset", GOOD),
            ("declaredInExternalContainedInExternal", BAD),
            ("declaredInExternalContainedInTileset", BAD),
            ("declaredInNoneContainedInExternal", BAD),
            ("declaredInTilesetContainedInExternal", BAD),
            ("declaredInTilesetContainedInTileset", GOOD),
        )
    },
}
# Parts of other cases, no tileset, or without a verdict in the reference validator's tests.
PARTS = (
    "tilesets/tileMetadataGeometricErrorInconsistent.json",
    "tilesets/customSemanticsSchema.json",
    "tilesets/tilesetWithMultipleExternalA.json",
    "tilesets/tilesetWithMultipleExternalA0.json",
    "tilesets/tilesetWithMultipleExternalA1.json",
    "tilesets/tilesetWithMultipleExternalB.json",
)
FILES = (".json", ".gltf", ".glb", ".subtree")


class Tables(Part, frozen=True, kw_only=True):
    """The file of a case of property tables."""

    property_tables: list[PropertyTable]


def verdict_of(case: str) -> bool:
    """What the reference validator says: whether there is no error."""
    if case in VERDICTS or case in SCENES:
        return VERDICTS.get(case, SCENES.get(case, BAD))
    stem = Path(case).stem
    inner = any(word in stem for word in ("Invalid", "WithErrors", "Unresolvable", "WithIB3dm"))
    return ("valid" in stem.lower()[:5] or "Valid" in stem) and not inner


def examine(root: Path, case: str) -> Report:
    """Our checker on one case, by the kind of thing it is about."""
    path, kind = root / case, case.partition("/")[0]
    if kind not in ("schemas", "buffers", "propertyTables", "subtrees"):
        return check_file(path)
    report = Report()
    reader = Reader(path.parent, report)
    data = path.read_bytes()
    if kind == "schemas":
        if schema := reader.decode(case, data, Schema):
            check_schema(case, schema, report)
    elif kind == "buffers":
        if buffers := reader.decode(case, data, Buffers):
            check_buffers(case, buffers, report)
    elif kind == "propertyTables":
        full = msgspec.json.decode(
            (root / "schemas/FullMetadataSchema.json").read_bytes(), type=Schema
        )
        if tables := reader.decode(case, data, Tables):
            check_table(case, tables.property_tables[0], 2, full, report)
    else:
        schema = msgspec.json.decode((root / "schemas/validSchema.json").read_bytes(), type=Schema)
        tiling = ImplicitTiling(
            subdivision_scheme="QUADTREE",
            subtree_levels=3,
            available_levels=6,
            subtrees=Subtrees(uri="{level}-{x}-{y}"),
        )
        check_subtree(reader, path.name, data, tiling, schema)
    return report


def cases(root: Path) -> list[str]:
    """All cases: files of their own, and the samples of several files by their tileset."""
    folders = ("buffers", "propertyTables", "schemas", "subtrees", "tilesets")
    flat = [path for folder in folders for path in (root / folder).iterdir()]
    deep = [path for name in ("extensions", "gltfExtensions") for path in (root / name).rglob("*")]
    names = [path.relative_to(root).as_posix() for path in flat + deep if path.suffix in FILES]
    return sorted({*names, *SCENES} - set(PARTS))


@pytest.fixture(scope="module")
def root(data: Path) -> Path:
    if not (data / CASES).is_dir():
        pytest.skip("the reference validator's cases are not at hand")
    return data / CASES


def test_the_checker_agrees_with_every_verdict_in_its_scope(root: Path) -> None:
    compared = [case for case in cases(root) if not any(word in case for word in OUT_OF_SCOPE)]
    disagreed = {
        case: [str(finding) for finding in report.findings]
        for case in compared
        if (not (report := examine(root, case)).findings) != verdict_of(case)
    }
    assert disagreed == {}
    assert len(compared) >= 390
    assert sum(verdict_of(case) for case in compared) >= 60, "good ones among them"


def test_what_is_out_of_scope_is_never_called_good(root: Path) -> None:
    outside = [case for case in cases(root) if any(word in case for word in OUT_OF_SCOPE)]
    reports = {case: examine(root, case) for case in outside if "chema" not in Path(case).name}
    silent = [case for case, one in reports.items() if not one.findings and not one.unchecked]
    # Its maker put nothing of the extension into this one.
    assert silent == ["extensions/gpm/validTileset.json"]
    assert len(reports) >= 350


def test_real_tilesets_of_others_are_read(data: Path) -> None:
    delaware = check_file(data / "3dtiles-delaware-implicit" / "tileset.json")
    assert delaware.findings == []
    assert "the glTF extension KHR_draco_mesh_compression" in delaware.unchecked
    sibbe = check_file(data / "3dtiles-3dbag-sibbe" / "1.1" / "tileset.json")
    assert {finding.problem for finding in sibbe.findings} == {"it is missing"}
