"""What terms mean, without asking any other host."""

from __future__ import annotations

import pytest

from citiverse_server.standards.ngsi_ld import context
from citiverse_server.standards.ngsi_ld.context import CORE, Names, linked, names_of
from citiverse_server.standards.ngsi_ld.problems import Kind, NgsiError

SMART = "https://raw.githubusercontent.com/smart-data-models/dataModel.Environment/master/context.jsonld"
HEADER = '<{}>; rel="http://www.w3.org/ns/json-ld#context"; type="application/ld+json"'


@pytest.mark.parametrize(
    "term",
    [
        "AirQualityObserved",
        "https://uri.etsi.org/ngsi-ld/default-context/AirQualityObserved",
        "https://smartdatamodels.org/dataModel.Environment/AirQualityObserved",
        "https://uri.fiware.org/ns/data-models#AirQualityObserved",
    ],
)
def test_a_name_is_the_same_in_every_vocabulary_that_is_known(term: str) -> None:
    assert Names().of(term) == "AirQualityObserved"


def test_a_foreign_name_stays_foreign() -> None:
    assert Names().of("https://example.org/pm25") == "https://example.org/pm25"


@pytest.mark.parametrize("address", [CORE, SMART, "http://city.example:8000" + context.PATH])
def test_known_contexts_are_taken(address: str) -> None:
    assert linked([HEADER.format(address)]) == address
    names_of([address])


@pytest.mark.parametrize(
    "address",
    [
        "https://example.org/context.jsonld",
        "http://169.254.169.254/latest/meta-data",
        "file:///etc/passwd",
        "https://smartdatamodels.org.example.org/context.jsonld",
        "https://uri.etsi.org.evil.example/ngsi-ld/v1/ngsi-ld-core-context.jsonld",
    ],
)
def test_others_are_never_fetched(address: str) -> None:
    with pytest.raises(NgsiError) as caught:
        linked([HEADER.format(address)])
    assert caught.value.kind is Kind.CONTEXT_NOT_AVAILABLE
    with pytest.raises(NgsiError):
        names_of([CORE, address])


def test_other_links_are_no_contexts() -> None:
    assert linked(['<https://example.org>; rel="next"', ""]) is None


def test_two_contexts_in_a_header_are_one_too_many() -> None:
    with pytest.raises(NgsiError, match="one @context"):
        linked([f"{HEADER.format(CORE)}, {HEADER.format(SMART)}"])


def test_a_request_may_have_terms_of_its_own() -> None:
    own = {
        "dust": "https://smartdatamodels.org/dataModel.Environment/pm25",
        "noise": {"@id": "https://uri.etsi.org/ngsi-ld/default-context/LAeq"},
        "sdm": "https://smartdatamodels.org/dataModel.Weather/",
        "wind": "sdm:windSpeed",
    }
    names = names_of([CORE, own])
    found = [names.of(term) for term in ("dust", "noise", "wind", "sdm:temperature", "no2")]
    assert found == ["pm25", "LAeq", "windSpeed", "temperature", "no2"]


@pytest.mark.parametrize(
    "body", [3, [3], [[CORE]], [CORE] * 17, [{f"t{n}": "x" for n in range(1001)}]]
)
def test_what_is_no_context_is_refused(body: object) -> None:
    with pytest.raises(NgsiError):
        names_of(body)


def test_our_own_document_names_what_it_is_asked_for() -> None:
    terms = context.document(["pm25", "waterLevel"], ["Device"])["@context"]
    assert isinstance(terms, dict)
    assert terms["pm25"] == "https://smartdatamodels.org/dataModel.Environment/pm25"
    assert terms["waterLevel"] == context.DEFAULT + "waterLevel"
    assert terms["Device"] == "https://smartdatamodels.org/dataModel.Device/Device"
