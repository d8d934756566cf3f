"""Query options, also those inside of `$expand`."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from citiverse_server.standards.sensorthings.expression import Binary, Literal, Order, Path
from citiverse_server.standards.sensorthings.options import (
    MAX_EXPAND_DEPTH,
    Expansion,
    Options,
    options_of,
    query_of,
)
from citiverse_server.standards.sensorthings.problems import QueryError
from server.sensorthings.refusals import status_of

FILTERS = st.sampled_from(
    [None, Binary("eq", Path(("name",)), Literal("a;b,(c)&d=e+f#'%")), Path(("x",))]
)
NUMBERS = st.integers(0, 999_999_999)
LINKS = ["Things", "Datastreams", "Observations"]


def options(inner: st.SearchStrategy[Options]) -> st.SearchStrategy[Options]:
    """Options that expand others."""
    expanded = st.lists(
        st.builds(Expansion, st.sampled_from(LINKS), inner),
        max_size=3,
        unique_by=lambda expansion: expansion.link,
    )
    return st.builds(
        Options,
        filter=FILTERS,
        orders=st.sampled_from(
            [(), (Order(Path(("name",)), descending=True), Order(Path(("a",))))]
        ),
        top=st.none() | NUMBERS,
        skip=NUMBERS,
        count=st.booleans(),
        select=st.sampled_from([(), ("name", "@iot.id")]),
        expand=expanded.map(tuple),
    )


@given(st.recursive(options(st.just(Options())), options, max_leaves=4))
def test_a_question_written_anew_is_the_same(asked: Options) -> None:
    if depth(asked) <= MAX_EXPAND_DEPTH:
        query = query_of(asked)
        assert options_of(urlsplit(f"http://host/?{query}").query) == asked


@given(st.text(alphabet="$expandtopfilter=()';,/& %+12", max_size=60))
def test_no_query_raises_anything_but_the_parsers_own_error(query: str) -> None:
    assert status_of(lambda: options_of(query)) in (200, 400, 501)


def test_paths_in_expand_meet_where_they_begin_alike() -> None:
    both = options_of("$expand=Datastreams/Sensor,Datastreams/ObservedProperty")
    nested = options_of("$expand=Datastreams($expand=Sensor,ObservedProperty)")
    assert both == nested


def test_options_that_dont_begin_with_a_dollar_are_nobodys_business() -> None:
    assert options_of("token=1&$top=5") == Options(top=5)


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("$top=-1", 400),
        ("$top=five", 400),
        ("$skip=1e3", 400),
        ("$count=yes", 400),
        ("$top=1&$top=2", 400),
        ("$select=,", 400),
        ("$expand=Things(", 400),
        ("$expand=Things($top=1),Things($top=2)", 400),
        ("$expand=Things($resultFormat=dataArray)", 501),
        ("$expand=" + "/".join(["Things"] * (MAX_EXPAND_DEPTH + 1)), 400),
        ("$expand=" + "Things($expand=" * 50 + "Things" + ")" * 50, 400),
        ("$expand=" + ",".join(f"L{number}" for number in range(40)), 400),
        ("$resultFormat=CSV", 501),
        ("$apply=aggregate(result)", 501),
        ("$skiptoken=anything", 400),
        ("&".join(["a=1"] * 40), 400),
        ("a" * 10_000, 400),
        ("$filter=%FF", 400),
    ],
)
def test_options_that_cant_be_used_are_refused(query: str, status: int) -> None:
    with pytest.raises(QueryError, match=r"\.$") as refused:
        options_of(query)
    assert refused.value.status == status


def depth(asked: Options) -> int:
    return 1 + max((depth(one.options) for one in asked.expand), default=-1)
