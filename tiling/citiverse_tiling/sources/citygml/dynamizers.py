"""Dynamizers: attributes that change, and the sensors that they are read from (20-010, 7.6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from citiverse_tiling.report import DynamizerDescription
from citiverse_tiling.sources.citygml.names import HREF, id_of, line_of

if TYPE_CHECKING:
    from lxml.etree import _Element

DYNAMIZER = "Dynamizer"
_LONGEST_TEXT = 1_000


def read_dynamizer(element: _Element, around: str, file: str) -> DynamizerDescription:
    """What a dynamizer says; `around` is the id of the object that it stands in, "" for none."""
    base, datastream = _text(element, "baseURL"), _text(element, "datastreamID")
    location = element.find(".//{*}sensorLocation")
    href = location.get(HREF, "") if location is not None else ""
    return DynamizerDescription(
        id=id_of(element),
        file=file,
        line=line_of(element),
        target=around or href.removeprefix("#"),
        attribute=_text(element, "attributeRef"),
        observed_property=_text(element, "observationProperty"),
        uom=_text(element, "uom"),
        connection=_text(element, "connectionType"),
        url=f"{base.rstrip('/')}/Datastreams({datastream})" if base and datastream else base,
        sensor=_text(element, "sensorID"),
        begins=_text(element, "startTime"),
        ends=_text(element, "endTime"),
        values=sum(1 for _ in element.iter("{*}TimeValuePair")),
    )


def _text(element: _Element, name: str) -> str:
    """The text of the first element of that name below, "" where there is none."""
    return " ".join((element.findtext(f".//{{*}}{name}") or "").split())[:_LONGEST_TEXT]
