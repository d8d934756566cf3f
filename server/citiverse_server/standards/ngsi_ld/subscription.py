"""A subscription as it is written (5.2.12 to 5.2.15), and what is looked for by it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from ...overlays.instants import micros
from . import geo, query
from .entity import Style
from .pattern import Pattern
from .problems import bad
from .webhook import Target, target_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .context import Names
    from .directory import Entry
    from .entity import Format

_URN = re.compile(r"[a-z][a-z0-9+.\-]*:[\x21-\x7e]{1,255}")
_HEADER = re.compile(r"[A-Za-z0-9-]{1,64}")
_VALUE = re.compile(r"[\x20-\x7e]{0,1024}")
# What belongs to the connection is not a stranger's to say.
_OURS = re.compile(
    r"host|connection|content-.*|transfer-encoding|te|trailer|upgrade|expect|keep-alive|link"
    r"|proxy-.*|sec-.*",
    re.IGNORECASE,
)

Text = Annotated[str, Meta(max_length=1_024)]
Word = Annotated[str, Meta(min_length=1, max_length=1_024)]
Words = Annotated[list[Word], Meta(min_length=1, max_length=100)]


class EntityInfo(Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """Of which entities: a type, and perhaps an id or a pattern of ids (5.2.8)."""

    type: Word
    id: Text | None = None
    id_pattern: Text | None = None


class KeyValue(Struct, frozen=True, forbid_unknown_fields=True):
    """A header of the notification (5.2.22)."""

    key: Text
    value: Text


class Endpoint(Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """Where to (5.2.15)."""

    uri: str
    accept: Literal["application/json", "application/ld+json"] = "application/json"
    receiver_info: Annotated[list[KeyValue], Meta(max_length=8)] = []


class Notification(Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """What to tell, and how (5.2.14)."""

    endpoint: Endpoint
    attributes: Words | None = None
    format: Literal["normalized", "concise", "keyValues", "simplified"] = "normalized"
    sys_attrs: bool = False


class GeoQ(Struct, frozen=True, forbid_unknown_fields=True):
    """Where (5.2.13)."""

    georel: Text
    geometry: Text
    coordinates: object
    geoproperty: Text = "location"


class Asked(Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """What a subscriber writes; what of the standard isn't here isn't understood."""

    type: Literal["Subscription"]
    notification: Notification
    id: Text = ""
    subscription_name: Text = ""
    description: Text = ""
    entities: Annotated[list[EntityInfo], Meta(min_length=1, max_length=100)] | None = None
    watched_attributes: Words | None = None
    q: Annotated[str, Meta(max_length=query.MAX_LENGTH)] | None = None
    geo_q: GeoQ | None = None
    is_active: bool = True
    expires_at: Text | None = None
    throttling: Annotated[float, Meta(gt=0.0, le=31_536_000.0)] = 0.0


@dataclass(frozen=True, slots=True)
class Wanted:
    """Entities of a type, of an id or a pattern of ids where they are given."""

    type: str
    id: str | None
    pattern: Pattern | None


@dataclass(frozen=True, slots=True)
class Subscription:
    """Understood: of what to tell whom, and until when (µs since 1970 UTC)."""

    id: str
    entities: tuple[Wanted, ...] | None
    watched: frozenset[str] | None
    query: query.Query | None
    place: geo.GeoQuery | None
    target: Target
    headers: tuple[tuple[str, str], ...]
    embedded: bool
    style: Style
    active: bool
    expires_us: int | None
    throttling_s: float

    def concerns(self, entry: Entry, attribute: str) -> bool:
        """Whether a change of this attribute may be told."""
        if self.watched is not None and attribute not in self.watched:
            return False
        return self.entities is None or any(
            one.type == entry.type
            and one.id in (None, entry.id)
            and (one.pattern is None or one.pattern.found_in(entry.id))
            for one in self.entities
        )


def understood(document: Mapping[str, object], names: Names, now_us: int) -> Subscription:
    """What a subscription asks for; raises `NgsiError`."""
    try:
        asked = msgspec.convert(
            {name: said for name, said in document.items() if name != "@context"}, Asked
        )
    except msgspec.ValidationError as error:
        raise bad(f"The subscription can't be used: {error}.") from None
    if asked.entities is None and asked.watched_attributes is None:
        raise bad("A subscription has entities, or watchedAttributes, or both.")
    if asked.id and not _URN.fullmatch(asked.id):
        raise bad("The id of a subscription is a URI of at most 256 characters.")
    told = asked.notification
    shown = None if told.attributes is None else frozenset(map(names.of, told.attributes))
    form: Format = "keyValues" if told.format == "simplified" else told.format
    return Subscription(
        id=asked.id,
        entities=None
        if asked.entities is None
        else tuple(_wanted(one, names) for one in asked.entities),
        watched=None
        if asked.watched_attributes is None
        else frozenset(map(names.of, asked.watched_attributes)),
        query=None if asked.q is None else query.parse(asked.q),
        place=None if asked.geo_q is None else _place(asked.geo_q),
        target=target_of(told.endpoint.uri),
        headers=tuple(_header(one) for one in told.endpoint.receiver_info),
        embedded=told.endpoint.accept == "application/ld+json",
        style=Style(form, told.sys_attrs, shown),
        active=asked.is_active,
        expires_us=None if asked.expires_at is None else _moment(asked.expires_at, now_us),
        throttling_s=asked.throttling,
    )


def _wanted(one: EntityInfo, names: Names) -> Wanted:
    pattern = None if one.id_pattern is None else Pattern(one.id_pattern)
    return Wanted(names.of(one.type), one.id, pattern)


def _place(asked: GeoQ) -> geo.GeoQuery:
    # In a body they may be an array, or the text of one (5.2.13).
    said = asked.coordinates
    text = said if isinstance(said, str) else msgspec.json.encode(said).decode()
    return geo.parse(asked.georel, asked.geometry, text, asked.geoproperty)


def _header(one: KeyValue) -> tuple[str, str]:
    if not (_HEADER.fullmatch(one.key) and _VALUE.fullmatch(one.value)) or _OURS.fullmatch(one.key):
        raise bad(f"receiverInfo can't set the header {one.key[:64]!r}.")
    return one.key.lower(), one.value


def _moment(text: str, now_us: int) -> int:
    found = micros(text)
    if found is None or found <= now_us:
        raise bad("expiresAt is a moment that is still to come, such as 2030-05-04T09:12:33Z.")
    return found
