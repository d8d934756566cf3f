"""How the service is told to other programs (OpenAPI 3.1)."""

from __future__ import annotations

from ...operation import Operation, Query

_TEXT: dict[str, object] = {"type": "string"}
_NUMBER: dict[str, object] = {"type": "integer", "minimum": 0}

SERVICE = Operation(
    "A subset of OGC SensorThings API 1.1: its sets, and which requirements are met",
    "application/json",
    problems=(404,),
)

RESOURCE = Operation(
    "A set, an entity, a property or links, by an OGC SensorThings 1.1 resource path",
    "application/json",
    query=(
        Query("$filter", "A condition, as in OData 4.0.", _TEXT),
        Query("$expand", "Links to be followed, with options in brackets.", _TEXT),
        Query("$select", "Names of properties and links, with commas.", _TEXT),
        Query("$orderby", "Expressions, each perhaps with asc or desc.", _TEXT),
        Query("$top", "How many at most; 100 where it is left out, never more than 1000.", _NUMBER),
        Query("$skip", "How many to pass by.", _NUMBER),
        Query("$count", "Whether all are to be counted.", {"type": "boolean", "default": False}),
        Query(
            "$resultFormat",
            "Observations as tables.",
            {"type": "string", "enum": ["dataArray"]},
        ),
    ),
    problems=(400, 404, 500, 501),
    others=("text/plain",),
)
