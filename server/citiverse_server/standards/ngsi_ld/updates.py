"""What others write: entities in batches (5.6.8), and attributes of one entity (5.6.2).

Who writes has the token of a source of kind ngsi-ld (`token_env` in the sensor file), and writes
what that source brings: things that come by it, and what is observed there. Numbers are taken as
observations and go the way of all readings; place, name and licence belong to the thing. All else
isn't kept, and is named in the answer.
"""

from __future__ import annotations

import asyncio
import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec
from starlette.responses import Response

from ...overlays.instants import rfc3339
from ...overlays.model import Rejected
from ...overlays.reading import Observed
from ...overlays.sources.entering import enter_datastream, enter_thing
from ...overlays.sources.ngsi_entities import TIMES, understood
from ...overlays.sources.zones import zone_of
from .answering import answer, body_of, names_in, speech_of
from .problems import Kind, NgsiError, bad
from .selection import options

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from starlette.requests import Request

    from ...overlays.sources.intake import Intake
    from .city import City
    from .directory import Entry
    from .entity import Json

MAX_ENTITIES = 1_000
MAX_ATTRIBUTES = 256
AT_ONCE = 64
"""So many entities are taken before others have their turn."""

ABOUT_THE_THING = frozenset(
    {
        "location",
        "name",
        "description",
        "address",
        "areaServed",
        "license",
        "dataProvider",
        "source",
        "laneId",
        *TIMES,
    }
)
_REASONS = {
    Rejected.NO_VALUE: "it is no number, and only numbers are kept",
    Rejected.BAD_TIME: "its time can't be read",
    Rejected.TOO_MANY: "there are too many things or datastreams already",
    Rejected.WRONG_UNIT: "its unit is another than before",
}
_Body = dict[str, object]


@dataclass(frozen=True, slots=True)
class Written:
    """What was taken of one entity, and of each other attribute why it wasn't."""

    taken: tuple[str, ...]
    refused: Mapping[str, str]


