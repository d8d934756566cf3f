"""EXT_structural_metadata: the schema of a glTF, and its tables, textures and attributes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from citiverse_tiling.check.standard.documents import Schema
from citiverse_tiling.check.standard.schema import check_schema
from citiverse_tiling.check.standard.tables import check_table, check_values, number_fault
from citiverse_tiling.check.standard.values import NUMPY, WIDTHS, form_fault

if TYPE_CHECKING:
    import numpy.typing as npt

    from citiverse_tiling.check.standard.documents import ClassProperty, Overrides
    from citiverse_tiling.check.standard.gltf_document import (
        Primitive,
        PropertyAttribute,
        PropertyTexture,
        StructuralMetadata,
    )
    from citiverse_tiling.check.standard.gltf_reader import GltfReader

_COMPONENTS = {
    "INT8": 5120,
    "UINT8": 5121,
    "INT16": 5122,
    "UINT16": 5123,
    "FLOAT32": 5126,
}
_TEXTURED = {"INT8", "UINT8", "INT16", "UINT16", "INT32", "UINT32", "FLOAT32"}


def check_metadata(gltf: GltfReader) -> Schema | None:
    """Everything of the extension; the schema where there is a usable one."""
    extensions = gltf.document.extensions
    metadata = extensions.metadata if extensions else None
    if metadata is None:
        for at, _, primitive in _primitives(gltf):
            if primitive.extensions and primitive.extensions.metadata:
                gltf.bad(f"mesh {at}", "it has metadata, the file has none", "the extension")
        return None
    schema = _schema(gltf, metadata)
    if schema is None:
        return None
    before = len(gltf.reader.report.findings)
    check_schema(gltf.name, schema, gltf.reader.report)
    if len(gltf.reader.report.findings) > before:
        return None
    _check_tables(gltf, metadata, schema)
    for at, other, primitive in _primitives(gltf):
        own = primitive.extensions.metadata if primitive.extensions else None
        where = f"mesh {at}, primitive {other}"
        for number in (own.property_attributes if own else None) or []:
            if number >= len(metadata.property_attributes or []):
                gltf.bad(where, f"there is no property attribute {number}", "one of its own")
            else:
                attribute = (metadata.property_attributes or [])[number]
                _check_attribute(gltf, where, attribute, primitive, schema)
        for number in (own.property_textures if own else None) or []:
            if number >= len(metadata.property_textures or []):
                gltf.bad(where, f"there is no property texture {number}", "one of its own")
            else:
                texture = (metadata.property_textures or [])[number]
                _check_texcoords(gltf, where, texture, primitive)
    for number, texture in enumerate(metadata.property_textures or []):
        _check_texture(gltf, f"property texture {number}", texture, schema)
    return schema


def _primitives(gltf: GltfReader) -> list[tuple[int, int, Primitive]]:
    return [
        (at, other, primitive)
        for at, mesh in enumerate(gltf.document.meshes)
        for other, primitive in enumerate(mesh.primitives)
    ]


def _schema(gltf: GltfReader, metadata: StructuralMetadata) -> Schema | None:
    if (metadata.schema is None) == (metadata.schema_uri is None):
        gltf.bad("metadata", "it hasn't one of schema and schemaUri", "one of them")
        return None
    if metadata.schema_uri is None:
        return metadata.schema
    data = gltf.reader.read_uri(gltf.name, metadata.schema_uri)
    return None if data is None else gltf.reader.decode(metadata.schema_uri, data, Schema)


def _check_tables(gltf: GltfReader, metadata: StructuralMetadata, schema: Schema) -> None:
    tables = metadata.property_tables or []
    count = len(gltf.document.buffer_views)
    for number, table in enumerate(tables):
        where = f"{gltf.name}: property table {number}"
        if not check_table(where, table, count, schema, gltf.reader.report):
            continue
        used = {
            view
            for column in (table.properties or {}).values()
            for view in (column.values, column.string_offsets, column.array_offsets)
            if view is not None
        }
        data = {view: gltf.view(view) for view in used}
        if all(one is not None for one in data.values()):
            views = [data.get(view) or b"" for view in range(count)]
            check_values(where, table, views, schema, gltf.reader.report)


def _check_attribute(
    gltf: GltfReader, where: str, own: PropertyAttribute, primitive: Primitive, schema: Schema
) -> None:
    class_ = schema.classes.get(own.class_)
    if class_ is None:
        gltf.bad(where, f"the schema has no class {own.class_}", "a class of the schema")
        return
    for name, column in (own.properties or {}).items():
        property_ = (class_.properties or {}).get(name)
        number = primitive.attributes.get(column.attribute)
        if property_ is None:
            gltf.bad(where, f"{own.class_} has no property {name}", "a property of its class")
        elif number is None:
            gltf.bad(where, f"there is no attribute {column.attribute}", "one of its attributes")
        elif gltf.count(where, number) is not None:
            accessor = gltf.document.accessors[number]
            kind = _component(property_, schema)
            plain = not property_.array and property_.type not in ("STRING", "BOOLEAN")
            if not plain or _COMPONENTS.get(kind) != accessor.component_type:
                gltf.bad(where, f"{name} can't be an attribute of its kind", "the class's kind")
                continue
            stored = gltf.array(where, number)
            if stored is not None:
                _check_numbers(gltf, f"{where}, {name}", property_, column, stored, schema)


def _component(property_: ClassProperty, schema: Schema) -> str:
    if property_.type == "ENUM":
        enum = schema.enums.get(property_.enum_type or "")
        return enum.value_type if enum else ""
    return property_.component_type or ""


def _check_numbers(
    gltf: GltfReader,
    where: str,
    property_: ClassProperty,
    column: Overrides,
    numbers: npt.NDArray[np.generic],
    schema: Schema,
) -> None:
    if property_.type == "ENUM":
        allowed = [one.value for one in schema.enums[property_.enum_type or ""].values]
        if not np.isin(numbers, allowed).all():
            gltf.bad(where, "a value is none of its enum", f"{allowed}")
        return
    if property_.type not in WIDTHS:
        return
    for name in ("min", "max", "offset", "scale"):
        value = getattr(column, name)
        fault = value is not None and form_fault(property_, value, schema.enums, real=True)
        if fault:
            gltf.bad(where, f"{name}: {fault}", "a value of the property")
            return
    fault = number_fault(property_, column, numbers)
    if fault:
        gltf.bad(where, fault, "values as the class has them")


def _check_texcoords(
    gltf: GltfReader, where: str, own: PropertyTexture, primitive: Primitive
) -> None:
    for name, column in (own.properties or {}).items():
        if f"TEXCOORD_{column.tex_coord}" not in primitive.attributes:
            gltf.bad(where, f"{name} needs TEXCOORD_{column.tex_coord}", "texture coordinates")


def _check_texture(gltf: GltfReader, where: str, own: PropertyTexture, schema: Schema) -> None:
    class_ = schema.classes.get(own.class_)
    if class_ is None:
        gltf.bad(where, f"the schema has no class {own.class_}", "a class of the schema")
        return
    for name, column in (own.properties or {}).items():
        here = f"{where}, {name}"
        property_ = (class_.properties or {}).get(name)
        if property_ is None:
            gltf.bad(here, f"{own.class_} has no such property", "a property of its class")
            continue
        kind = _component(property_, schema)
        open_array = property_.array and property_.count is None
        if property_.type == "STRING" or open_array or (kind and kind not in _TEXTURED):
            gltf.bad(here, "it can't be in a texture", "numbers of at most 32 bits")
            continue
        pixels = gltf.pixels(here, column)
        if pixels is None:
            continue
        per = WIDTHS.get(property_.type, 1) * (property_.count or 1)
        size = np.dtype(NUMPY[kind]).itemsize * per if kind else 1
        if pixels.shape[1] != size:
            gltf.reader.report.odd(
                f"{gltf.name}: {here}", f"{pixels.shape[1]} channels, {size} bytes"
            )
        elif kind:
            numbers = np.ascontiguousarray(pixels).view(NUMPY[kind])
            _check_numbers(gltf, here, property_, column, numbers, schema)
