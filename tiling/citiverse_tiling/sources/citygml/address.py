"""xAL addresses (OASIS CIQ xAL 2.0 in CityGML 1.0 and 2.0, xAL 3.0 in CityGML 3.0) as one line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from citiverse_tiling.sources.citygml.names import local_name

if TYPE_CHECKING:
    from lxml.etree import _Element

# (element around it, element with the text) → part of the address. "NameElement" and "Number"
# are xAL 3.0.
_FIELDS = {
    ("Thoroughfare", "ThoroughfareName"): "street",
    ("Thoroughfare", "NameElement"): "street",
    ("Thoroughfare", "ThoroughfareNumber"): "number",
    ("ThoroughfareNumberFrom", "ThoroughfareNumber"): "number",
    ("Thoroughfare", "Number"): "number",
    ("PostalCode", "PostalCodeNumber"): "post code",
    ("PostCode", "Identifier"): "post code",
    ("Locality", "LocalityName"): "place",
    ("Locality", "NameElement"): "place",
    ("AdministrativeArea", "AdministrativeAreaName"): "area",
    ("AdministrativeArea", "NameElement"): "area",
    ("Country", "CountryName"): "country",
    ("Country", "NameElement"): "country",
    ("FreeTextAddress", "AddressLine"): "line",
    ("AddressDetails", "Address"): "line",
}


def readable_address(element: _Element) -> str:
    """One line for a person, such as "Spöcker Straße 4711, 76344 Eggenstein, Germany".

    `element` is an address property; "" where it holds no words. The first of several is taken.
    """
    fields: dict[str, str] = {}
    for node in element.iter("{*}*"):
        text = (node.text or "").strip()
        if text and (around := node.getparent()) is not None:
            field = _FIELDS.get((local_name(around.tag), local_name(node.tag)))
            if field:
                fields.setdefault(field, text)
    town = (fields.get("post code"), fields.get("place") or fields.get("area"))
    parts = (
        fields.get("line"),
        " ".join(filter(None, (fields.get("street"), fields.get("number")))),
        " ".join(filter(None, town)),
        fields.get("country"),
    )
    return ", ".join(filter(None, parts))
