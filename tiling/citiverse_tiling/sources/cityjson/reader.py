"""A CityJSON file, or a CityJSONSeq, → CityObjects.

A sequence is read line by line. A single document is mapped into memory, and its objects are read
from there one at a time: beside the vertices (24 bytes each) only their ids and places are held.
"""

from __future__ import annotations

import mmap
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from citiverse_tiling.errors import NotJson
from citiverse_tiling.sources.cityjson.appearance import Palette
from citiverse_tiling.sources.cityjson.document import (
    MAX_DOCUMENT_BYTES,
    MAX_OBJECT_BYTES,
    VERSIONS,
    Document,
    read_document,
)
from citiverse_tiling.sources.cityjson.geometry import Ground, TemplateShapes
from citiverse_tiling.sources.cityjson.objects import Objects, Scope
from citiverse_tiling.sources.cityjson.vertices import Vertices, decode_vertices
from citiverse_tiling.sources.conclusion import conclude
from citiverse_tiling.sources.image_files import ImageFiles
from citiverse_tiling.sources.parts import Found, Wanted
from citiverse_tiling.sources.themes import Themes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from typing import BinaryIO

    from citiverse_tiling.crs import CrsRegistry
    from citiverse_tiling.model import CityObject
    from citiverse_tiling.report import Report
    from citiverse_tiling.sources.parts import Part

BOM = b"\xef\xbb\xbf"
CITYJSON, FEATURE = "CityJSON", "CityJSONFeature"


def accepts(head: bytes) -> bool:
    """Whether a file that begins so is a JSON object: CityJSON is the only JSON format there is."""
    return head.removeprefix(BOM).lstrip().startswith(b"{")


def read(
    path: Path,
    crs: CrsRegistry,
    report: Report,
    on_bytes: Callable[[int], None],
    theme: str | None = None,
) -> Iterator[CityObject]:
    """Stream the CityObjects of a CityJSON file or a CityJSONSeq; see `sources.read`."""
    found = Found()
    yield from read_part(Wanted(path, theme=theme), crs, report, on_bytes, found)
    report.list_images()
    conclude(path, found, theme, report)


def read_part(
    wanted: Wanted,
    crs: CrsRegistry,
    report: Report,
    on_bytes: Callable[[int], None],
    found: Found,
) -> Iterator[CityObject]:
    """Stream the CityObjects of a part of a sequence, or of a whole file; fills in `found`.

    A part with a header of its own needs the whole file.
    """
    path, part = wanted.path, wanted.part
    reading = _Reading(path, crs, report, wanted.theme)
    if wanted.begun is not None:
        reading.vertices.north_first |= wanted.begun.north_first
    with path.open("rb") as file:
        if part is not None or is_sequence(file, path):
            found.format = "CityJSONSeq"
            yield from reading.sequence(file, on_bytes, part)
        else:
            found.format = "CityJSON"
            yield from reading.whole(file, on_bytes)
    objects = reading.objects
    found.needs_whole = reading.needs_whole
    found.version, found.title = reading.version, reading.title
    found.contact, found.licence = reading.contact, reading.licence
    found.objects, found.north_first = objects.count, reading.vertices.north_first
    found.themes, found.used_themes = reading.themes.met, reading.themes.all_used
    found.unseen_classes = objects.unseen_classes
    found.extension_classes = objects.extension_classes
    found.unkept_attributes = objects.unkept_attributes
    found.unkept_curves = objects.unkept_geometries


@dataclass(slots=True)
class _Header:
    """What the first line of a sequence says of all that follow, or a document of itself."""

    document: Document
    templates: TemplateShapes
    line: int | None


