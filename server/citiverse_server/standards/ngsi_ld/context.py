"""JSON-LD @context without asking anybody: which ones are known here, and what their terms mean.

An NGSI-LD name is a term whose meaning its @context says (5.5.7). Here a name means the same in the
default vocabulary of the core @context and in the Smart Data Models: AirQualityObserved is found by
`AirQualityObserved` and by its IRI in either. No @context is ever fetched: those of ETSI, of the
Smart Data Models and of this server are known by their addresses; any other is refused with
LdContextNotAvailable. A @context that stands in the request itself may rename terms.

The terms of the core @context are those of ETSI GS CIM 009 V1.9.1, annex B, as far as answers use
them; they are facts listed here, not a copy of ETSI's file.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from .models import DOMAINS, NAMESPACE, iri_of
from .problems import Kind, NgsiError, bad

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .entity import Json

CORE = "https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context-v1.8.jsonld"
PATH = "/ngsi-ld/v1/jsonldContexts/citiverse.jsonld"
REL = "http://www.w3.org/ns/json-ld#context"
ETSI = "https://uri.etsi.org/ngsi-ld/"
DEFAULT = "https://uri.etsi.org/ngsi-ld/default-context/"
MAX_CONTEXTS = 16
MAX_TERMS = 1_000

_KNOWN = re.compile(
    r"https?://uri\.etsi\.org/ngsi-ld/(?:v1/)?ngsi-ld-core-context[A-Za-z0-9.\-]*\.jsonld"
    r"|https://raw\.githubusercontent\.com/smart-data-models/[A-Za-z0-9._/\-]+\.jsonld"
    r"|https://smart-data-models\.github\.io/[A-Za-z0-9._/\-]+\.jsonld"
    r"|https://(?:www\.)?smartdatamodels\.org/[A-Za-z0-9._/\-]+\.jsonld"
    r"|https?://[^/]+" + re.escape(PATH)
)
_VOCABULARIES = (DEFAULT, ETSI, NAMESPACE, "https://uri.fiware.org/ns/data-models#")
_LINK = re.compile(r'\s*<([^<>"\s]{1,2048})>\s*((?:;\s*[\w-]+\s*=\s*(?:"[^"]*"|[^",;\s]+)\s*)*)')

# Annex B: a term, its IRI, and the type of its values where it has one.
_TERMS: tuple[tuple[str, str, str], ...] = (
    ("Property", ETSI + "Property", ""),
    ("Relationship", ETSI + "Relationship", ""),
    ("GeoProperty", ETSI + "GeoProperty", ""),
    ("DateTime", ETSI + "DateTime", ""),
    ("Point", "https://purl.org/geojson/vocab#Point", ""),
    ("value", ETSI + "hasValue", ""),
    ("values", ETSI + "hasValues", ""),
    ("object", ETSI + "hasObject", "@id"),
    ("observedAt", ETSI + "observedAt", ETSI + "DateTime"),
    ("modifiedAt", ETSI + "modifiedAt", ETSI + "DateTime"),
    ("unitCode", ETSI + "unitCode", ""),
    ("location", ETSI + "location", ""),
    ("description", "http://purl.org/dc/terms/description", ""),
)
_LISTS = (
    ("coordinates", "https://purl.org/geojson/vocab#coordinates"),
    ("values", ETSI + "hasValues"),
)
_COMMON = ("dateObserved", "dataProvider", "refDevice", "refPointOfInterest", "alternateName")
_SCHEMA = ("name", "address", "license", "owner")


class Names:
    """What the terms of one request mean; `of` a term, an IRI or a prefixed name."""

    def __init__(self, own: Mapping[str, str] | None = None) -> None:
        self._own = dict(own or {})

    def of(self, term: str) -> str:
        """The name that is used inside; an IRI of a foreign vocabulary stays as it is."""
        iri = self._own.get(term, term)
        prefix, colon, rest = iri.partition(":")
        if colon and prefix in self._own:
            iri = self._own[prefix] + rest
        for vocabulary in _VOCABULARIES:
            if iri.startswith(vocabulary):
                return re.split(r"[/#]", iri)[-1]
        return iri


def names_of(context: object) -> Names:
    """The meaning of terms under a `@context` of a body, or none; raises `NgsiError`."""
    own: dict[str, str] = {}
    listed = context if isinstance(context, list) else [] if context is None else [context]
    if len(listed) > MAX_CONTEXTS:
        raise bad(f"@context has at most {MAX_CONTEXTS} entries.")
    for entry in listed:
        if isinstance(entry, str):
            check(entry)
        elif isinstance(entry, dict):
            own |= _definitions(entry)
        else:
            raise bad("@context must be addresses and objects.")
    if len(own) > MAX_TERMS:
        raise bad(f"@context has at most {MAX_TERMS} terms of its own.")
    return Names(own)


def check(address: str) -> None:
    """Raises `NgsiError` for the address of a @context that isn't known here."""
    if _KNOWN.fullmatch(address) is None:
        raise NgsiError(
            Kind.CONTEXT_NOT_AVAILABLE,
            f"This server fetches no @context; it knows those of ETSI and of the Smart Data Models,"
            f" not {address[:200]}.",
        )


def linked(headers: Iterable[str]) -> str | None:
    """The @context of `Link` headers (6.3.5), or None; raises `NgsiError`."""
    found: str | None = None
    for header in headers:
        for link in _LINK.finditer(header[:8192]):
            if REL in link[2]:
                if found is not None:
                    raise bad("A request names one @context.")
                found = link[1]
    if found is not None:
        check(found)
    return found


def link_header(address: str) -> str:
    """The `Link` header for an answer without a @context in it."""
    return f'<{address}>; rel="{REL}"; type="application/ld+json"'


def iri(name: str) -> str:
    """What a name stands for under this server's own @context."""
    if name in _COMMON:
        return NAMESPACE + name
    if name in _SCHEMA:
        return f"https://schema.org/{name}"
    core = next((found for term, found, _ in _TERMS if term == name), "")
    return core or iri_of(name) or DEFAULT + name


def document(attributes: Iterable[str], types: Iterable[str]) -> dict[str, Json]:
    """This server's own @context, for these names: so that nobody needs another host."""
    terms: dict[str, Json] = {"@version": 1.1, "id": "@id", "type": "@type"}
    for name in sorted({*attributes, *types, *DOMAINS, *_COMMON, *_SCHEMA}):
        terms[name] = iri(name)
    for term, meaning, kind in _TERMS:
        terms[term] = {"@id": meaning, "@type": kind} if kind else meaning
    terms |= {term: {"@id": meaning, "@container": "@list"} for term, meaning in _LISTS}
    terms["@vocab"] = DEFAULT
    return {"@context": terms}


def _definitions(entry: Mapping[str, object]) -> dict[str, str]:
    found: dict[str, str] = {}
    for term, meaning in entry.items():
        if isinstance(meaning, Mapping):
            meaning = meaning.get("@id")
        if isinstance(meaning, str) and not term.startswith("@"):
            found[term] = meaning
    return found
