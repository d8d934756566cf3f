"""Metadata schemas and entities: classes that make sense, and metadata that fit their class.

3D Metadata Specification 1.0, "Schemas"; semantics of the 3D Metadata Semantic Reference.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from citiverse_tiling.check.standard.values import (
    WIDTHS,
    form_fault,
    has_fraction,
    is_whole,
    range_fault,
    whole_range,
)

if TYPE_CHECKING:
    from citiverse_tiling.check.standard.documents import (
        ClassProperty,
        Entity,
        MetadataClass,
        MetadataEnum,
        Schema,
    )
    from citiverse_tiling.check.standard.report import Report

_FLOATS = ("FLOAT32", "FLOAT64")
# semantic → type, component types that it may have, length of the array (0: any; None: no array)
_SEMANTICS: dict[str, tuple[str, tuple[str, ...], int | None]] = {
    "ID": ("STRING", (), None),
    "NAME": ("STRING", (), None),
    "DESCRIPTION": ("STRING", (), None),
    "ATTRIBUTION_IDS": ("SCALAR", ("UINT8", "UINT16", "UINT32", "UINT64"), 0),
    "ATTRIBUTION_STRINGS": ("STRING", (), 0),
    "TILESET_FEATURE_ID_LABELS": ("STRING", (), 0),
    "TILESET_CRS_GEOCENTRIC": ("STRING", (), None),
    "TILESET_CRS_COORDINATE_EPOCH": ("STRING", (), None),
    "TILE_MINIMUM_HEIGHT": ("SCALAR", _FLOATS, None),
    "TILE_MAXIMUM_HEIGHT": ("SCALAR", _FLOATS, None),
    "TILE_HORIZON_OCCLUSION_POINT": ("VEC3", _FLOATS, None),
    "TILE_GEOMETRIC_ERROR": ("SCALAR", _FLOATS, None),
    "TILE_REFINE": ("SCALAR", ("UINT8",), None),
    "TILE_TRANSFORM": ("MAT4", _FLOATS, None),
    "CONTENT_URI": ("STRING", (), None),
    "CONTENT_GROUP_ID": ("SCALAR", ("UINT8", "UINT16", "UINT32", "UINT64"), None),
    **{
        f"{what}_{name}": form
        for what in ("TILE", "CONTENT")
        for name, form in (
            ("BOUNDING_BOX", ("SCALAR", _FLOATS, 12)),
            ("BOUNDING_REGION", ("SCALAR", ("FLOAT64",), 6)),
            ("BOUNDING_SPHERE", ("SCALAR", _FLOATS, 4)),
            ("BOUNDING_S2_CELL", ("SCALAR", ("UINT64",), None)),
            ("MINIMUM_HEIGHT", ("SCALAR", _FLOATS, None)),
            ("MAXIMUM_HEIGHT", ("SCALAR", _FLOATS, None)),
            ("HORIZON_OCCLUSION_POINT", ("VEC3", _FLOATS, None)),
        )
    },
}
_NUMERIC = ("offset", "scale", "max", "min")


def check_schema(where: str, schema: Schema, report: Report) -> None:
    """Rules between the parts of a schema; each part's own are in its type."""
    for name, enum in schema.enums.items():
        _check_enum(f"{where}: enum {name}", enum, report)
    for name, class_ in schema.classes.items():
        _check_class(f"{where}: class {name}", class_, schema, report)


def _check_enum(where: str, enum: MetadataEnum, report: Report) -> None:
    low, high = whole_range(enum.value_type)
    for kind, items in (
        ("name", [one.name for one in enum.values]),
        ("value", [one.value for one in enum.values]),
    ):
        if len(set(items)) != len(items):
            report.bad(where, f"a {kind} stands twice", "each once")
    if not all(low <= one.value <= high for one in enum.values):
        report.bad(where, "a value is out of range", enum.value_type)


