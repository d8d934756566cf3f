"""The document of the HTTP routes names them all, and what it points to is there."""

from __future__ import annotations

import json
import re

from citiverse_server import openapi
from citiverse_server.access import ROUTES

DOCUMENT = openapi.document()


def test_every_route_is_in_it_and_nothing_else() -> None:
    paths = json.loads(DOCUMENT)["paths"]
    assert set(paths) == {route.replace(":path", "") for route in ROUTES}
    assert set(openapi.OPERATIONS) | set(openapi.FORMS) | set(openapi.CHANGES) == set(ROUTES)


def test_parameters_of_a_path_are_those_in_its_braces() -> None:
    for path, item in json.loads(DOCUMENT)["paths"].items():
        named = [one["name"] for one in item["parameters"]]
        assert named == re.findall(r"{(\w+)}", path)


def test_every_reference_leads_to_a_schema() -> None:
    schemas = json.loads(DOCUMENT)["components"]["schemas"]
    pointed_at = set(re.findall(r'"#/components/schemas/(\w+)"', DOCUMENT.decode()))
    assert pointed_at == set(schemas)
    assert {"id", "class", "box", "attributes"} <= set(schemas["Feature"]["properties"])
