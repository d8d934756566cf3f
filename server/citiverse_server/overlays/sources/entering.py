"""Things and datastreams that a source brings itself, entered in the registry."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ..model import Rejected
from ..registry import RegistryError

if TYPE_CHECKING:
    from ..model import Datastream, Thing
    from .intake import Intake


def enter_thing(intake: Intake, thing: Thing) -> str | None:
    """The key by which the registry knows the thing; None, counted, where it takes no more.

    Where the operator's file has the thing by one of its other names, that one holds.
    """
    for name in thing.aliases:
        known = intake.registry.thing(name)
        if known is not None and known.key != thing.key:
            return known.key
    try:
        intake.registry.add_thing(thing)
    except RegistryError as error:
        _tell(intake, error)
        return None
    return thing.key


def enter_datastream(intake: Intake, datastream: Datastream, thing: str) -> bool:
    """Whether the registry knows the datastream now, in this unit; else it is counted why not.

    `thing` is the key that `enter_thing` gave.
    """
    datastream = replace(datastream, thing=thing)
    row = intake.registry.datastream(datastream.key)
    if row is not None:
        known = intake.registry.datastreams[row]
        if datastream.unit and known.unit and datastream.unit != known.unit:
            intake.reject(Rejected.WRONG_UNIT)
            return False
        if known.unit and not datastream.unit:
            datastream = replace(datastream, unit=known.unit, ucum=known.ucum)
    try:
        intake.registry.add_datastream(datastream, intake.source.name)
    except RegistryError as error:
        _tell(intake, error)
        return False
    return True


def _tell(intake: Intake, error: RegistryError) -> None:
    intake.reject(Rejected.TOO_MANY)
    intake.complain(str(error))