def _check_class(where: str, class_: MetadataClass, schema: Schema, report: Report) -> None:
    semantics: set[str] = set()
    for name, property_ in (class_.properties or {}).items():
        here = f"{where}, property {name}"
        for problem, expected in _property_faults(property_, schema):
            report.bad(here, problem, expected)
        if property_.semantic is not None:
            if property_.semantic in semantics:
                report.bad(here, f"the semantic {property_.semantic} stands twice", "each once")
            semantics.add(property_.semantic)
            _check_semantic(here, property_, report)


def _property_faults(property_: ClassProperty, schema: Schema) -> list[tuple[str, str]]:
    """Problem and what was expected, of each rule that a property breaks."""
    numeric = property_.type in WIDTHS
    open_array = property_.array and property_.count is None
    enum = property_.type == "ENUM"
    used = {name for name in _NUMERIC if getattr(property_, name) is not None}
    rules = (
        (numeric and not property_.component_type, "it has no componentType", "one of numbers"),
        (not numeric and property_.component_type, "it has a componentType", "none without one"),
        (enum and property_.enum_type is None, "it has no enumType", "the id of an enum"),
        (not enum and property_.enum_type is not None, "it has an enumType", "none without ENUM"),
        (
            enum and property_.enum_type is not None and property_.enum_type not in schema.enums,
            f"the schema has no enum {property_.enum_type}",
            "an enum of the schema",
        ),
        (property_.count is not None and not property_.array, "count without array", "an array"),
        (
            property_.normalized and not (numeric and is_whole(property_)),
            "what can't be normalised is",
            "whole numbers",
        ),
        (not numeric and used, f"{', '.join(sorted(used))} of what is no number", "numbers"),
        (open_array and used, "min, max, offset or scale of an open array", "a fixed count"),
        (
            numeric and used & {"offset", "scale"} and not has_fraction(property_),
            "offset or scale of whole numbers",
            "floating point or normalised numbers",
        ),
        (
            property_.required and property_.no_data is not None,
            "required and yet with noData",
            "either",
        ),
        (
            property_.required and property_.default is not None,
            "required and yet with a default",
            "either",
        ),
        (
            property_.type == "BOOLEAN" and property_.no_data is not None,
            "noData of a BOOLEAN",
            "none",
        ),
    )
    faults = [(problem, expected) for broken, problem, expected in rules if broken]
    if faults:
        return faults
    for name in (*_NUMERIC, "no_data", "default"):
        value = getattr(property_, name)
        fault = value is not None and form_fault(
            property_, value, schema.enums, real=name in _NUMERIC
        )
        if fault:
            faults.append((f"{name}: {fault}", "a value of the property"))
    return faults


def _check_semantic(where: str, property_: ClassProperty, report: Report) -> None:
    semantic = property_.semantic or ""
    form = _SEMANTICS.get(semantic)
    if form is None:
        report.odd(where, f"the semantic {semantic} isn't one of the standard")
        return
    type_, components, count = form
    right = property_.type == type_ and property_.array == (count is not None)
    right &= not components or property_.component_type in components
    right &= not count or property_.count == count
    right &= not property_.normalized
    if not right:
        report.bad(where, f"it isn't of the form that {semantic} has", f"{type_} {components}")


def check_entity(where: str, entity: Entity, schema: Schema | None, report: Report) -> None:
    """Whether metadata fit their class: known properties, right values, what is required."""
    if schema is None:
        report.bad(where, "it has metadata, but there is no schema", "a schema")
        return
    class_ = schema.classes.get(entity.class_)
    if class_ is None:
        report.bad(where, f"the schema has no class {entity.class_}", "a class of the schema")
        return
    known = class_.properties or {}
    for name, property_ in known.items():
        value = entity.properties.get(name)
        if value is None:
            if property_.required and property_.default is None:
                report.bad(where, f"{name} is required and missing", "a value")
            continue
        if value == property_.no_data:
            continue
        fault = form_fault(property_, value, schema.enums) or range_fault(property_, value)
        if fault:
            report.bad(f"{where}, {name}", fault, "a value as the class has it")
    for name in sorted(set(entity.properties) - set(known)):
        report.bad(where, f"the class {entity.class_} has no property {name}", "known properties")
