"""Resource paths."""

from __future__ import annotations

from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from citiverse_server.standards.sensorthings.address import Address, Step, address_of
from citiverse_server.standards.sensorthings.problems import QueryError
from citiverse_server.standards.sensorthings.vocabulary import BY_SET, Link
from server.sensorthings.refusals import status_of

THINGS = BY_SET["Things"]


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=20))
def test_any_key_finds_its_way_through_an_address(key: str) -> None:
    address = Address((Step(Link("Things", "Thing", True), THINGS, key),))
    assert address_of(unquote(address.path)) == address


@given(st.text(alphabet="Things(1)/'$refvaluen ", max_size=40))
def test_no_path_raises_anything_but_the_parsers_own_error(path: str) -> None:
    assert status_of(lambda: address_of(path)) in (200, 400, 404)


@pytest.mark.parametrize(
    ("path", "names", "inner", "ending"),
    [
        ("", [], (), ""),
        ("Things", ["Things"], (), ""),
        ("Things(1)/Datastreams('a/b')/Sensor", ["Things", "Datastreams", "Sensor"], (), ""),
        ("Datastreams(1)/unitOfMeasurement/name/$value", ["Datastreams"],
         ("unitOfMeasurement", "name"), "$value"),
        ("Datastreams(1)/Observations/$ref", ["Datastreams", "Observations"], (), "$ref"),
        ("Things(1)/@iot.id", ["Things"], ("@iot.id",), ""),
    ],
)  # fmt: skip
def test_a_path_leads_through_links_to_a_property_or_an_ending(
    path: str, names: list[str], inner: tuple[str, ...], ending: str
) -> None:
    address = address_of(path)
    assert [step.link.name for step in address.steps] == names
    assert (address.inner, address.ending) == (inner, ending)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("Nothing", 404),
        ("things", 404),
        ("Things/name", 404),
        ("Things/Datastreams", 404),
        ("Things(1)/Sensors", 404),
        ("Things(1)/name/$ref", 404),
        ("Things(1)/$value", 404),
        ("Datastreams(1)/Thing(1)", 404),
        ("Things(1)/properties(1)", 404),
        ("Things('1)", 400),
        ("Things(1))", 400),
        ("/".join(["Things(1)"] * 20), 400),
        ("Things(" + "1" * 3000 + ")", 400),
    ],
)
def test_paths_that_lead_nowhere_are_refused(path: str, status: int) -> None:
    with pytest.raises(QueryError, match=r"\.$") as refused:
        address_of(path)
    assert refused.value.status == status
