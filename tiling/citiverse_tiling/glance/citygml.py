"""A CityGML file as bytes: where buildings begin and end, and their rings, without parsing XML.

What isn't plain (other encodings than those that keep ASCII, coordinates in two dimensions, ids
left out) is passed by: it comes with the full run.
"""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from citiverse_tiling.glance.outlines import no_outlines, outlines_of

if TYPE_CHECKING:
    from mmap import mmap

    from citiverse_tiling.glance.outlines import Outlines

MOST_BUILDING_BYTES = 16 * 1024 * 1024
"""So far a building may reach beyond the piece of the file that it begins in."""

MOST_HEAD_BYTES = 1024 * 1024

_NAME = rb"(?:[\w.-]+:)?"
_BUILDING = re.compile(rb"<" + _NAME + rb"Building\b")
_TOKEN = re.compile(
    rb"<"
    + _NAME
    + rb"""(?:posList\b[^<>]*>(?P<ring>[^<]*)
    |pos\b[^<>]*>(?P<point>[^<]*)
    |(?P<kind>Building(?:Part)?)\b[^<>]*?\bid\s*=\s*["'](?P<id>[^"'<>]+)["']
    |(?P<begin>LinearRing)\b
    |(?P<flat>lod0)\w+>)
    |</"""
    + _NAME
    + rb"(?:(?P<end>Building)|(?P<raised>lod0)\w+)\s*>",
    re.VERBOSE,
)
_MEMBER = re.compile(
    rb"<"
    + _NAME
    + rb"(?:cityObjectMember|featureMembers?|appearanceMember|version(?:Transition)?Member|member"
    rb"|Building)\b"
)
_ROOT = re.compile(rb"<([^\s<>/!?]+)[\s>]")
_SRS_NAME = re.compile(rb"""\bsrsName\s*=\s*["']([^"'<>]+)["']""")
_CITYGML = re.compile(rb"opengis\.net/citygml")


@dataclass(frozen=True, slots=True)
class Head:
    """What stands in a file before its first member, and the name of its root, as written.

    `srs_name` is what the first geometry calls its CRS, "" where the head names one for all.
    """

    text: bytes
    root: bytes
    srs_name: bytes


@dataclass(frozen=True, slots=True)
class Buildings:
    """Buildings and parts of buildings in a piece of a file, in its order.

    ids      of each, as written
    wholes   of each: the row of the building that it is a part of, its own where it is one
    spans    of each building: first byte and the one after the last; 0, 0 of parts
    outlines of some of them; their owners are rows
    """

    ids: list[bytes]
    wholes: list[int]
    spans: list[tuple[int, int]]
    outlines: Outlines


def read_head(data: mmap) -> Head | None:
    """The head of a CityGML file, None where this isn't one, or one that isn't plain."""
    first = _MEMBER.search(data, 0, MOST_HEAD_BYTES)
    root = _ROOT.search(data, 0, MOST_HEAD_BYTES)
    if first is None or root is None or root.start() >= first.start():
        return None
    text = data[: first.start()]
    if b"<!DOCTYPE" in text or not _CITYGML.search(text):
        return None
    named = None if b"srsName" in text else _SRS_NAME.search(data, first.start(), MOST_HEAD_BYTES)
    return Head(text, root[1], named[1] if named else b"")


def buildings_in(data: mmap, start: int, end: int) -> Buildings:
    """All buildings that begin in a piece of a file."""
    first = _BUILDING.search(data, start, end)
    if first is None:
        return Buildings([], [], [], no_outlines())
    limit = min(len(data), end + MOST_BUILDING_BYTES)
    following = _BUILDING.search(data, end, limit)
    stop = following.start() if following else limit
    ids: list[bytes] = []
    wholes: list[int] = []
    spans: list[tuple[int, int]] = []
    texts: list[bytes] = []
    owners: list[int] = []
    whole = owner = -1
    begin = 0
    is_flat = is_new = False
    for token in _TOKEN.finditer(data, first.start(), stop):
        match token.lastgroup:
            case "ring" | "point" if owner >= 0 and not is_flat:
                if token.lastgroup == "ring" or is_new:
                    texts.append(b"nan")
                    owners.append(owner)
                texts.append(token[token.lastgroup])
                is_new = False
            case "begin":
                is_new = True
            case "id":
                owner = len(ids)
                if token["kind"] == b"Building":
                    whole, begin = owner, token.start()
                ids.append(token["id"])
                wholes.append(whole)
                spans.append((0, 0))
            case "end":
                if whole >= 0:
                    spans[whole] = (begin, token.end())
                whole = owner = -1
            case "flat" | "raised":
                is_flat = token.lastgroup == "flat"
    return Buildings(ids, wholes, spans, _outlines(texts, owners))


def _outlines(texts: list[bytes], owners: list[int]) -> Outlines:
    with warnings.catch_warnings():
        warnings.simplefilter("error", DeprecationWarning)
        try:
            numbers = np.fromstring(b" ".join(texts), sep=" ")
        except (ValueError, DeprecationWarning):
            # Something between the tags is no number: this piece comes with the full run.
            return no_outlines()
    return outlines_of(numbers, np.array(owners, np.int64))
