"""The HTTP routes as an OpenAPI 3.1 document, so that other programs can find their way.

Its paths are those of the role × action table; a route without an operation here can't be served.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING

import msgspec

from . import access
from .answers import Problem, SceneList
from .changes import ChangeList
from .consultation import listing
from .consultation.listing import CommentList
from .consultation.posting import FORM_TYPE
from .features import DEFAULT_LIMIT, MAX_LIMIT, MAX_QUERY_LENGTH, FeatureList
from .observations.operations import OBSERVATIONS, PLAYBACK
from .observations.shapes import ObservationSeries, ObservationSteps
from .operation import Operation, Query
from .proposals.model import ProposalList, Publication, Shown
from .sensor_answers import SENSORS, ThingList
from .standards.sensorthings.operations import RESOURCE, SERVICE

if TYPE_CHECKING:
    from msgspec import Struct

JSON = "application/json"
HTML = "text/html"
ANSWERS: tuple[type[Struct], ...] = (
    SceneList,
    FeatureList,
    ChangeList,
    CommentList,
    ThingList,
    Problem,
    ProposalList,
    Shown,
    Publication,
    ObservationSeries,
    ObservationSteps,
)


FEATURES = Operation(
    "CityObjects that meet all of the conditions given",
    FeatureList,
    query=(
        Query("id", "The identity, dataset/source id.", {"type": "string"}),
        Query(
            "q",
            "Words of the identity, name or address; the last may be unfinished.",
            {"type": "string", "maxLength": MAX_QUERY_LENGTH},
        ),
        Query(
            "bbox",
            "min x, min y, max x, max y in metres in the scene frame, with commas.",
            {"type": "string"},
        ),
        Query(
            "limit",
            "How many at most.",
            {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT},
        ),
    ),
    problems=(400, 404, 503),
)

COMMENTS = Operation(
    "Comments that aren't hidden, by time or by place",
    CommentList,
    query=(
        Query(
            "order",
            "time: the newest first; place: from north to south.",
            {"type": "string", "enum": ["time", "place"], "default": "time"},
        ),
        Query(
            "limit",
            "How many at most.",
            {
                "type": "integer",
                "minimum": 1,
                "maximum": listing.MAX_LIMIT,
                "default": listing.DEFAULT_LIMIT,
            },
        ),
        Query("after", "The id of the last comment of the page before.", {"type": "integer"}),
        Query(
            "variant",
            "Only of this variant; empty: of the scene as it is. Left out: of all.",
            {"type": "string"},
        ),
    ),
    problems=(400, 404),
)


@dataclass(frozen=True, slots=True)
class Form:
    """What POST takes: the fields of a form of our own page; `needed` are those it can't miss."""

    summary: str
    needed: tuple[str, ...]
    optional: tuple[str, ...]


PROPOSAL = "/scenes/{scene}/proposals/{proposal}"

OPERATIONS: dict[str, Operation] = {
    "/scenes/{scene}/proposals": Operation(
        "What hosts are placing; with a host's invitation as bearer token",
        ProposalList,
        problems=(403, 404),
    ),
    PROPOSAL: Operation(
        "One of them, as soon as it has changed",
        Shown,
        query=(Query("after", "The version that is known.", {"type": "integer"}),),
        problems=(403, 404),
    ),
    f"{PROPOSAL}/preview.glb": Operation("How it looks", "model/gltf-binary", problems=(403, 404)),
    "/": Operation("The web client", "text/html"),
    "/s/{scene}": Operation("The web client in a scene", "text/html"),
    "/{path:path}": Operation("Files of the web client", "application/octet-stream"),
    "/scenes": Operation("All scenes of this server", SceneList),
    "/scenes/{scene}/scene.json": Operation("The manifest of a scene", JSON, problems=(404,)),
    "/scenes/{scene}/tileset.json": Operation("The scene as 3D Tiles 1.1", JSON),
    "/scenes/{scene}/buildings.json": Operation(
        "Storeys and rooms of the buildings of a scene", JSON, problems=(404,)
    ),
    "/scenes/{scene}/tiles/{path:path}": Operation("Tilesets and tiles", "model/gltf-binary"),
    "/scenes/{scene}/foreign/{path:path}": Operation(
        "Tilesets and tiles of layers that others made", "application/octet-stream"
    ),
    "/scenes/{scene}/variants/{path:path}": Operation(
        "Tilesets and tiles of variants", "model/gltf-binary"
    ),
    "/scenes/{scene}/features": FEATURES,
    "/scenes/{scene}/changes": Operation(
        "What each variant adds, hides and restyles", ChangeList, problems=(404, 503)
    ),
    "/s/{scene}/changes": Operation("The same as a plain page", "text/html"),
    "/scenes/{scene}/sensors": SENSORS,
    "/scenes/{scene}/observations": OBSERVATIONS,
    "/scenes/{scene}/playback": PLAYBACK,
    "/scenes/{scene}/comments": COMMENTS,
    "/s/{scene}/comments": Operation("The comments as a plain page", "text/html"),
    "/sta/v1.1": SERVICE,
    "/sta/v1.1/{path:path}": RESOURCE,
    "/ngsi-ld/v1/{path:path}": Operation(
        "A subset of NGSI-LD: entities, types, entities over time, subscriptions",
        "application/ld+json",
        problems=(400, 403, 404),
    ),
    "/wot": Operation(
        "All things as WoT Thing Descriptions 1.1, in pages",
        "application/ld+json",
        query=(
            Query("offset", "How many to pass by.", {"type": "integer", "minimum": 0}),
            Query("limit", "How many at most.", {"type": "integer", "minimum": 1, "maximum": 200}),
        ),
        problems=(400,),
    ),
    "/wot/{path:path}": Operation(
        "A thing, all its properties, or one of them", "application/td+json", problems=(404,)
    ),
    "/healthz": Operation("The process answers", "text/plain"),
    "/readyz": Operation("New visitors are welcome", "text/plain"),
    "/metrics": Operation("Counters for Prometheus", "text/plain"),
    "/openapi.json": Operation("This document", JSON),
    "/ws": Operation("The stream: a WebSocket that speaks citiverse.v1", None, status=101),
}

