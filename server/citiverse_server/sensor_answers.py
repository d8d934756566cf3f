"""Which sensors there are in a scene, where, and what they say now: `/scenes/{scene}/sensors`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from .answers import BadQuestionError, as_json, box_of, problem
from .errors import SceneError
from .operation import Operation, Query
from .overlays.instants import rfc3339
from .overlays.words import doubts, in_words, is_stale
from .protocol import Vector
from .quality.report import of_row

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from starlette.datastructures import QueryParams
    from starlette.requests import Request
    from starlette.responses import Response

    from .features import Box
    from .hub import Hub
    from .overlays.binding import Binding
    from .overlays.model import Thing
    from .overlays.registry import Registry
    from .sensors import Sensors

DEFAULT_LIMIT = 100
MAX_LIMIT = 1000


class Rejections(Struct, frozen=True):
    """How many messages were left out, and when and why the last one was."""

    count: int
    time: str
    reason: str


class LatestValue(Struct, frozen=True):
    """The latest value at its phenomenon time (RFC 3339); `doubts` is what speaks against it."""

    value: float
    time: str
    arrival: str
    stale: bool
    quality: int
    doubts: list[str]


class DatastreamEntry(Struct, frozen=True):
    """One datastream; `says` is its latest in words, `report` how it did in the last day."""

    key: str
    name: str
    observed_property: str
    definition: str
    unit: str
    ucum: str
    range: tuple[float, float] | None
    period_s: float
    stale_after_s: float
    source: str
    observations: int
    latest: LatestValue | None
    rejected: Rejections | None
    says: str
    report: list[str]


class LatestFix(Struct, frozen=True):
    """Where a moving thing was last: degrees, metres above the ellipsoid, degrees from north, m/s;
    null where nobody says.
    """

    time: str
    lon: float
    lat: float
    height: float
    heading: float
    speed: float


class ThingEntry(Struct, frozen=True):
    """One thing, where it stands (metres in the scene frame), and who answers for it."""

    key: str
    name: str
    description: str
    aliases: tuple[str, ...]
    owner: str
    status: str
    public_key: str
    licence: str
    attribution: str
    reality: str
    moving: bool
    features: tuple[str, ...]
    position: Vector | None
    fix: LatestFix | None
    datastreams: list[DatastreamEntry]


class ThingList(Struct, frozen=True):
    """An answer; `more` says that the limit left some out."""

    things: list[ThingEntry]
    more: bool


@dataclass(frozen=True, slots=True)
class SensorQuery:
    """All parts given must hold; `after` is the key of the last thing of the page before."""

    feature: str | None = None
    key: str | None = None
    bbox: Box | None = None
    after: str | None = None
    limit: int = DEFAULT_LIMIT


SENSORS = Operation(
    "Things in a scene with their datastreams and what they say now",
    ThingList,
    query=(
        Query(
            "feature",
            "Those on this CityObject, by its identity, also that of a former delivery.",
            {"type": "string"},
        ),
        Query(
            "key",
            "The one with this key or alias, or with a datastream of this key.",
            {"type": "string"},
        ),
        Query(
            "bbox",
            "min x, min y, max x, max y in metres in the scene frame, with commas.",
            {"type": "string"},
        ),
        Query("after", "The key of the last thing of the page before.", {"type": "string"}),
        Query(
            "limit",
            "How many at most.",
            {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT},
        ),
    ),
    problems=(400, 404),
)


class SensorEndpoint:
    """Answers from memory: no database is asked."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    async def things(self, request: Request) -> Response:
        """Things by feature, key or place."""
        try:
            query = sensor_query(request.query_params)
            scene = await self._hub.enter(request.path_params["scene"])
        except BadQuestionError as error:
            return problem(400, str(error))
        except SceneError:
            return problem(500, "This scene can't be opened any more.")
        if scene is None:
            return problem(404, "This server has no such scene.")
        found = things_in(self._hub.sensors, scene.name, query, self._hub.now().micros)
        return as_json(request, msgspec.json.encode(found))


def sensor_query(parameters: QueryParams) -> SensorQuery:
    """Reads the question; raises `BadQuestionError`."""
    limit = parameters.get("limit", str(DEFAULT_LIMIT))
    if not (re.fullmatch("[0-9]{1,4}", limit) and 1 <= int(limit) <= MAX_LIMIT):
        raise BadQuestionError(f"limit must be a number from 1 to {MAX_LIMIT}.")
    bbox = parameters.get("bbox")
    return SensorQuery(
        feature=parameters.get("feature"),
        key=parameters.get("key"),
        bbox=None if bbox is None else box_of(bbox),
        after=parameters.get("after"),
        limit=int(limit),
    )


