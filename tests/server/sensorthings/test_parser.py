"""`$filter` and `$orderby`: what is written is read, and nothing hostile gets through."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from citiverse_server.standards.sensorthings.expression import (
    PRECEDENCE,
    Binary,
    Call,
    Duration,
    Expression,
    Geography,
    Literal,
    Moment,
    Not,
    Order,
    Path,
    written,
)
from citiverse_server.standards.sensorthings.lexer import MAX_LENGTH, MAX_TOKENS
from citiverse_server.standards.sensorthings.parser import (
    MAX_DEPTH,
    parse_expression,
    parse_orders,
)
from citiverse_server.standards.sensorthings.problems import QueryError
from server.sensorthings.refusals import status_of

OPERATORS = [operator for level in PRECEDENCE for operator in level]
TIMES = st.integers(-60_000_000_000_000_000, 250_000_000_000_000_000)
NAMES = st.sampled_from(["result", "phenomenonTime", "Datastream", "@iot.id", "größe", "a_1"])
LEAVES: st.SearchStrategy[Expression] = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False).map(Literal),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=8).map(Literal),
    st.sampled_from([Literal(True), Literal(False), Literal(None)]),
    st.tuples(TIMES, TIMES).map(lambda pair: Moment(*sorted(pair))),
    TIMES.map(lambda us: Moment(us, us)),
    st.integers(-(10**15), 10**15).map(Duration),
    st.just(Geography("POINT (13.1 52.4)")),
    st.lists(NAMES, min_size=1, max_size=4).map(lambda steps: Path(tuple(steps))),
)


def larger(inner: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    """An expression of smaller ones."""
    return st.one_of(
        inner.map(Not),
        st.tuples(st.sampled_from(OPERATORS), inner, inner).map(lambda parts: Binary(*parts)),
        st.lists(inner, max_size=3).map(lambda some: Call("concat", tuple(some))),
    )


@given(st.recursive(LEAVES, larger, max_leaves=20))
def test_what_is_written_is_read_as_the_same_tree(expression: Expression) -> None:
    assert parse_expression(written(expression)) == expression


@given(st.text(alphabet="()'/, aeqnotd15.-:TZ$&;\u00e4\x00", max_size=60))
def test_no_text_raises_anything_but_the_parsers_own_error(text: str) -> None:
    assert status_of(lambda: parse_expression(text)) in (200, 400)
    assert status_of(lambda: parse_orders(text)) in (200, 400)


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("a or b and c", Binary("or", Path(("a",)), Binary("and", Path(("b",)), Path(("c",))))),
        ("a sub b sub c", Binary("sub", Binary("sub", Path(("a",)), Path(("b",))), Path(("c",)))),
        ("not a and b", Binary("and", Not(Path(("a",))), Path(("b",)))),
        ("name eq 'O''Neill'", Binary("eq", Path(("name",)), Literal("O'Neill"))),
        ("result gt -5", Binary("gt", Path(("result",)), Literal(-5.0))),
        ("Geo.Distance(location,geography'POINT (1 2)')",
         Call("geo.distance", (Path(("location",)), Geography("POINT (1 2)")))),
        ("1970-01-01T00:00:01.5Z", Moment(1_500_000, 1_500_000)),
        ("1970-01-02", Moment(86_400_000_000, 86_400_000_000)),
        ("1970-01-01T01:00:00 01:00", Moment(0, 0)),
        ("1970-01-01T00:00:00Z/1970-01-01T00:00:01Z", Moment(0, 1_000_000)),
        ("now() sub duration'P1DT2H3M4.5S'",
         Binary("sub", Call("now", ()), Duration(93_784_500_000))),
    ],
)  # fmt: skip
def test_expressions_are_read_as_odata_has_them(text: str, tree: Expression) -> None:
    assert parse_expression(text) == tree


def test_orders_have_a_direction_each() -> None:
    assert parse_orders("name DESC, Thing/name asc,length(name)") == (
        Order(Path(("name",)), descending=True),
        Order(Path(("Thing", "name"))),
        Order(Call("length", (Path(("name",)),))),
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a eq",
        "a b",
        "(a",
        "a)",
        "f(a,)",
        "a/5 eq 1",
        "'open",
        "2020-13-01T00:00:00Z",
        "duration'P'",
        "1e999",
        "1970-01-02T00:00:00Z/1970-01-01T00:00:00Z",
        "a/" * 20 + "a",
        "(" * (MAX_DEPTH + 1) + "a" + ")" * (MAX_DEPTH + 1),
        "not " * (MAX_DEPTH + 1) + "a",
        "f(" * (MAX_DEPTH + 1) + ")" * (MAX_DEPTH + 1),
        "a " * (MAX_TOKENS + 1),
        "'" + "a" * MAX_LENGTH + "'",
        "f(1,2,3,4,5)",
    ],
)
def test_what_cant_be_read_or_goes_too_far_is_refused_in_a_sentence(text: str) -> None:
    with pytest.raises(QueryError, match=r"\.$"):
        parse_expression(text)


def test_a_long_chain_is_as_deep_as_its_words_allow_and_no_deeper() -> None:
    chain = " and ".join(["a"] * (MAX_TOKENS // 2))
    assert written(parse_expression(chain)) == chain
