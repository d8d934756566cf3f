"""Topics with wildcards, and the thing that a topic names."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from citiverse_server.overlays.topics import TopicTree, problem_of, subscription


def tree(*filters: str) -> TopicTree[str]:
    result: TopicTree[str] = TopicTree()
    for one in filters:
        result.put(one, one)
    return result


@pytest.mark.parametrize(
    ("filters", "topic", "found"),
    [
        (["a/b"], "a/b", [("a/b", "")]),
        (["a/b"], "a/c", []),
        (["a/+"], "a/c", [("a/+", "")]),
        (["a/+"], "a/b/c", []),
        (["a/#"], "a", [("a/#", "")]),
        (["a/#"], "a/b/c", [("a/#", "")]),
        (["#", "+/b"], "a/b", [("#", ""), ("+/b", "")]),
        (["#", "+/b", "{thing}/b"], "$SYS/b", []),
        (["$SYS/b"], "$SYS/b", [("$SYS/b", "")]),
        (["city/{thing}/air"], "city/mast/air", [("city/{thing}/air", "mast")]),
        (["city/{thing}/air"], "city//air", []),
        (["{thing}/#"], "mast/a/b", [("{thing}/#", "mast")]),
        (["a/+"], "a/+", [("a/+", "")]),
    ],
)
def test_a_topic_finds_the_filters_that_match_it(
    filters: list[str], topic: str, found: list[tuple[str, str]]
) -> None:
    assert tree(*filters).find(topic) == found


def test_a_broker_is_asked_without_names() -> None:
    assert subscription("city/{thing}/air") == "city/+/air"
    assert subscription("city/#") == "city/#"


@pytest.mark.parametrize("topic", ["", "a/#/b", "a#", "a/b+", "x{thing}", "{thing}/{thing}"])
def test_what_is_no_topic_is_told(topic: str) -> None:
    assert problem_of(topic) is not None


@given(st.text(alphabet="ab/+#{thing}$", max_size=80))
def test_no_topic_does_harm(topic: str) -> None:
    for value, thing in tree("a/+", "{thing}/#", "#").find(topic):
        assert value
        assert "/" not in thing