def things_in(sensors: Sensors, scene: str, query: SensorQuery, now_us: int) -> ThingList:
    """Those of a scene that meet all conditions, in the order they came to be known."""
    binding = sensors.registry.binding(scene)
    if binding is None:
        return ThingList([], more=False)
    chosen = _chosen(sensors, binding, scene, query)
    if query.after is not None:
        # What came before the last one, and that one, were on the pages before.
        for thing in chosen:
            if thing.key == query.after:
                break
    # One more than is wanted tells that there are more.
    found = list(islice(chosen, query.limit + 1))
    entries = [_entry(sensors, thing, binding, now_us) for thing in found[: query.limit]]
    return ThingList(entries, len(found) > query.limit)


def _chosen(sensors: Sensors, binding: Binding, scene: str, query: SensorQuery) -> Iterator[Thing]:
    registry = sensors.registry
    things: Iterable[Thing] = registry.things.values()
    if query.feature is not None:
        things = registry.of_feature(scene, query.feature)
    if query.key is not None:
        named = _named(registry, query.key)
        things = [thing for thing in (things if query.feature else named) if thing in named]
    for thing in things:
        if thing.key not in binding:
            continue
        if query.bbox is None or _is_in(binding.standing(thing.key).position, query.bbox):
            yield thing


def _named(registry: Registry, name: str) -> tuple[Thing, ...]:
    """The thing of this key or alias, or of the datastream of this key."""
    thing, row = registry.thing(name), registry.datastream(name)
    if thing is None and row is not None:
        thing = registry.thing(registry.datastreams[row].thing)
    return () if thing is None else (thing,)


def _is_in(position: Vector | None, box: Box) -> bool:
    if position is None:
        return False
    x, y, _ = position
    return box[0] <= x <= box[2] and box[1] <= y <= box[3]


def _entry(sensors: Sensors, thing: Thing, binding: Binding, now_us: int) -> ThingEntry:
    standing = binding.standing(thing.key)
    rows = sensors.registry.datastreams_of(thing.key)
    return ThingEntry(
        key=thing.key,
        name=thing.name,
        description=thing.description,
        aliases=thing.aliases,
        owner=thing.owner,
        status=thing.status,
        public_key=thing.public_key,
        licence=thing.licence,
        attribution=thing.attribution,
        reality=thing.reality,
        moving=thing.moving,
        features=standing.features,
        position=standing.position,
        fix=_fix(sensors, thing),
        datastreams=[_datastream(sensors, row, now_us) for row in rows],
    )


def _fix(sensors: Sensors, thing: Thing) -> LatestFix | None:
    fix = sensors.fixes.of(thing.key)
    if fix is None:
        return None
    return LatestFix(rfc3339(fix.time_us), fix.lon, fix.lat, fix.height, fix.heading, fix.speed)


def _datastream(sensors: Sensors, row: int, now_us: int) -> DatastreamEntry:
    datastream, now = sensors.registry.datastreams[row], sensors.ledger.at(row)
    rejected = latest = None
    if now.reason is not None and now.refused_us is not None:
        rejected = Rejections(now.refused, rfc3339(now.refused_us), now.reason.value)
    if now.time_us is not None and now.arrival_us is not None:
        latest = LatestValue(
            value=now.value,
            time=rfc3339(now.time_us),
            arrival=rfc3339(now.arrival_us),
            stale=is_stale(datastream, now, now_us),
            quality=now.quality,
            doubts=doubts(now.quality),
        )
    judge = sensors.judge
    report = () if judge is None else of_row(judge, row, datastream, now_us).sentences
    return DatastreamEntry(
        key=datastream.key,
        name=datastream.name,
        observed_property=datastream.observed_property,
        definition=datastream.definition,
        unit=datastream.unit,
        ucum=datastream.ucum,
        range=datastream.range,
        period_s=datastream.period_s,
        stale_after_s=datastream.stale_after_s,
        source=sensors.registry.source_of(row),
        observations=now.count,
        latest=latest,
        rejected=rejected,
        says=in_words(datastream, now, now_us),
        report=list(report),
    )
