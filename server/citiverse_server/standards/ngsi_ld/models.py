"""Which Smart Data Model an observed property belongs to, and what its attribute is called there.

Names and IRIs are those of the Smart Data Models initiative (data models for Environment, Weather,
Transportation, Device and Building); what none of them names becomes an attribute of a Device.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from ...overlays.sources.smart_data_models import TYPES
from ...overlays.sources.unit_codes import COMMON_CODES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

AIR, NOISE, TRAFFIC, WEATHER, DEVICE, BUILDING = (
    "AirQualityObserved",
    "NoiseLevelObserved",
    "TrafficFlowObserved",
    "WeatherObserved",
    "Device",
    "Building",
)
NAMESPACE = "https://smartdatamodels.org/"
DOMAINS: Mapping[str, str] = {
    AIR: "dataModel.Environment/",
    NOISE: "dataModel.Environment/",
    TRAFFIC: "dataModel.Transportation/",
    WEATHER: "dataModel.Weather/",
    DEVICE: "dataModel.Device/",
    BUILDING: "dataModel.Building/",
}

# Air stations measure the weather, too; what measures nothing else is of the weather.
_PREFERRED = (NOISE, TRAFFIC, WEATHER, AIR)
_OTHER_WORDS = {
    "fine dust": "pm25",
    "nitrogen dioxide": "no2",
    "nitrogen monoxide": "no",
    "ozone": "o3",
    "sulphur dioxide": "so2",
    "carbon monoxide": "co",
    "carbon dioxide": "co2",
    "noise": "LAeq",
    "noise level": "LAeq",
    "traffic flow": "intensity",
    "vehicle count": "intensity",
    "average vehicle speed": "averageVehicleSpeed",
    "humidity": "relativeHumidity",
    "rain": "precipitation",
    "rainfall": "precipitation",
    "atmospheric pressure": "atmosphericPressure",
}
"""How else people call what the models observe."""


_NAME = re.compile(r"[a-z]\w{0,127}")
"""What is a name of an attribute as it is; other platforms write such ones."""


def _plain(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKC", text).casefold() if c.isalnum())


def _known() -> dict[str, str]:
    """What is observed, in plain letters, and the attribute that it is."""
    found = {_plain(words): name for words, name in _OTHER_WORDS.items()}
    for _, attributes in TYPES:
        for one in attributes:
            found[_plain(one.observed_property)] = found[_plain(one.name)] = one.name
    return found


_ATTRIBUTES = _known()
_OF_TYPE = {kind: frozenset(one.name for one in attributes) for kind, attributes in TYPES}
# Two units may share a code's name for people; the first in the table is the usual one.
_CODES = {unit.ucum: code for code, unit in reversed(COMMON_CODES.items()) if unit.ucum}


def attribute_of(observed_property: str) -> str:
    """The name of the attribute: that of a model, or the words joined: Water level → waterLevel."""
    known = _ATTRIBUTES.get(_plain(observed_property))
    if known is not None:
        return known
    if _NAME.fullmatch(observed_property):
        return observed_property
    words = re.findall(r"[^\W_]+", unicodedata.normalize("NFKC", observed_property))
    raised = "".join(word[:1].upper() + word[1:] for word in words)
    joined = raised[:1].lower() + raised[1:]
    return joined[:128] if joined[:1].isalpha() else f"value{joined[:120]}"


def type_of(observed_properties: Iterable[str]) -> str:
    """The model with most of the properties; of equals the one that stands first in `_PREFERRED`.

    Without any it is a Device.
    """
    names = [_ATTRIBUTES.get(_plain(one), "") for one in observed_properties]
    shares = {kind: sum(name in _OF_TYPE[kind] for name in names) for kind in _PREFERRED}
    best = max(_PREFERRED, key=lambda kind: shares[kind])
    return best if shares[best] else DEVICE


def unit_code(ucum: str) -> str:
    """The code of UN/CEFACT Recommendation 20 for a UCUM unit; "" where there is none here."""
    return _CODES.get(ucum, "")


def iri_of(name: str) -> str:
    """The IRI of a type or an attribute in the Smart Data Models; "" for what they don't name."""
    if name in DOMAINS:
        return NAMESPACE + DOMAINS[name] + name
    owner = next((kind for kind in _PREFERRED if name in _OF_TYPE[kind]), None)
    return "" if owner is None else NAMESPACE + DOMAINS[owner] + name
