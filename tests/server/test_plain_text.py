"""What people write becomes plain text: nothing hidden in it, nothing lost that is seen."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from citiverse_server.plain_text import plain, plain_line

# Any character, and often those that do harm.
TRICKS = st.text(
    st.one_of(st.characters(), st.sampled_from("\r\n\t \u202e\u2067\x00e\u0301\u200d"))
)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("  A bench here, please. ", "A bench here, please."),
        ("Scho\u0308ne Tu\u0308r!\r\nBitte.", "Sch\u00f6ne T\u00fcr!\nBitte."),
        ("one\n\n \n\n\ntwo", "one\n\ntwo"),
        ("a\tb\x00c\x1bd", "a bcd"),
        ("safe\u202egpj.exe", "safegpj.exe"),
        ("\u2067right\u2069 \u200eleft\u200f", "right left"),
        ("e\u202e\u0301", "\u00e9"),
        ("<script>alert(1)</script> & <b>", "<script>alert(1)</script> & <b>"),
        ("\U0001f469\u200d\U0001f33e", "\U0001f469\u200d\U0001f33e"),
        ("\u200d \u3164\u2800 \u0301", ""),
        ("", ""),
    ],
)
def test_what_is_written_and_what_is_read(written: str, read: str) -> None:
    assert plain(written) == read


def test_a_line_is_one_line() -> None:
    assert plain_line(" Quiet\n\n  Heron\u2028\t! ") == "Quiet Heron !"


@given(TRICKS)
def test_what_is_plain_stays_as_it_is(text: str) -> None:
    assert plain(plain(text)) == plain(text)
    assert plain_line(plain_line(text)) == plain_line(text)


@given(TRICKS)
def test_nothing_in_it_controls_or_turns(text: str) -> None:
    cleaned = plain(text)
    assert unicodedata.is_normalized("NFC", cleaned)
    kinds = {unicodedata.bidirectional(character) for character in cleaned}
    assert not kinds & {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
    assert {c for c in cleaned if unicodedata.category(c) in ("Cc", "Cs")} <= {"\n"}
    cleaned.encode()
