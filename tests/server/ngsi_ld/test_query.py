"""The query language of NGSI-LD: what it means, and what strangers can't do with it."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from citiverse_server.standards.ngsi_ld.entity import Attribute, Entity
from citiverse_server.standards.ngsi_ld.pattern import MAX_TEXT, Pattern
from citiverse_server.standards.ngsi_ld.problems import Kind, NgsiError
from citiverse_server.standards.ngsi_ld.query import (
    MAX_DEPTH,
    MAX_LENGTH,
    MAX_TERMS,
    PATTERN_STEPS,
    All,
    Either,
    Has,
    Path,
    holds,
    parse,
    steps,
    terms,
)

NINE_US = 1_795_000_000_000_000
STATION = Entity(
    "urn:ngsi-ld:AirQualityObserved:crossing",
    "AirQualityObserved",
    {
        "name": Attribute("Property", "Market crossing"),
        "pm25": Attribute(
            "Property",
            12.5,
            observed_us=NINE_US,
            unit_code="GQ",
            parts=(("quality", Attribute("Property", ["stuck", "stale"])),),
        ),
        "open": Attribute("Property", True),
        "address": Attribute("Property", {"city": "Ellerhaven", "at": {"floor": 3}}),
        "dateObserved": Attribute(
            "Property", {"@type": "DateTime", "@value": "2026-11-18T11:06:40Z"}
        ),
        "refDevice": Attribute("Relationship", ["urn:ngsi-ld:Device:a", "urn:ngsi-ld:Device:b"]),
    },
)


@pytest.mark.parametrize(
    "text",
    [
        "pm25",
        "pm25==12.5",
        "pm25>12;pm25<13",
        "pm25==10..13",
        "pm25!=0..3",
        "pm25==1,12.5,40",
        "pm25>=12.5",
        "pm25<=1.25e1",
        'name=="Market crossing"',
        "name~=^Market.*ing$",
        'name~="cross"',
        "name!~=Square",
        "open==true",
        "open!=false",
        "address[city]==Ellerhaven",
        "address[at.floor]==3",
        "pm25.observedAt>=2026-11-18T11:06:40Z",
        "pm25.observedAt<2027-01-01T00:00:00+01:00",
        'pm25.observedAt=="2026-11-18T12:06:40+01:00"',
        "dateObserved>2026-01-01T00:00:00Z",
        "pm25.unitCode==GQ",
        "pm25.quality==stale",
        'pm25.quality=="stuck","gap"',
        "refDevice==urn:ngsi-ld:Device:b",
        'refDevice=="urn:ngsi-ld:Device:a"',
        "(pm25>50|name);(open==true)",
        "nothing|pm25",
        "((pm25>50|pm25<20);name)",
        "no2>1;nothing|open==true",
    ],
)
def test_it_holds(text: str) -> None:
    assert holds(parse(text), STATION)


@pytest.mark.parametrize(
    "text",
    [
        "no2",
        "pm25==12",
        "pm25!=12.5",
        "pm25!=10..13",
        'pm25=="12.5"',
        "pm25>name",
        "name>3",
        "open==1",
        "name~=^crossing",
        "pm25~=1",
        "address[street]==x",
        "address[city.name]==x",
        "pm25.observedAt>2026-11-18T11:06:40Z",
        "no2!=3",
        "refDevice==urn:ngsi-ld:Device:c",
        "refDevice>urn:ngsi-ld:Device:a",
        "pm25.quality==good",
        "(nothing|open==false)",
        "pm25;nothing",
    ],
)
def test_it_doesn_t_hold(text: str) -> None:
    assert not holds(parse(text), STATION)


def test_and_binds_closer_than_or() -> None:
    a, b, c = (Has(Path((name,))) for name in "abc")
    assert parse("a|b;c") == Either((a, All((b, c))))
    assert parse("(a|b);c") == All((Either((a, b)), c))


@pytest.mark.parametrize(
    "text",
    [
        "",
        ";",
        "pm25==",
        "pm25=12",
        "=3",
        "pm25>>3",
        "(pm25",
        "pm25)",
        "pm25;;no2",
        "pm25==1,",
        "pm25==1..",
        "1pm",
        "a[",
        "a[]",
        "a[b",
        "a.",
        'a=="b',
        'a=="\\x"',
        "a~=",
        "a~=(b)",
        "a~=[",
        "a b",
        "pm25==\x00(",
        '""',
    ],
)
def test_what_can_t_be_read_is_said_with_its_place(text: str) -> None:
    with pytest.raises(NgsiError) as caught:
        parse(text)
    assert caught.value.kind is Kind.BAD_REQUEST_DATA


def test_links_to_other_entities_aren_t_followed_and_that_is_said() -> None:
    with pytest.raises(NgsiError, match="follow links") as caught:
        parse("refDevice{name}==x")
    assert caught.value.kind is Kind.OPERATION_NOT_SUPPORTED


@pytest.mark.parametrize(
    "text",
    [
        "a" * (MAX_LENGTH + 1),
        ";".join(["a"] * (MAX_TERMS + 1)),
        "(" * (MAX_DEPTH + 1) + "a" + ")" * (MAX_DEPTH + 1),
        "(" * MAX_LENGTH,
        "a==" + ",".join(["1"] * 200),
    ],
)
def test_what_is_too_complex_is_refused(text: str) -> None:
    with pytest.raises(NgsiError) as caught:
        parse(text)
    assert caught.value.kind is Kind.TOO_COMPLEX_QUERY


@given(st.text(alphabet='ab1.=!~<>;|()[]{}",\\:- TZe+é\x00', max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        query = parse(text)
    except NgsiError:
        return
    assert 1 <= len(terms(query)) <= MAX_TERMS
    assert holds(query, STATION) in (True, False)


names = st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True)
numbers = st.floats(allow_nan=False, allow_infinity=False, width=32)


@given(names, numbers)
def test_numbers_are_the_numbers_that_were_written(name: str, number: float) -> None:
    written = Entity("x", "X", {name: Attribute("Property", number)})
    assert holds(parse(f"{name}=={number!r}"), written)
    assert not holds(parse(f"{name}!={number!r}"), written)
    assert holds(parse(f"{name}>={number!r};{name}<={number!r}"), written)


@given(names, st.text(max_size=20))
def test_quoted_texts_are_any_texts(name: str, text: str) -> None:
    import msgspec

    quoted = msgspec.json.encode(text).decode()
    written = Entity("x", "X", {name: Attribute("Property", text)})
    assert holds(parse(f"{name}=={quoted}"), written)


@pytest.mark.parametrize(
    "source", ["(a+)+$", "a*a*b", "(a|a)*", "a{1000}", "[a", "\\1", "a**", "a.*b.*c", "x" * 200]
)
def test_patterns_that_could_take_for_ever_are_refused(source: str) -> None:
    with pytest.raises(NgsiError):
        Pattern(source)


@pytest.mark.parametrize(
    ("source", "text", "found"),
    [
        (".*cross.*", "Market crossing", True),
        ("^Market", "Market crossing", True),
        ("^crossing$", "Market crossing", False),
        ("[A-M]ark.t", "Market crossing", True),
        ("urn:ngsi-ld:.*:cross", "urn:ngsi-ld:Device:crossing", True),
        ("a\\.b", "a.b", True),
        ("a\\.b", "axb", False),
        ("", "", True),
        (".*", "anything", True),
        (".*a.*b.*", "xaxxbx", True),
        ("b$", "ab", True),
    ],
)
def test_patterns_are_found_anywhere(source: str, text: str, found: bool) -> None:
    assert Pattern(source).found_in(text) is found


def test_the_worst_pattern_is_quick() -> None:
    worst = Pattern("a?a?a?a?a*b")
    begin = time.process_time()
    for _ in range(100):
        assert not worst.found_in("a" * MAX_TEXT)
    assert time.process_time() - begin < 2.0


@given(st.text(alphabet="ab.*+?[]^$\\(){}|-", max_size=20), st.text(alphabet="ab-]", max_size=20))
def test_any_pattern_is_used_or_refused(source: str, text: str) -> None:
    try:
        pattern = Pattern(source)
    except NgsiError:
        return
    assert pattern.found_in(text) in (True, False)


def test_a_pattern_is_more_to_ask_than_a_comparison() -> None:
    assert steps(parse("a==1;b>2|c")) == 3
    assert steps(parse('a~="x.*y";b>2')) == 1 + PATTERN_STEPS
