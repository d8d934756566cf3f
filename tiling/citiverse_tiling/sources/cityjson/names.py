"""The words of CityJSON for classes and surfaces, and what they are in the model."""

from __future__ import annotations

EXTENSION = "+"
"""The first letter of every class and surface type that an extension defines."""

GROUP = "CityObjectGroup"

_CLASSES = {"TransportSquare": "Square"}
"""CityJSON's name, where it differs from CityGML's."""

_SURFACES = {"TransportationMarking": "Marking", "TransportationHole": "HoleSurface"}


def class_of(type_name: str) -> str:
    """The model's class of an object; an extension's keeps its name."""
    return _CLASSES.get(type_name, type_name.removeprefix(EXTENSION))


def surface_name(type_name: str) -> str:
    """CityGML's name of a semantic surface."""
    return _SURFACES.get(type_name, type_name)
