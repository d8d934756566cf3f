"""Attributes become typed columns, by what they are over the whole data set."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pytest

from citiverse_tiling.check.glb import decode_glb
from citiverse_tiling.content.buffer import BufferBuilder
from citiverse_tiling.content.glb import Imprint, TileMesh, encode_glb
from citiverse_tiling.content.property_table import (
    CLASS,
    IDENTITY,
    NAME,
    NO_NUMBER,
    AttributeTypes,
    Column,
    add_property_table,
    attribute_properties,
)

if TYPE_CHECKING:
    from citiverse_tiling.model import AttributeValue

OBJECTS: list[dict[str, AttributeValue]] = [
    {"storeys": 3, "listed": True, "use": "school", "mixed": 1, "heated": True},
    {"storeys": 2.5, "listed": False, "mixed": "one", "Höhe": "12 m"},
]


def seen() -> AttributeTypes:
    types = AttributeTypes()
    for attributes in OBJECTS:
        types.see(attributes)
    return types


def test_a_column_has_the_type_that_fits_every_value() -> None:
    definitions = {name: p.definition for name, p in attribute_properties(seen()).items()}
    assert definitions["storeys"].type == "SCALAR"
    assert definitions["storeys"].component_type == "FLOAT64"
    assert definitions["storeys"].no_data == NO_NUMBER
    assert definitions["listed"].type == "BOOLEAN"
    assert definitions["use"].type == "STRING"
    assert definitions["mixed"].type == "STRING"
    assert definitions["heated"].type == "STRING", (
        "one object has none, and booleans have no noData"
    )


def test_ids_are_valid_and_free_and_keep_the_source_name() -> None:
    types = AttributeTypes()
    types.see({"Höhe": 1, "H_he": 2, "name": "x", "2nd": 3, "address.street": "y"})
    properties = attribute_properties(types)
    ids = {name: found.id for name, found in properties.items()}
    assert ids == {
        "2nd": "_2nd",
        "H_he": "H_he",
        "Höhe": "H_he_2",
        "address.street": "address_street",
        "name": "name_2",
    }
    assert properties["Höhe"].definition.name == "Höhe"
    assert properties["H_he"].definition.name is None


def test_columns_come_back_as_they_were() -> None:
    properties = attribute_properties(seen())
    columns = [
        Column(IDENTITY, ["t/1", "t/ö"]),
        Column(CLASS, ["Building", "BuildingPart"]),
        Column(NAME, ["", ""]),
        *(
            Column(found, [attributes.get(name) for attributes in OBJECTS])
            for name, found in properties.items()
        ),
    ]
    triangle = TileMesh(
        np.eye(3),
        np.full((3, 3), 73, np.int8),
        np.zeros(3, np.uint8),
        np.array([0, 1, 1]),
        np.array([[0, 1, 2]]),
    )
    found = decode_glb(encode_glb(triangle, columns, Imprint())).columns
    assert found == {
        "id": ["t/1", "t/ö"],
        "class": ["Building", "BuildingPart"],
        "name": ["", ""],
        "storeys": [3.0, 2.5],
        "listed": [True, False],
        "use": ["school", ""],
        "mixed": ["1", "one"],
        "heated": ["true", ""],
        "H_he": ["", "12 m"],
    }


def table_of(
    values: list[AttributeValue | None],
) -> tuple[dict[str, object], int, list[AttributeValue | None]]:
    """A column of numbers as a GLB has it: its definition, its bytes, and its values, read."""
    types = AttributeTypes()
    for value in values:
        types.see({} if value is None else {"n": value})
    found = attribute_properties(types)["n"]
    columns = [Column(IDENTITY, [f"t/{row}" for row in range(len(values))]), Column(found, values)]
    buffer = BufferBuilder(compress=True)
    metadata = add_property_table(columns, buffer)
    definition = metadata.schema.classes["CityObject"].properties["n"]
    stored = metadata.property_tables[0].properties.get("n")
    size = buffer.views[stored.values].byte_length if stored else 0
    triangle = TileMesh(
        np.eye(3), np.full((3, 3), 73, np.int8), np.zeros(3, np.uint8), None, np.array([[0, 1, 2]])
    )
    read = decode_glb(encode_glb(triangle, columns, Imprint())).columns["n"]
    return msgspec.to_builtins(definition), size, list(read)


@pytest.mark.parametrize(
    ("values", "kind", "size"),
    [
        ([1, 2, 3], "INT8", 3),
        ([1, None, -127], "INT8", 3),
        ([1, None, -128], "INT16", 6),
        ([0, 70_000], "INT32", 8),
        ([0.5, 2.25, None], "FLOAT32", 12),
        ([0.1, 2.25], "FLOAT64", 16),
        ([1e300, None], "FLOAT64", 16),
        ([2**40, 1], "FLOAT32", 8),
        ([2**53 - 1, 1], "FLOAT64", 16),
    ],
)
def test_numbers_take_the_bytes_they_need_and_come_back_exactly(
    values: list[AttributeValue | None], kind: str, size: int
) -> None:
    definition, found_size, read = table_of(values)
    assert (definition["componentType"], found_size) == (kind, size)
    assert read == values


@pytest.mark.parametrize(("values", "told"), [([7.5, 7.5], 7.5), ([12], 12)])
def test_what_all_have_alike_is_told_once(values: list[AttributeValue | None], told: float) -> None:
    definition, size, read = table_of(values)
    assert (definition["default"], size) == (told, 0)
    assert read == values
