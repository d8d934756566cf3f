"""A CityGML file → CityObjects, in document order and a batch at a time.

Objects with surfaces that stand in another member come last: these are found by a second pass
over the file, or over the file beside it that is named, which looks only for the ids wanted.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from citiverse_tiling.errors import InputError, NotXml
from citiverse_tiling.sources.citygml.about import read_about
from citiverse_tiling.sources.citygml.appearances import Appearances
from citiverse_tiling.sources.citygml.assemble import Assembler
from citiverse_tiling.sources.citygml.features import Features
from citiverse_tiling.sources.citygml.library import Library
from citiverse_tiling.sources.citygml.links import LinkFollower, by_file, lose_links
from citiverse_tiling.sources.citygml.names import MEMBERS, local_name
from citiverse_tiling.sources.citygml.shape_index import ShapesElsewhere
from citiverse_tiling.sources.citygml.stream import (
    HEAD_BYTES,
    is_surface_data,
    looks_like_xml,
    read_head,
    refuse_doctype,
    stream_members,
)
from citiverse_tiling.sources.conclusion import conclude
from citiverse_tiling.sources.image_files import ImageFiles, NoImage
from citiverse_tiling.sources.parts import Found, Wanted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from lxml.etree import _Element

    from citiverse_tiling.crs import CrsRegistry
    from citiverse_tiling.model import CityObject
    from citiverse_tiling.report import Report
    from citiverse_tiling.sources.citygml.drafts import Link, ObjectDraft
    from citiverse_tiling.sources.parts import Part

BATCH_RINGS = 4096
BATCH_OBJECTS = 512
BATCH_BYTES = 8 * 1024 * 1024
MAX_OTHER_FILES = 16
MAX_OUTSIDE_LINKS = 10_000
"""Links to other members that are kept for the second pass, so that memory is bounded."""

_CITYGML = re.compile(r"http://www\.opengis\.net/citygml(?:/\w+)?/(\d\.\d)")


def accepts(head: bytes) -> bool:
    """Whether a file that begins so is XML: CityGML is the only XML format there is."""
    return looks_like_xml(head)


def read(
    path: Path,
    crs: CrsRegistry,
    report: Report,
    on_bytes: Callable[[int], None],
    theme: str | None = None,
) -> Iterator[CityObject]:
    """Stream the CityObjects of a CityGML file; see `sources.read`."""
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
    """Stream the CityObjects of a part of a file, or of all of it; fills in `found`.

    A part that isn't well-formed by itself, or has links that leave it, needs the whole file.
    """
    path, part, begun = wanted.path, wanted.part, wanted.begun
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    refuse_doctype(path, head)
    lines_before = part.line - 1 - head.count(b"\n", 0, part.lead) if part and part.start else 0
    theme = wanted.theme
    if begun is not None and theme is None:
        theme = begun.theme
    appearances = Appearances(path, theme, report, part)
    library = Library(ImageFiles(path))
    elsewhere = ShapesElsewhere(path, part.shapes if part else ())
    features = Features(
        path.name, report, appearances, library, elsewhere, lines_before=lines_before
    )
    assembler = Assembler(path, crs, report, features.templates)
    if begun is not None:
        assembler.north_first |= begun.north_first
    found.format, found.version = "CityGML", _version(path, head)
    try:
        yield from _objects(path, part, features, assembler, on_bytes, found)
    except NotXml:
        if part is None:
            raise
        found.needs_whole = True
    except InputError as error:
        if error.line:
            error.line += lines_before
        raise
    report.shift_lines(lines_before)
    appearances.finish(found)
    if part is not None and part.has_looks and begun is None and appearances.theme is None:
        found.needs_whole = True
    found.title, found.contact = features.about.title, features.about.contact
    found.licence = features.about.licence
    found.objects, found.north_first = assembler.objects, assembler.north_first
    found.unseen_classes = features.unseen_classes
    found.unkept_attributes = features.unkept_attributes
    found.unkept_curves = features.unkept_curves
    found.unkept_surface_attributes = features.unkept_surface_attributes
    found.has_feared_water = features.has_feared_water


def _objects(
    path: Path,
    part: Part | None,
    features: Features,
    assembler: Assembler,
    on_bytes: Callable[[int], None],
    found: Found,
) -> Iterator[CityObject]:
    batch: list[ObjectDraft] = []
    waiting: list[ObjectDraft] = []
    outside: list[Link] = []
    follower = LinkFollower()
    rings = read = batch_began = 0

    def count_bytes(count: int) -> None:
        nonlocal read
        read += count
        on_bytes(count)

    for member in stream_members(path, MEMBERS, count_bytes, part):
        for drafts, links in _member(member, features, follower):
            if len(outside) + len(links) > MAX_OUTSIDE_LINKS:
                lose_links(links, path.name, features.report, "is one link too many to look for")
                links = []
            outside += links
            owners = {id(link.owner) for link in links}
            for draft in drafts:
                is_whole = features.templates.resolve(draft) or len(waiting) >= MAX_OUTSIDE_LINKS
                (batch if is_whole and id(draft) not in owners else waiting).append(draft)
            rings += sum(len(g.rings) for draft in drafts for g in draft.geometries)
        is_large = read - batch_began >= BATCH_BYTES
        if is_large or rings >= BATCH_RINGS or len(batch) >= BATCH_OBJECTS:
            yield from assembler.assemble(batch)
            batch, rings, batch_began = [], 0, read
    yield from assembler.assemble(batch)
    if part is not None and (outside or waiting):
        found.needs_whole = True
        return
    inside, elsewhere = by_file(outside)
    left = _follow(inside, path, features, follower)
    lose_links(left, path.name, features.report, "can't be found in this file")
    beside = ImageFiles(path)
    for number, (name, links) in enumerate(elsewhere.items()):
        try:
            other = Path(beside.find(name)) if number < MAX_OTHER_FILES else None
            left = _follow(links, other, features, follower) if other else links
        except (NoImage, NotXml):
            left = links
        lose_links(left, path.name, features.report, f"can't be found in {name[:100]}")
    for draft in waiting:
        features.templates.resolve(draft)
    yield from assembler.assemble(waiting)


def _follow(
    links: list[Link], path: Path, features: Features, follower: LinkFollower
) -> list[Link]:
    """Copy what the links lead to from anywhere in a file; return those that lead nowhere."""
    if not links:
        return []
    for member in stream_members(path, MEMBERS, lambda _: None):
        left = follower.follow(links, member, same_member=False)
        if len(left) < len(links):
            features.appearances.enter(member)
            features.appearances.dress(link.owner for link in links)
        links = left
        if not links:
            break
    return links


def _member(
    member: _Element, features: Features, follower: LinkFollower
) -> Iterator[tuple[list[ObjectDraft], list[Link]]]:
    """The objects of each feature in a member, and their links that leave it."""
    if not features.about.srs_name:
        features.about = read_about(member, features.about)
    if is_surface_data(member) or local_name(member.tag) == "appearanceMember":
        return
    features.appearances.enter(member)
    for feature in member:
        if local_name(feature.tag) != "Appearance":
            drafts = features.read_member(feature, features.about.srs_name)
            links = follower.resolve(drafts, member)
            features.appearances.dress(drafts)
            yield drafts, links


def _version(path: Path, head: bytes) -> str:
    """The version of CityGML, by the namespaces at the file's head."""
    document = read_head(head)
    text = head.replace(b"\x00", b"").decode("latin-1")
    versions = _CITYGML.findall(text)
    if not versions:
        root = document.root if document else "no element"
        raise NotXml(
            f"its root is {root} and it names no namespace of CityGML",
            file=path,
            remedy="give a CityGML file of version 1.0, 2.0 or 3.0",
        )
    return str(max(set(versions), key=versions.count))
