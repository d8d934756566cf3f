"""What a CityGML file says of itself: its CRS, its name, whom to ask, what one may do with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from citiverse_tiling.sources.citygml.names import (
    GML,
    MEMBERS,
    envelope_srs_name,
    local_name,
)

if TYPE_CHECKING:
    from lxml.etree import _Element

_LICENCES = frozenset(
    {
        *("license", "licence", "rights", "copyright", "attribution"),
        *("useLimitation", "useConstraints", "otherConstraints", "accessConstraints"),
    }
)
_CONTACTS = frozenset({"organisationName", "organizationName", "individualName", "publisher"})
"""Of ISO 19115 as 19139 writes it, and of Dublin Core."""

_MEMBERS = frozenset(local_name(tag) for tag in MEMBERS)
_LONGEST_TEXT = 500


@dataclass(frozen=True, slots=True)
class About:
    """What isn't said is empty; `srs_name` is the CRS of the whole file."""

    srs_name: str = ""
    title: str = ""
    contact: str = ""
    licence: str = ""


def read_about(member: _Element, before: About) -> About:
    """What stands in the root before a member, beside what is known from before earlier ones.

    Some files put appearances before the envelope that names their CRS.
    """
    root = member.getparent()
    if root is None:
        return before
    srs_name, title = before.srs_name, before.title
    contacts = {before.contact: None} if before.contact else {}
    licences = {before.licence: None} if before.licence else {}
    for child in root:
        name = local_name(child.tag)
        if name in _MEMBERS:
            break
        if name == "boundedBy":
            srs_name = srs_name or envelope_srs_name(child) or ""
        elif name == "name" and GML in child.tag:
            title = title or _text(child)
        elif name == "metaDataProperty":
            contacts |= _texts(child, _CONTACTS)
            licences |= _texts(child, _LICENCES)
    contact, licence = ", ".join(contacts)[:_LONGEST_TEXT], ", ".join(licences)[:_LONGEST_TEXT]
    return About(srs_name or root.get("srsName") or "", title, contact, licence)


def _texts(element: _Element, names: frozenset[str]) -> dict[str, None]:
    """The texts of the elements below with these names, each once, in their order."""
    found = (node for node in element.iter("{*}*") if local_name(node.tag) in names)
    return dict.fromkeys(filter(None, map(_text, found)))


def _text(element: _Element) -> str:
    return " ".join(" ".join(str(text) for text in element.itertext()).split())[:_LONGEST_TEXT]