FORMS: dict[str, Form] = {
    "/s/{scene}/comments": Form(
        "Adds a comment", ("key", "feature", "text"), ("name", "invite", "q")
    ),
    "/s/{scene}/comments/hide": Form(
        "Hides a comment, or shows it again", ("comment", "hidden", "invite"), ("reason",)
    ),
}


@dataclass(frozen=True, slots=True)
class Change:
    """What a host changes: a method, what it takes (a media type or the type of JSON, or None), the
    status, and what is answered.
    """

    method: str
    summary: str
    takes: str | type[Struct] | None
    status: int
    answer: type[Struct] | None = Shown
    query: tuple[Query, ...] = ()


FILE = (Query("file", "The name of the file.", {"type": "string"}),)
BYTES = "application/octet-stream"
CHANGES: dict[str, tuple[Change, ...]] = {
    "/sta/v1.1/{path:path}": (
        Change("post", "Creates Observations; with a source's credential", JSON, 201, None),
    ),
    "/scenes/{scene}/proposals": (Change("post", "Takes a new file", BYTES, 201, query=FILE),),
    PROPOSAL: (Change("delete", "Removes it, and its variant", None, 204, None),),
    f"{PROPOSAL}/file": (Change("put", "Takes a revised file", BYTES, 200, query=FILE),),
    f"{PROPOSAL}/placement": (Change("put", "Says where it is to stand", JSON, 200),),
    f"{PROPOSAL}/variant": (
        Change("put", "Publishes it", Publication, 202),
        Change("delete", "Takes the variant back", None, 200),
    ),
    f"{PROPOSAL}/work": (Change("delete", "Stops what is being done", None, 200),),
    "/sensors/{source}": (Change("post", "Takes readings of a source", JSON, 204, None),),
}


def document() -> bytes:
    """The document as JSON; raises `KeyError` for a route that has no operation."""
    _, schemas = msgspec.json.schema_components(ANSWERS, ref_template="#/components/schemas/{name}")
    return msgspec.json.encode(
        {
            "openapi": "3.1.0",
            "info": {"title": "CitiVerse", "version": version("citiverse")},
            "paths": {_template(route): _path(route) for route in access.ROUTES},
            "components": {"schemas": schemas},
        }
    )


def _template(route: str) -> str:
    """A route of ours as OpenAPI writes it: a name alone in the braces."""
    return re.sub(r"\{(\w+):\w+\}", r"{\1}", route)


def _path(route: str) -> dict[str, object]:
    item: dict[str, object] = {
        "parameters": [
            {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
            for name in re.findall(r"\{(\w+)", route)
        ]
    }
    if route in FORMS:
        item["post"] = _post(FORMS[route])
    for change in CHANGES.get(route, ()):
        item[change.method] = _change(change)
    if route in OPERATIONS or not (route in FORMS or route in CHANGES):
        item["get"] = _get(OPERATIONS[route])
    return item


def _get(operation: Operation) -> dict[str, object]:
    problem = {"description": "What is wrong, in a sentence", "content": _content(Problem)}
    done: dict[str, object] = {"description": operation.summary}
    if operation.body is not None:
        done["content"] = _contents(operation.body, *operation.others)
    return {
        "summary": operation.summary,
        "parameters": _in_query(operation.query),
        "responses": {
            str(operation.status): done,
            **{str(status): problem for status in operation.problems},
        },
    }


def _post(form: Form) -> dict[str, object]:
    text = {"type": "string"}
    fields = dict.fromkeys(form.needed + form.optional, text)
    schema = {"type": "object", "properties": fields, "required": form.needed}
    page = {"description": "The page with a sentence about what is wrong", "content": {HTML: {}}}
    return {
        "summary": form.summary,
        "requestBody": {"required": True, "content": {FORM_TYPE: {"schema": schema}}},
        "responses": {"303": {"description": "Done; the list"}, "default": page},
    }


def _change(change: Change) -> dict[str, object]:
    problem = {"description": "What is wrong, in a sentence", "content": _content(Problem)}
    done: dict[str, object] = {"description": change.summary}
    if change.answer is not None:
        done["content"] = _content(change.answer)
    body = {} if change.takes is None else {"requestBody": {"content": _content(change.takes)}}
    return {
        "summary": change.summary,
        "parameters": _in_query(change.query),
        **body,
        "responses": {str(change.status): done, "default": problem},
    }


def _in_query(query: tuple[Query, ...]) -> list[dict[str, object]]:
    return [
        {"name": one.name, "in": "query", "description": one.description, "schema": one.schema}
        for one in query
    ]


def _contents(*bodies: str | type[Struct]) -> dict[str, object]:
    """Several kinds of answers; those in JSON under one name."""
    kinds = [body for body in bodies if not isinstance(body, str)]
    if len(kinds) < 2:
        return {name: what for body in bodies for name, what in _content(body).items()}
    schemas = [{"$ref": f"#/components/schemas/{kind.__name__}"} for kind in kinds]
    others: dict[str, object] = {body: {} for body in bodies if isinstance(body, str)}
    return {JSON: {"schema": {"oneOf": schemas}}, **others}


def _content(body: str | type[Struct]) -> dict[str, object]:
    if isinstance(body, str):
        return {body: {}}
    return {JSON: {"schema": {"$ref": f"#/components/schemas/{body.__name__}"}}}
