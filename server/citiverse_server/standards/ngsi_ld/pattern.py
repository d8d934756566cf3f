"""Regular expressions that strangers send (4.9, `~=`; `idPattern`), without what takes for ever.

A subset of IEEE 1003.2: characters, `.`, `[…]`, `\\`, the anchors `^` and `$`, and one of `*` and
`+` beside a `.*` at either end. No groups, no alternatives: time grows at most with the square of
a text's length, and texts are cut.
"""

from __future__ import annotations

import re

from .problems import bad

MAX_LENGTH = 128
MAX_TEXT = 256
MAX_OPTIONAL = 4

_PIECE = re.compile(
    r"(?P<one>\\[^\w\s]|\\[dDwWsS]|\[\^?\]?[^\]\\\[]*\]|[^\\\[\](){}|*+?^$])(?P<many>[*+?]?)"
)


class Pattern:
    """A compiled pattern; equal where it was written alike."""

    __slots__ = ("_compiled", "source")

    def __init__(self, source: str) -> None:
        """Raises `NgsiError` for what is no pattern of the subset."""
        self.source = source
        self._compiled = _compile(source)

    def found_in(self, text: str) -> bool:
        """Whether it matches anywhere in the first `MAX_TEXT` characters."""
        return self._compiled.search(text[:MAX_TEXT]) is not None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Pattern) and other.source == self.source

    def __hash__(self) -> int:
        return hash(self.source)

    def __repr__(self) -> str:
        return f"Pattern({self.source!r})"


def _compile(source: str) -> re.Pattern[str]:
    if len(source) > MAX_LENGTH:
        raise bad(f"A pattern has at most {MAX_LENGTH} characters.")
    # A search finds what is anywhere, so these ends say nothing; left in, they cost time.
    body = re.sub(r"^\^?(\.\*)+|(?<!\\)(\.\*)+\$?$", "", source)
    begin, end = body.startswith("^"), body.endswith("$") and not body.endswith("\\$")
    inner = body[1 if begin else 0 : len(body) - (1 if end else 0)]
    pieces: list[str] = []
    place = unbounded = optional = 0
    while place < len(inner):
        piece = _PIECE.match(inner, place)
        if piece is None:
            raise bad(
                f"The pattern {source!r} can't be used here: characters, '.', [a-z], '^', '$' and"
                " one '*' or '+' can."
            )
        pieces.append(piece[0])
        unbounded += piece["many"] in ("*", "+")
        optional += piece["many"] == "?"
        place = piece.end()
    if unbounded > 1 or optional > MAX_OPTIONAL:
        raise bad(f"The pattern {source!r} repeats too much; use one '*' or '+'.")
    try:
        return re.compile(f"{'^' if begin else ''}{''.join(pieces)}{'$' if end else ''}", re.DOTALL)
    except re.error as error:
        raise bad(f"The pattern {source!r} can't be used: {error}.") from None
