"""The words of CityJSON for classes and surfaces, and what they are in the model."""

from __future__ import annotations

from citiverse_tiling.model import LAYER_OF_CLASS

EXTENSION = "+"
"""The first letter of every class and surface type that an extension defines."""

EXTENSION_CLASS = "GenericCityObject"
"""How objects of an extension's classes are shown: their own class becomes an attribute."""

GROUP = "CityObjectGroup"

_CLASSES = {"TransportSquare": "Square", "+GenericCityObject": "GenericCityObject"}
"""CityJSON's name, where it differs from CityGML's; 1.1 had only an extension for the second."""

_SURFACES = {"TransportationMarking": "Marking", "TransportationHole": "HoleSurface"}


def class_of(type_name: str) -> str | None:
    """The model's class of an object, None where objects of that class can't be shown."""
    name = _CLASSES.get(type_name, type_name)
    if name.startswith(EXTENSION):
        return EXTENSION_CLASS
    return name if name in LAYER_OF_CLASS else None


def surface_name(type_name: str) -> str:
    """CityGML's name of a semantic surface."""
    return _SURFACES.get(type_name, type_name)