class Updates:
    """One method for each route that writes."""

    def __init__(self, city: City) -> None:
        self._city = city
        self._batch = msgspec.json.Decoder(list[_Body])
        self._one = msgspec.json.Decoder(_Body)

    async def upsert(self, request: Request) -> Response:
        """Entities made, or brought up to date: 201, 204, or 207 where some weren't taken."""
        speech = speech_of(request)
        intake = writer(self._city, request)
        if options(request.query_params) - {"update", "replace"}:
            raise bad("options is update or replace; either way, what isn't named stays.")
        entities = await body_of(request, self._batch)
        if not 0 < len(entities) <= MAX_ENTITIES:
            raise bad(f"A batch has 1 to {MAX_ENTITIES} entities.")
        before = (await self._city.directory()).by_id
        success: list[str] = []
        errors: list[Json] = []
        for number, entity in enumerate(entities, 1):
            identity = str(entity.get("id", ""))
            try:
                written = self._write(intake, named(request, entity))
            except NgsiError as error:
                errors.append(_error(identity, error))
                continue
            success.append(identity)
            if written.refused:
                errors.append(_error(identity, bad(_said(written.refused))))
            if number % AT_ONCE == 0:
                await asyncio.sleep(0)
        await intake.stored()
        if errors:
            return answer(speech, {"success": success, "errors": errors}, 207)
        made = [identity for identity in success if identity not in before]
        return answer(speech, made, 201) if made else Response(status_code=204)

    async def attributes(self, request: Request) -> Response:
        """Attributes of one entity: 204, or 207 where some weren't taken."""
        speech = speech_of(request)
        intake = writer(self._city, request)
        directory = await self._city.directory()
        entry = directory.by_id.get(request.path_params["entity"])
        if entry is None:
            raise NgsiError(Kind.RESOURCE_NOT_FOUND, "There is no entity with this id.")
        self._check_owned(intake, entry)
        attributes = await body_of(request, self._one)
        if attributes.get("id", entry.id) != entry.id:
            raise bad("The id in the body is another than that of the address.")
        body = named(request, {**attributes, "id": entry.id, "type": entry.type})
        written = self._write(intake, body)
        await intake.stored()
        if not written.refused:
            return Response(status_code=204)
        failed: list[Json] = [
            {"attributeName": name, "reason": reason} for name, reason in written.refused.items()
        ]
        return answer(speech, {"updated": list(written.taken), "notUpdated": failed}, 207)

    def _check_owned(self, intake: Intake, entry: Entry) -> None:
        registry = self._city.registry
        sources = {registry.source_of(row) for row in entry.measured.values()}
        if entry.bears or sources != {intake.source.name}:
            raise NgsiError(Kind.NOT_ALLOWED, "This entity comes by another source.")

    def _write(self, intake: Intake, entity: Mapping[str, object]) -> Written:
        """Takes an entity; its terms are names already. Raises `NgsiError`."""
        if len(entity) > MAX_ATTRIBUTES:
            raise NgsiError(Kind.TOO_LARGE, f"An entity has at most {MAX_ATTRIBUTES} attributes.")
        about = {name: said for name, said in entity.items() if name in ABOUT_THE_THING}
        about |= {name: entity.get(name) for name in ("id", "type")}
        if not any(name in about for name in TIMES):
            about["modifiedAt"] = rfc3339(intake.now_us())
        rest = {name: said for name, said in entity.items() if name not in about}
        rest.pop("@context", None)
        thing = self._thing(intake, about)
        taken, refused = [], {}
        for name, said in rest.items():
            reason = self._observe(intake, {**about, name: said}, thing)
            if reason is None:
                taken.append(name)
            else:
                refused[name] = reason
        return Written(tuple(taken), refused)

    def _thing(self, intake: Intake, about: Mapping[str, object]) -> str:
        found = understood(about, intake.source, zone_of(intake.source))
        if found is None:
            raise NgsiError(Kind.NOT_ALLOWED, "This source doesn't bring entities of this type.")
        if isinstance(found, Rejected):
            raise bad("An entity has an id and a type.")
        thing = enter_thing(intake, found.thing)
        if thing is None:
            raise NgsiError(Kind.TOO_MANY_RESULTS, "There are too many things already.")
        return thing

    def _observe(self, intake: Intake, entity: Mapping[str, object], thing: str) -> str | None:
        """Takes the one attribute of an entity, or says why it can't."""
        found = understood(entity, intake.source, zone_of(intake.source))
        values = () if found is None or isinstance(found, Rejected) else found.values
        if not values:
            return "it is nothing that is observed here"
        value = values[0]
        if isinstance(value, Rejected):
            intake.reject(value)
            return _REASONS.get(value, "it can't be used")
        if not enter_datastream(intake, value.datastream, thing):
            return "its unit is another than before, or there are too many already"
        observed = Observed(value.datastream.key, value.value, value.time_us)
        self._city.receive(observed, intake.source.name)
        return None


def writer(city: City, request: Request) -> Intake:
    """The source whose token a request has; raises `NgsiError`."""
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    if kind.lower() == "bearer" and token.strip():
        for intake in city.intakes:
            known = intake.token
            if known is not None and _same(token.strip(), known):
                return intake
    raise NgsiError(
        Kind.NOT_ALLOWED, "Only who has the token of a source of kind ngsi-ld may do this."
    )


def named(request: Request, body: Mapping[str, object]) -> dict[str, object]:
    """An entity of a request with the names that are used here; raises `NgsiError`."""
    names = names_in(request, body)
    found: dict[str, object] = {}
    for term, said in body.items():
        if term != "@context":
            found[term if term in ("id", "type") else names.of(term)] = said
    kind = body.get("type")
    if isinstance(kind, str):
        found["type"] = names.of(kind)
    return found


def _same(here: str, there: str) -> bool:
    return hmac.compare_digest(here.encode(), there.encode())


def _error(identity: str, error: NgsiError) -> Json:
    problem = error.problem
    return {
        "entityId": identity[:1024],
        "error": {
            "type": problem.type,
            "title": problem.title,
            "status": problem.status,
            "detail": problem.detail,
        },
    }


def _said(refused: Mapping[str, str]) -> str:
    told: Iterable[str] = (f"{name[:64]}: {reason}" for name, reason in refused.items())
    return f"Not taken: {'; '.join(told)}."
