"""Things that records of a push or pull bring along: what they are called, and where they are."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from ..model import Thing
from ..pointers import pointer, resolve
from ..reading import Record
from .documents import text
from .entering import enter_thing
from .keys import key

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ..sensor_file import ThingsAt
    from .geometry import Position
    from .intake import Intake


def placed(intake: Intake, documents: Iterable[object]) -> Iterator[Record]:
    """Records, each after its thing has been entered in the registry."""
    source = intake.source
    for document in documents:
        if source.things is not None:
            _enter(intake, source.things, document)
        yield Record(source.name, document)


def _enter(intake: Intake, things: ThingsAt, document: object) -> None:
    said = resolve(document, pointer(things.key))
    is_name = isinstance(said, str | int | float) and not isinstance(said, bool)
    name = str(said) if is_name else ""
    # What is no name the mapping will refuse.
    if not 0 < len(name) <= 255:
        return
    source = intake.source
    defaults = source.thing_defaults
    own = key(source.name, name)
    known = intake.registry.thing(own)
    position = _position(things, document)
    if known is not None and (position is None or known.position is not None):
        return
    called = text(resolve(document, pointer(things.name))) if things.name else ""
    thing = Thing(
        key=own,
        name=called or text(name) or own,
        position=position,
        owner=defaults.owner,
        licence=defaults.licence,
        attribution=defaults.attribution,
        reality=defaults.reality,
    )
    enter_thing(intake, thing)


def _position(things: ThingsAt, document: object) -> Position | None:
    """None where nobody says, or where it is nowhere on Earth."""
    if not things.lon or not things.lat:
        return None
    lon, lat = (_degrees(resolve(document, pointer(one))) for one in (things.lon, things.lat))
    if not (abs(lon) <= 180 and abs(lat) <= 90):
        return None
    return lon, lat, math.nan


def _degrees(value: object) -> float:
    """Degrees, in a table as a text; NaN where they are none."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return math.nan
    try:
        return float(value)
    except (ValueError, OverflowError):
        return math.nan
