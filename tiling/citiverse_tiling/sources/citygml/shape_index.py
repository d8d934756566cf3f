"""Where a file has the shapes of its implicit geometries: a part of it may need those of others."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from lxml import etree

from citiverse_tiling.sources.citygml.stream import HEAD_BYTES, read_head

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

MOST_SHAPES = 10_000
LONGEST_BYTES = 4 << 20
_CHUNK_BYTES = 1 << 20
_OVERLAP_BYTES = 64
_WORD = b"relativeG"
_TAG = re.compile(rb"<(/?)(?:[\w.-]{1,16}:)?relative(?:GML)?Geometry\s?>")
_ID_WITHIN = 512
_ID = re.compile(rb"\s(?:[\w.-]+:)?id\s*=\s*[\"']([^\"'<>&]{1,256})[\"']")


class ShapePlace(NamedTuple):
    """The bytes [start, end) of a property that holds a shape, and the shape's id."""

    id: str
    start: int
    end: int


def shapes_in(path: Path) -> tuple[ShapePlace, ...]:
    """The shapes that have an id, in the order of the file, whose encoding is based on ASCII.

    Nothing is parsed: what looks like one may be in a comment, and is then never asked for.
    """
    found: list[ShapePlace] = []
    with path.open("rb") as file:
        spans = [span for span in _spans(path) if span[1] - span[0] <= LONGEST_BYTES]
        for start, end in spans[:MOST_SHAPES]:
            file.seek(start)
            if named := _ID.search(file.read(min(_ID_WITHIN, end - start))):
                found.append(ShapePlace(named[1].decode(errors="replace"), start, end))
    return tuple(found)


def _spans(path: Path) -> Iterator[tuple[int, int]]:
    """From the opening to the closing tags of properties that hold a shape themselves."""
    text, after, seen, opened = b"", 0, 0, -1
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            text = text[-_OVERLAP_BYTES:] + chunk
            after += len(chunk)
            first = after - len(text)
            for tag in _TAG.finditer(text) if _WORD in text else ():
                start, end = first + tag.start(), first + tag.end()
                if start < seen:
                    continue
                seen = end
                if not tag[1]:
                    opened = start
                elif opened >= 0:
                    yield opened, end
                    opened = -1


@dataclass(slots=True)
class ShapesElsewhere:
    """The shapes of a file, read by id where they stand, each once."""

    path: Path
    places: Sequence[ShapePlace]
    _asked: set[str] = field(default_factory=set)

    def find(self, identity: str) -> etree._Element | None:
        """The property that holds the shape; None where there is none that can be read alone."""
        place = next((one for one in self.places if one.id == identity), None)
        if place is None or identity in self._asked:
            return None
        self._asked.add(identity)
        with self.path.open("rb") as file:
            head = read_head(file.read(HEAD_BYTES))
            file.seek(place.start)
            data = file.read(place.end - place.start)
        root = f"<root {head.attributes if head else ''}>".encode()
        parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
        try:
            return etree.fromstring(root + data + b"</root>", parser)[0]
        except (etree.XMLSyntaxError, IndexError):
            return None
