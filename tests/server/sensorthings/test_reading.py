"""How long spans are looked through."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from citiverse_server.observations.store import Span
from citiverse_server.overlays.model import EARLIEST_US
from citiverse_server.standards.sensorthings.bounds import ALWAYS, bounds
from citiverse_server.standards.sensorthings.parser import parse_expression
from citiverse_server.standards.sensorthings.reading import DAY_US, windows

LAST_US = 1_790_000_000_000_000
NOW_US = LAST_US + DAY_US
TIMES = st.integers(EARLIEST_US - DAY_US, LAST_US + DAY_US)


@given(TIMES, TIMES, st.booleans())
def test_windows_cover_a_span_without_a_gap_in_few_steps(
    begin: int, end: int, newest: bool
) -> None:
    pieces = list(windows(Span(begin, end), LAST_US, newest=newest))
    assert len(pieces) <= 6
    forward = pieces[::-1] if newest else pieces
    first, last = max(begin, EARLIEST_US), min(end, LAST_US + 1)
    if first >= last:
        assert forward == []
        return
    assert forward[0].begin_us == first
    assert forward[-1].end_us == last
    for one, other in pairwise(forward):
        assert one.end_us == other.begin_us


def test_the_newest_are_looked_for_in_the_last_day_first() -> None:
    assert next(windows(ALWAYS, LAST_US, newest=True)) == Span(LAST_US + 1 - DAY_US, LAST_US + 1)


def test_conditions_on_time_and_datastream_are_the_stores_and_the_catalogues() -> None:
    found = bounds(
        parse_expression(
            "phenomenonTime ge now() sub duration'P1D' and Datastream/name eq 'a' and"
            " (now() gt phenomenonTime and result gt 5) and (result lt 9 or phenomenonTime gt"
            " now())"
        ),
        NOW_US,
    )
    assert found.span == Span(NOW_US - DAY_US, NOW_US)
    assert (len(found.streams), len(found.rest)) == (1, 2)
    never = bounds(
        parse_expression("phenomenonTime gt 2020-01-02 and phenomenonTime lt 2020-01-01"), 0
    )
    assert never.span.begin_us >= never.span.end_us
    # What an instant can't be looked up by is looked at.
    for text in (
        "phenomenonTime ne now()",
        "not (phenomenonTime gt now())",
        "year(resultTime) eq 5",
    ):
        assert bounds(parse_expression(text), 0).span == ALWAYS
