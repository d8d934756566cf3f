"""Attributes and addresses of a city object, flattened as those of CityGML are.

- `{"roof": {"type": "gable"}}` is `roof.type`; a list's second value is `usage.2`, of a list of
  objects `owner.2.name`.
- A member that is null says nothing.
- Whole numbers beyond 2⁵³, which a double can't hold, become text.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from citiverse_tiling.sources.attributes import MAX_DEPTH, Attributes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_LARGEST = 2**53

_ALSO = {"surfaceMaterial": ("surfacematerial", "bgt_fysiekvoorkomen")}
"""What the Dutch register of large-scale topography (BGT, as 3dfier writes it) calls the same."""

_STREET = ("ThoroughfareName", "thoroughfareName", "street", "Street")
_NUMBER = ("ThoroughfareNumber", "thoroughfareNumber", "number", "HouseNumber", "houseNumber")
_POST_CODE = ("PostalCode", "Postcode", "PostCode", "postalCode", "postcode", "ZipCode")
_PLACE = ("LocalityName", "Locality", "locality", "City", "city")
_COUNTRY = ("CountryName", "Country", "country")


def flatten(value: Any, name: str, attributes: Attributes, depth: int = 0) -> None:
    """Put one value, of any JSON type, under `name`."""
    if value is None:
        return
    if depth >= MAX_DEPTH:
        attributes.unkept += 1
    elif isinstance(value, dict):
        for key, item in value.items():
            flatten(item, f"{name}.{key}" if name else str(key), attributes, depth + 1)
    elif isinstance(value, list):
        for number, item in enumerate(value, 1):
            nested = isinstance(item, (dict, list))
            own = f"{name}.{number}" if nested and number > 1 else name
            flatten(item, own, attributes, depth + 1)
    elif (isinstance(value, float) and not math.isfinite(value)) or (
        isinstance(value, int) and abs(value) >= _LARGEST
    ):
        attributes.put(name, str(value))
    elif isinstance(value, (str, int, float)):
        attributes.put(name, value)


def read_addresses(value: Any, attributes: Attributes) -> str:
    """A member `address` of 1.0 (one object) or since 1.1 (a list) → a line for people.

    Its parts become attributes under `address`; where it is on the map doesn't.
    """
    lines = []
    addresses = value if isinstance(value, list) else [value]
    for number, address in enumerate(addresses, 1):
        if not isinstance(address, dict):
            continue
        parts = {key: item for key, item in address.items() if key != "location"}
        flatten(parts, "address" if number == 1 else f"address.{number}", attributes)
        lines.append(_readable(parts))
    return "; ".join(filter(None, lines))


def _readable(parts: Mapping[str, Any]) -> str:
    """One line, such as "Spöcker Straße 4711, 76344 Eggenstein, Germany"."""
    street = (_first(parts, _STREET), _first(parts, _NUMBER))
    town = (_first(parts, _POST_CODE), _first(parts, _PLACE))
    told = (" ".join(filter(None, street)), " ".join(filter(None, town)), _first(parts, _COUNTRY))
    return ", ".join(filter(None, told))


def _first(parts: Mapping[str, Any], names: tuple[str, ...]) -> str:
    for name in names:
        value = parts.get(name)
        if isinstance(value, (str, int)) and str(value).strip():
            return " ".join(str(value).split())
    return ""


def said_by(given: Mapping[str, Any]) -> Callable[[str], str]:
    """Tells an attribute, or the first of its values, as text, "" where there is none."""

    def says(name: str) -> str:
        value = given.get(name)
        for other in _ALSO.get(name, ()):
            value = given.get(other) if value is None else value
        value = value[0] if isinstance(value, list) and value else value
        return str(value).strip() if isinstance(value, (str, int, float)) else ""

    return says
