"""Attributes become typed columns, by what they are over the whole data set."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from citiverse_tiling.check.glb import decode_glb
from citiverse_tiling.content.glb import TileMesh, encode_glb
from citiverse_tiling.content.property_table import (
    CLASS,
    IDENTITY,
    NAME,
    NO_NUMBER,
    AttributeTypes,
    Column,
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
    found = decode_glb(encode_glb(triangle, columns, "")).columns
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