class _Reading:
    """One pass over a file."""

    def __init__(self, path: Path, crs: CrsRegistry, report: Report, theme: str | None) -> None:
        self.path = path
        self.crs = crs
        self.report = report
        self.version = ""
        self.title = ""
        self.contact = ""
        self.licence = ""
        self.vertices = Vertices(path, crs, report)
        self.themes = Themes(theme)
        self.files = ImageFiles(path)
        self.needs_whole = False
        self.objects = Objects(path, crs, report)

    def whole(self, file: BinaryIO, on_bytes: Callable[[int], None]) -> Iterator[CityObject]:
        """The objects of a file that is one CityJSON object."""
        size = self.path.stat().st_size
        if size > MAX_DOCUMENT_BYTES:
            raise NotJson(
                f"one JSON document is larger than {MAX_DOCUMENT_BYTES >> 20} MB",
                file=self.path,
                remedy="turn it into a CityJSONSeq, which is read line by line",
            )
        # The views of the file that its objects are live as long as they do: nothing to close.
        data = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
        document = read_document(data[len(BOM) :] if bytes(data[:3]) == BOM else data, self.path)
        header = self._header(document, None)
        done = 0
        for item in self.objects.read(self._scope(document, header, 0)):
            yield item
            step = size * self.objects.count // max(len(document.objects), 1)
            on_bytes(step - done)
            done = step
        on_bytes(size - done)

    def sequence(
        self, file: BinaryIO, on_bytes: Callable[[int], None], part: Part | None
    ) -> Iterator[CityObject]:
        """The objects of a file of one JSON object a line, or of a part of it."""
        header: _Header | None = None
        for number, line in self._lines(file, part):
            if len(line) > MAX_OBJECT_BYTES:
                raise NotJson(
                    f"one line is longer than {MAX_OBJECT_BYTES >> 20} MB",
                    file=self.path,
                    line=number,
                )
            if not line.strip():
                continue
            document = read_document(line, self.path, number)
            if header is None or document.type == CITYJSON:
                if header is not None and part is not None:
                    self.needs_whole = True
                    return
                header = self._header(document, number)
            elif document.type != FEATURE:
                raise NotJson(
                    f"this line is of the type {str(document.type)[:80]}, not {FEATURE}",
                    file=self.path,
                    line=number,
                )
            yield from self.objects.read(self._scope(document, header, number))
            on_bytes(len(line))

    @staticmethod
    def _lines(file: BinaryIO, part: Part | None) -> Iterator[tuple[int, bytes]]:
        """The lines with their numbers; before those of a part comes the header."""
        start, end, number = (part.start, part.end, part.line) if part else (0, None, 1)
        if part is not None and start:
            yield 1, file.read(part.lead).removeprefix(BOM)
        file.seek(start)
        while line := file.readline(MAX_OBJECT_BYTES + 1):
            yield number, line.removeprefix(BOM) if number == 1 else line
            start += len(line)
            number += 1
            if end is not None and start >= end:
                break

    def _header(self, document: Document, line: int | None) -> _Header:
        """Check what a document, or a sequence, says of itself."""
        if document.type == FEATURE:
            raise NotJson(
                "it begins with a CityJSONFeature, whose coordinates mean nothing without the"
                " transform and the CRS of a header",
                file=self.path,
                line=line,
                remedy='put the line of the type "CityJSON" that belongs to it before it',
            )
        if document.type != CITYJSON:
            kind = str(document.type)[:80] if document.type else "unknown"
            raise NotJson(
                f"it is JSON, but not CityJSON: its type is {kind}",
                file=self.path,
                line=line,
                remedy="give a CityJSON file of version 1.0, 1.1 or 2.0",
            )
        version = document.version if isinstance(document.version, str) else ""
        known = VERSIONS.fullmatch(version)
        if not known:
            raise NotJson(
                f"its version of CityJSON is {str(document.version)[:20]}",
                file=self.path,
                line=line,
                remedy="bring it to version 1.0, 1.1 or 2.0, for instance with cjio's upgrade",
            )
        self.version = self.version or known[1]
        self.title = self.title or document.title
        self.contact = self.contact or document.contact
        self.licence = self.licence or document.licence
        given = document.templates
        numbers = np.full((1, 3), np.nan)
        if given is not None:
            shapes = decode_vertices(given.vertices, self.path, line, "vertices-templates")
            numbers = np.concatenate([shapes, numbers])
        ground = Ground(numbers, self._palette(document), 0)
        return _Header(document, TemplateShapes(given.templates if given else [], ground), line)

    def _palette(self, document: Document) -> Palette:
        return Palette(document.appearance, self.path, self.files, self.themes)

    def _scope(self, document: Document, header: _Header, line: int) -> Scope:
        """The objects of a document with the coordinates of their vertices."""
        numbers = decode_vertices(document.vertices, self.path, line or None)
        key = ""
        if document.objects:
            key = self.crs.resolve(header.document.reference_system, self.path, header.line)
        transform = header.document.transform
        coordinates = self.vertices.place(numbers, transform, key, line or None)
        is_own = document is header.document
        palette = header.templates.ground.palette if is_own else self._palette(document)
        ground = Ground(coordinates, palette, line)
        return Scope(document.objects, ground, header.templates, key)


def is_sequence(file: BinaryIO, path: Path) -> bool:
    """Whether the first line is a JSON object of its own, and something follows it."""
    first = file.readline(MAX_OBJECT_BYTES + 1)
    while first and not first.strip():
        first = file.readline(MAX_OBJECT_BYTES + 1)
    follows = any(line.strip() for line in iter(lambda: file.readline(1 << 16), b""))
    file.seek(0)
    if len(first) > MAX_OBJECT_BYTES or not follows:
        return False
    try:
        read_document(first.removeprefix(BOM), path)
    except NotJson:
        return False
    return True
