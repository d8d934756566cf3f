"""What people write, made plain: nothing in it can hide, reorder or break what others read."""

from __future__ import annotations

import unicodedata

# Controls, marks that turn the writing direction and other invisible formatting, half characters,
# and separators that break a line.
_UNWANTED = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
# Emoji and several scripts are written with these two (ZERO WIDTH NON-JOINER and JOINER).
_JOINERS = "\u200c\u200d"


def clean(text: str, keep: str = "") -> str:
    """`text` in NFC (Unicode Annex 15) without control and direction marks, but those of `keep`.

    Runs of blanks become one space; blanks at the ends are gone.
    """
    lines = "".join(_kept(char, keep + _JOINERS) for char in unicodedata.normalize("NFC", text))
    words = "\n".join(" ".join(line.split()) for line in lines.split("\n"))
    return words.strip().strip(_JOINERS).strip()


def _kept(char: str, keep: str) -> str:
    if char in keep:
        return char
    return " " if char.isspace() else "" if unicodedata.category(char) in _UNWANTED else char
