"""What each variant changes as a plain page, for who can't see it: no scripts, no 3D.

Pure; every word of the data escaped.
"""

from __future__ import annotations

import re
from collections import Counter
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .changes import Change, ChangeList, Thing

REALITIES = {
    "proposed": "proposed",
    "simulated": "simulated by a computer",
    "imagined": "invented",
    "measured": "real",
}
"""How real something is, in a word or two."""


def page(scene: str, title: str, found: ChangeList, style: str) -> str:
    """The whole document."""
    sections = "".join(_variant(one, at) for at, one in enumerate(found.variants))
    none = "<p>Nobody has proposed to change anything here.</p>\n"
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark">'
        f"<title>What may change · {escape(title)}</title><style>{style}</style></head>\n<body>\n"
        f"<header><h1>What may change in {escape(title)}</h1>"
        f'<nav aria-label="This city"><a href="/s/{escape(scene)}">Walk in the city</a>'
        f'<a href="/s/{escape(scene)}/comments">Comments</a></nav></header>\n<main>\n'
        f"<p>In the city you can look at it as it is, or at one of these variants.</p>\n"
        f"{sections or none}</main>\n</body></html>\n"
    )


def _variant(change: Change, at: int) -> str:
    lists = (
        ("What is new", change.added, change.added_count),
        ("What is no longer there", change.hidden, change.hidden_count),
        ("What looks otherwise", change.restyled, change.restyled_count),
    )
    told = "".join(_list(words, things, count) for words, things, count in lists if count)
    said = f"<p><bdi>{escape(change.description)}</bdi></p>\n" if change.description else ""
    return (
        f'<section aria-labelledby="variant-{at}"><h2 id="variant-{at}">'
        f"<bdi>{escape(change.title)}</bdi></h2>\n{said}{told}</section>\n"
    )


def _list(words: str, things: list[Thing], count: int) -> str:
    rows = "".join(f"<li>{row}</li>\n" for row in _rows(things))
    more = count - len(things)
    rest = f"<p>And {more:,} more.</p>\n" if more else ""
    return f"<h3>{words}</h3>\n<ul>\n{rows}</ul>\n{rest}"


def _rows(things: list[Thing]) -> Iterator[str]:
    """Each that has a name or a look; what has none is counted by its kind."""
    others: Counter[tuple[str, str]] = Counter()
    for thing in things:
        if thing.name or thing.address or thing.look:
            yield sentence(thing)
        else:
            others[kind_of(thing), thing.reality] += 1
    for (kind, reality), count in sorted(others.items()):
        yield f"{count:,} × {escape(kind)} without a name{_reality(reality)}"


def sentence(thing: Thing) -> str:
    """“Harbour Library: building, proposed, 4 storeys, 17.2 metres high”, as HTML."""
    called = ", ".join(part for part in (thing.name, thing.address) if part) or thing.id
    parts = [f"{escape(kind_of(thing))}{_reality(thing.reality)}"]
    if thing.storeys:
        parts.append(f"{_storeys(len(thing.storeys))}: {escape(', '.join(thing.storeys))}")
    elif thing.storey_count:
        parts.append(_storeys(thing.storey_count))
    if thing.height_m:
        parts.append(f"{thing.height_m:g} metres high")
    words = f"<bdi>{escape(called)}</bdi>: {'; '.join(parts)}"
    if thing.look:
        words += (
            f". It is to look otherwise: <bdi>{escape(thing.look)}</bdi>. This look is proposed"
        )
    return words


def kind_of(thing: Thing) -> str:
    """`BuildingPart` → “building part”."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", thing.class_).lower()


def _storeys(count: int) -> str:
    return "one storey" if count == 1 else f"{count} storeys"


def _reality(reality: str) -> str:
    word = REALITIES.get(reality, "")
    return f", {word}" if word else ""
