"""What people write, made plain: names and comments are text and nothing else, for everyone.

Normalised (NFC, Unicode Standard Annex 15), without control characters and without marks that turn
the writing direction (Unicode Standard Annex 9), by which a text could look like another.
"""

from __future__ import annotations

import re
import unicodedata

# Control characters but for the line feed; directional marks, embeddings, overrides and isolates;
# deprecated format characters; annotations; the byte order mark; what UTF-8 can't hold.
_REMOVED = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff]"
)
_LINE_END = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_BLANK_LINES = re.compile(r"\n\s*\n")
# Marks, format characters and fillers that draw nothing by themselves.
_UNSEEN = ("C", "M", "Z")
_FILLERS = frozenset("\u115f\u1160\u3164\uffa0\u2800")


def plain(text: str) -> str:
    """Text of several lines: at most one blank line in a row, none at the ends.

    Empty where nothing of it can be seen.
    """
    lines = _LINE_END.sub("\n", text).replace("\t", " ")
    cleaned = unicodedata.normalize("NFC", _REMOVED.sub("", lines))
    cleaned = _BLANK_LINES.sub("\n\n", cleaned).strip()
    return cleaned if any(map(_is_seen, cleaned)) else ""


def plain_line(text: str) -> str:
    """The same in one line, with single spaces."""
    return " ".join(plain(text).split())


def _is_seen(character: str) -> bool:
    return character not in _FILLERS and unicodedata.category(character)[0] not in _UNSEEN
