"""One JSON object of CityJSON → its members, unread where they are large; trusting nothing in it.

Geometry, attributes and vertices stay as they are in the file (`msgspec.Raw`, a view of the mapped
file) until their turn comes: an object that waits takes a few hundred bytes, whatever it holds.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from citiverse_tiling.errors import NotJson

if TYPE_CHECKING:
    from pathlib import Path

T = TypeVar("T")

MAX_OBJECT_BYTES = 64 * 1024 * 1024
"""One city object, or one line of a CityJSONSeq, may be this large: reading it takes ten times."""

MAX_DOCUMENT_BYTES = 1024 * 1024 * 1024
MAX_BRACES = 20_000_000
"""Of one document: what is to be held of its objects while it is read is bounded by these."""

VERSIONS = re.compile(r"(1\.0|1\.1|2\.0)(\.\d+)?")
_EMPTY = msgspec.Raw(b"null")

_REMEDY = "get the file again, or export it anew"
_CHUNK = 1 << 24
_LONGEST_TEXT = 500
_LICENCES = ("license", "licence", "useConstraints", "legalConstraints", "constraints")


class Transform(msgspec.Struct):
    """Real coordinates are `vertex · scale + translate` (CityJSON 2.0, clause 4)."""

    scale: tuple[float, float, float]
    translate: tuple[float, float, float]


class Templates(msgspec.Struct, rename={"vertices": "vertices-templates"}):
    """Shapes in metres in their own frames, for any number of objects (clause 3.4)."""

    templates: list[msgspec.Raw] = []
    vertices: msgspec.Raw = _EMPTY


class Object(msgspec.Struct):
    """One city object; members that need not be what they should are checked where they are used.

    `parents` and `children` hold ids where they hold strings.
    """

    type: Any = None
    parents: Any = None
    children: Any = None
    geometry: msgspec.Raw = _EMPTY
    attributes: msgspec.Raw = _EMPTY
    address: msgspec.Raw = _EMPTY


class Document(
    msgspec.Struct, rename={"objects": "CityObjects", "templates": "geometry-templates"}
):
    """A CityJSON object, or a CityJSONFeature: one line of a CityJSONSeq."""

    type: Any = None
    version: Any = None
    transform: Transform | None = None
    metadata: Any = None
    objects: dict[str, Object] = {}
    vertices: msgspec.Raw = _EMPTY
    templates: Templates | None = None
    appearance: msgspec.Raw = _EMPTY

    @property
    def reference_system(self) -> str | None:
        """What the metadata call the CRS, None where they don't name one."""
        return _text(self.metadata, "referenceSystem") or None

    @property
    def title(self) -> str:
        """The data set's title, "" where the metadata have none."""
        return _text(self.metadata, "title", "datasetTitle")

    @property
    def contact(self) -> str:
        """Whom the metadata name as the contact: organization or person, and where to ask."""
        named = self.metadata if isinstance(self.metadata, dict) else {}
        contact = named.get("pointOfContact", named.get("datasetPointOfContact"))
        words = (("organization",), ("contactName",), ("website", "emailAddress"))
        return ", ".join(dict.fromkeys(filter(None, (_text(contact, *own) for own in words))))

    @property
    def licence(self) -> str:
        """What the metadata, or those of an extension, call the licence; "" where they don't."""
        return _text(self.metadata, *_LICENCES) or _text(_nested(self.metadata), *_LICENCES)


def _nested(metadata: Any) -> dict[str, Any]:
    """The members of the members of the metadata."""
    given = metadata.values() if isinstance(metadata, dict) else ()
    return {key: value for one in given if isinstance(one, dict) for key, value in one.items()}


def _text(members: Any, *names: str) -> str:
    """The first of the members with these names that is a text, on one line."""
    given = members if isinstance(members, dict) else {}
    for name in names:
        value = given.get(name)
        if isinstance(value, str) and value.strip():
            return " ".join(value.split())[:_LONGEST_TEXT]
    return ""


_documents = msgspec.json.Decoder(Document)


def read_document(data: bytes | memoryview, file: Path, line: int | None = None) -> Document:
    """The members of a CityJSON object or feature. Raises NotJson with the file and the line."""
    if _count(data, b"{") > MAX_BRACES:
        raise NotJson(
            f"it holds more than {MAX_BRACES:,} JSON objects, too many to be read at once",
            file=file,
            line=line,
            remedy="cut it into several files, or turn it into a CityJSONSeq",
        )
    try:
        return _documents.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise not_json(error, file, line) from error


def is_null(raw: msgspec.Raw) -> bool:
    """Whether a member is null, or isn't there."""
    return bytes(memoryview(raw)[:5]) == b"null"


def not_json(
    error: Exception, file: Path, line: int | None = None, object_id: str | None = None
) -> NotJson:
    """What is wrong with a piece of JSON, as one sentence."""
    return NotJson(f"{fault(error)}", file=file, line=line, object_id=object_id, remedy=_REMEDY)


def fault(error: Exception) -> str:
    """What msgspec, or Python, found wrong with a piece of JSON."""
    if isinstance(error, RecursionError):
        return "its JSON is nested too deeply"
    if isinstance(error, UnicodeDecodeError):
        return "its JSON is not in UTF-8"
    message = str(error)[:200]
    if isinstance(error, msgspec.ValidationError):
        return f"its JSON is not CityJSON: {message[:1].lower()}{message[1:]}"
    return f"not well-formed JSON, or cut short: {message[:1].lower()}{message[1:]}"


def _count(data: bytes | memoryview, byte: bytes) -> int:
    if isinstance(data, bytes):
        return data.count(byte)
    return sum(bytes(data[at : at + _CHUNK]).count(byte) for at in range(0, len(data), _CHUNK))
