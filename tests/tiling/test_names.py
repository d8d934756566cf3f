"""Names for URLs are short and plain, whatever the file is called."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from citiverse_tiling.names import slug


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Potsdam_LoD1", "potsdam-lod1"),
        ("  Über uns!  ", "ber-uns"),
        ("新宿", "scene"),
        ("a" * 99, "a" * 63),
    ],
)
def test_a_name(text: str, name: str) -> None:
    assert slug(text) == name


@given(st.text())
def test_every_name_keeps_the_contract(text: str) -> None:
    assert re.fullmatch("[a-z0-9][a-z0-9-]{0,62}", slug(text))
