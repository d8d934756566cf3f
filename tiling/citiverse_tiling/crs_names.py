"""How files name their CRS: codes in all spellings, the AdV's own names, and bare names."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

# What files write where a code belongs. Keys are compared without case, blanks and underscores.
NAMES = {
    "ch1903": "EPSG:21781",
    "ch1903/lv03": "EPSG:21781",
    "lv03": "EPSG:21781",
    "ch1903+": "EPSG:2056",
    "ch1903+/lv95": "EPSG:2056",
    "lv95": "EPSG:2056",
    "rdnew": "EPSG:28992",
    "amersfoort/rdnew": "EPSG:28992",
    "wgs84": "EPSG:4979",
    "crs84": "OGC:CRS84h",
    "crs84h": "OGC:CRS84h",
}

# Working Committee of the Surveying Authorities of Germany (AdV), GeoInfoDok, CRS short names.
ADV_HORIZONTAL = {
    "ETRS89_UTM31": 25831,
    "ETRS89_UTM32": 25832,
    "ETRS89_UTM33": 25833,
    "ETRS89_LAT-LON": 4258,
    "DE_DHDN_3GK2": 31466,
    "DE_DHDN_3GK3": 31467,
    "DE_DHDN_3GK4": 31468,
    "DE_DHDN_3GK5": 31469,
}
ADV_VERTICAL = {
    "DE_DHHN2016_NH": 7837,
    "DE_DHHN92_NH": 5783,
    "DE_DHHN85_NOH": 5784,
    "DE_DHHN12_NOH": 7699,
    "DE_SNN76_NOH": 5785,
}

_EPSG_CODE = re.compile(r"epsg(?:\.xml#|[:/](?:[\d.]*[:/])?)(\d{3,6})(?:\+(\d{3,6}))?(?!\d)", re.I)
_CRS84 = re.compile(r"\bcrs84h?$", re.I)
_ADV = re.compile(r"^urn:adv:crs:(.+)$", re.I)


def bare(name: str) -> str:
    """A name as it is looked for: without case, blanks and underscores."""
    return re.sub(r"[\s_]", "", name.lower())


def parse_name(name: str, names: Mapping[str, str]) -> str | None:
    """What a file writes → the canonical key, None where it is no known way of naming a CRS.

    `names` are the user's, bare, and come first.
    """
    name = names.get(bare(name), name).strip()
    codes = [code for pair in _EPSG_CODE.findall(name) for code in pair if code]
    if len(codes) in (1, 2):
        return "EPSG:" + "+".join(codes)
    if _CRS84.search(name):
        return NAMES["crs84h"]
    if adv := _ADV.match(name):
        return _parse_adv(adv[1])
    return NAMES.get(bare(name))


def _parse_adv(name: str) -> str | None:
    # "DE_DHN92_NH" for "DE_DHHN92_NH" is a typo that is in real deliveries.
    parts = [re.sub(r"^DE_DH+N(?=\d)", "DE_DHHN", part) for part in name.upper().split("*")]
    horizontal = ADV_HORIZONTAL.get(parts[0])
    if horizontal is None:
        return None
    vertical = next((ADV_VERTICAL[part] for part in parts[1:] if part in ADV_VERTICAL), None)
    return f"EPSG:{horizontal}" + (f"+{vertical}" if vertical else "")
