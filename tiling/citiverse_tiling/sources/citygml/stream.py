"""Stream an XML file as the members of its root, one at a time, trusting nothing in it.

A document type declaration is refused before anything is parsed: without one there are no
entities, so neither entity bombs nor external entities (XML 1.0, clause 2.8 and 4). libxml2's
own limits on depth and on the length of one text stay on (`huge_tree=False`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lxml import etree

from citiverse_tiling.errors import NotXml

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from typing import BinaryIO

    from citiverse_tiling.sources.parts import Part

HEAD_BYTES = 65_536
CHUNK_BYTES = 131_072
MAX_MEMBER_BYTES = 256 * 1024 * 1024
"""One member of the root may be this large; it is held in memory, at about six times its size."""

_SURFACE_DATA_NAMES = ("surfaceDataMember", "surfaceData")
SURFACE_DATA = tuple(f"{{*}}{name}" for name in _SURFACE_DATA_NAMES)
"""Properties of an appearance: of CityGML 1.0 and 2.0, and of 3.0."""

_BOMS = (
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe\x00\x00", "utf-32-le"),
    (b"\x00\x00\xfe\xff", "utf-32-be"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
    (b"<\x00", "utf-16-le"),
    (b"\x00<", "utf-16-be"),
)
_PROLOG = re.compile(r"(?:\s+|<\?.*?\?>|<!--.*?-->)*", re.S)
_TAG = re.compile(r"<([^\s<>/!?]+)")
_ROOT = re.compile(r"<(?:[^\s<>/:!?]+:)?([^\s<>/:!?]+)([^<>]*)")


@dataclass(frozen=True, slots=True)
class Head:
    """The root element's local name and its attributes as written, from a file's first bytes."""

    root: str
    attributes: str


def read_head(data: bytes) -> Head | None:
    """The root of an XML file from its first bytes; None where they are no XML that we accept."""
    text = _decode(data)
    match = _ROOT.match(text, _prolog_end(text))
    return Head(match[1], match[2]) if match else None


def looks_like_xml(data: bytes) -> bool:
    """Whether the first bytes of a file begin with markup, in any encoding."""
    return _decode(data).lstrip().startswith("<")


def stream_members(
    path: Path,
    tags: tuple[str, ...],
    on_bytes: Callable[[int], None],
    part: Part | None = None,
) -> Iterator[etree._Element]:
    """Yield each element with one of `tags` that is a child of the root, complete, in order.

    Of a `part`, the members in it; the lines of its elements are counted from its `lead` on.

    Appearances of the city model, which may be as large as all else, come in pieces before the
    member that they are in: the elements of `SURFACE_DATA`. A yielded element lives until the next
    one is asked for. Raises NotXml for whatever is not well-formed, cut short, has a document type
    declaration, or is too large to hold.
    """
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
        refuse_doctype(path, head)
        parser = etree.XMLPullParser(
            events=("end",),
            tag=(*tags, *SURFACE_DATA),
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            huge_tree=False,
            remove_comments=True,
            remove_pis=True,
        )
        since_member = 0
        try:
            for chunk in _chunks(file, head, part):
                parser.feed(chunk)
                on_bytes(len(chunk))
                since_member += len(chunk)
                for _, element in parser.read_events():
                    if not isinstance(element, etree._Element):
                        continue
                    root = element.getparent()
                    if root is None:
                        continue
                    if root.getparent() is not None:
                        if is_surface_data(element) and _is_of_model(root):
                            yield element
                            since_member = 0
                            element.clear()
                            root.remove(element)
                        continue
                    yield element
                    since_member = 0
                    # Clearing before removing is what makes removing cheap: libxml2 looks
                    # through all that is removed.
                    element.clear()
                    del root[: root.index(element) + 1]
                    del element, root
                if since_member > MAX_MEMBER_BYTES:
                    raise NotXml(
                        f"one object is larger than {MAX_MEMBER_BYTES >> 20} MB", file=path
                    )
            parser.close()
        except etree.XMLSyntaxError as error:
            raise _not_xml(path, error) from error


def _chunks(file: BinaryIO, head: bytes, part: Part | None) -> Iterator[bytes]:
    """A file as it is, or a part of it as a document of its own."""
    start, end = (0, None) if part is None else (part.start, part.end)
    if part is not None and start:
        yield head[: part.lead]
    file.seek(start)
    while chunk := file.read(CHUNK_BYTES if end is None else min(CHUNK_BYTES, end - start)):
        yield chunk
        start += len(chunk)
    if part is not None and not part.is_last:
        yield b"</" + root_tag(head) + b">"


def root_tag(head: bytes) -> bytes:
    """The root element's name with its prefix, from a file's first bytes, in an ASCII encoding."""
    text = _decode(head)
    found = _TAG.match(text, _prolog_end(text))
    return found[1].encode("latin-1") if found else b""


def is_surface_data(element: etree._Element) -> bool:
    """Whether it is a property of an appearance that holds a material or a texture."""
    return element.tag.rpartition("}")[2] in _SURFACE_DATA_NAMES


def _is_of_model(appearance: etree._Element) -> bool:
    """Whether an Appearance is in a member of the root itself, and not in a city object."""
    member = appearance.getparent()
    above = None if member is None else member.getparent()
    return above is not None and above.getparent() is None


def _not_xml(path: Path, error: etree.XMLSyntaxError) -> NotXml:
    message = re.sub(r", line \d+, column \d+.*$", "", error.msg or "no content", flags=re.S)
    return NotXml(
        f"not well-formed XML, or cut short: {message}",
        file=path,
        line=error.lineno or None,
        remedy="get the file again, or export it anew",
    )


def refuse_doctype(path: Path, head: bytes) -> None:
    """Raise NotXml where a file's first bytes are no XML, or declare a document type."""
    text = _decode(head)
    end = _prolog_end(text)
    if text.startswith("<!DOCTYPE", end):
        raise NotXml(
            "it has a document type declaration, which can define entities and is refused",
            file=path,
            line=text.count("\n", 0, end) + 1,
            remedy="remove the <!DOCTYPE …> line; CityGML needs none",
        )
    if not _ROOT.match(text, end):
        raise NotXml("not XML: no root element begins in its first 64 KB", file=path)


def _decode(data: bytes) -> str:
    """The text as far as markup goes: any encoding that keeps ASCII, or UTF-16 and UTF-32."""
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            return data.decode(encoding, errors="replace").lstrip("\ufeff")
    return data.decode("latin-1")


def _prolog_end(text: str) -> int:
    match = _PROLOG.match(text)
    return match.end() if match else 0
