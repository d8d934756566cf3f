"""Everyone in a scene can be told apart by her name, and no name can do harm."""

from __future__ import annotations

import unicodedata
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from citiverse_server.errors import Refusal, RequestRefused
from citiverse_server.people import names


@pytest.mark.parametrize(
    ("wish", "name"),
    [
        ("  Anna ", "Anna"),
        ("Ju\u0308rgen", "Jürgen"),
        ("An\u202ena\u2066", "Anna"),
        ("Anna\nMüller", "Anna Müller"),
        ("x" * 40, "x" * 40),
    ],
)
def test_a_wish_is_made_plain(wish: str, name: str) -> None:
    assert names.cleaned(wish) == name


@pytest.mark.parametrize("wish", ["", "   ", "\u202e\u0007", "\u200b", "x" * 41])
def test_what_is_no_name_is_refused(wish: str) -> None:
    with pytest.raises(RequestRefused) as caught:
        names.cleaned(wish)
    assert caught.value.code is Refusal.BAD_NAME


@given(st.text(max_size=256))
def test_a_name_has_one_line_of_1_to_40_visible_characters(wish: str) -> None:
    try:
        name = names.cleaned(wish)
    except RequestRefused:
        return
    assert 1 <= len(name) <= names.MAX_LENGTH
    assert name == name.strip() == unicodedata.normalize("NFC", name)
    assert not {unicodedata.category(char) for char in name} & {"Cc", "Cs", "Zl", "Zp"}
    assert not {unicodedata.bidirectional(char) for char in name} & {"RLO", "LRO", "RLE", "LRE"}


def test_given_names_differ_even_when_all_are_taken() -> None:
    taken: set[str] = set()
    random = Random(1)
    combinations = len(names.ADJECTIVES) * len(names.ANIMALS)
    for _ in range(combinations + 200):
        name = names.friendly(random, taken.__contains__)
        assert name not in taken
        assert len(name) <= names.MAX_LENGTH
        taken.add(name)


def test_a_number_tells_two_of_one_name_apart_and_never_makes_it_too_long() -> None:
    taken = {"Anna", "Anna 2", "x" * 40}
    assert names.distinct("Anna", taken.__contains__) == "Anna 3"
    assert names.distinct("x" * 40, taken.__contains__) == "x" * 38 + " 2"
    assert names.distinct("Ben", taken.__contains__) == "Ben"
