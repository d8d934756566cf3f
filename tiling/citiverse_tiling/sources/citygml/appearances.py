"""Tells the polygons of drafts how they look, by the appearances of their file.

Of several themes one is used. A texture goes before a material, and what is said of a polygon
itself before what is said of a surface that it is a part of.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from citiverse_tiling.image_decoding import UnusableImage, image_size
from citiverse_tiling.model import Appearance, Place
from citiverse_tiling.report import Loss, Reason
from citiverse_tiling.sources.citygml.appearance_index import AppearanceIndex
from citiverse_tiling.sources.citygml.names import id_of
from citiverse_tiling.sources.citygml.world_files import projection_of
from citiverse_tiling.sources.image_files import ImageFiles, NoImage
from citiverse_tiling.sources.themes import Themes

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from lxml.etree import _Element

    from citiverse_tiling.report import Report
    from citiverse_tiling.sources.citygml.drafts import GeometryDraft, LooksDraft, ObjectDraft
    from citiverse_tiling.sources.citygml.surface_data import Claim
    from citiverse_tiling.sources.parts import Found, Part

BAD_PLACES = "its texture coordinates are not as many as its points, or no numbers"

MOST_ANCESTORS = 32
"""Surfaces around a polygon that are looked at for an appearance."""


class _Rings(NamedTuple):
    """The rings of a polygon: their numbers in the draft, from `first` on, and their ids."""

    first: int
    ids: list[str]


class Appearances:
    """The appearances of a file, or of those of its members that are in a part of it.

    `theme` is the one to use; None for the first that is met.
    """

    def __init__(
        self, path: Path, theme: str | None, report: Report, part: Part | None = None
    ) -> None:
        self.path = path
        self.report = report
        self._themes = Themes(theme)
        self.index = AppearanceIndex(path, self._themes, part)
        self._files = ImageFiles(path)
        self._backs = 0

    @property
    def has_any(self) -> bool:
        """Whether the file has any; where it hasn't, nobody needs to ask further."""
        return self.index.has_any

    def enter(self, member: _Element) -> None:
        """Take the appearances in a member for those of the polygons in it, or copied from it."""
        if self.has_any:
            self.index.read_member(member)

    def dress(self, drafts: Iterable[ObjectDraft]) -> None:
        """Tell the polygons in the member that was entered last, or copied from it, their looks."""
        if not self.has_any:
            return
        for draft in drafts:
            for geometry in draft.geometries:
                if geometry.looks is not None:
                    self._dress(geometry, geometry.looks, draft)

    @property
    def theme(self) -> str | None:
        """The theme in use, None where none has been met."""
        return self._themes.used

    def finish(self, found: Found) -> None:
        """Note what there was."""
        self.index.close()
        found.themes, found.used_themes = self._themes.met, self._themes.all_used
        found.different_backs, found.dead_links = self._backs, self.index.dead_links

    def _dress(self, geometry: GeometryDraft, looks: LooksDraft, draft: ObjectDraft) -> None:
        bounds = [*geometry.first_rings, len(geometry.rings)]
        reversed_ones = set(geometry.reversed_polygons)
        for polygon, element in looks.elements:
            rings = _Rings(
                bounds[polygon],
                [id_of(ring) for ring in element.iter("{*}LinearRing", "{*}Ring")],
            )
            is_whole = len(rings.ids) == bounds[polygon + 1] - bounds[polygon]
            ids = _ids_around(element)
            claims = self._claims(
                [*rings.ids[:1], *ids] if is_whole else ids, polygon in reversed_ones
            )
            appearance = self._appearance(claims, rings, polygon, looks, draft)
            if appearance is not None:
                row = looks.appearances.setdefault(appearance, len(looks.appearances))
                looks.rows[polygon] = row
        looks.elements.clear()

    def _claims(self, ids: list[str], is_reversed: bool) -> list[Claim]:
        """What the theme in use says of the side of a polygon that is seen."""
        found = [claim for name in ids for claim in self.index.claims(name)]
        found = [claim for claim in found if claim.theme == self._themes.used]
        front = [claim for claim in found if claim.is_front]
        back = [claim for claim in found if not claim.is_front]
        if is_reversed:
            return back or front
        self._backs += bool(back)
        return front

    def _appearance(
        self,
        claims: list[Claim],
        rings: _Rings,
        polygon: int,
        looks: LooksDraft,
        draft: ObjectDraft,
    ) -> Appearance | None:
        colour = next((claim.colour for claim in claims if claim.colour is not None), None)
        theme = self._themes.used or ""
        for claim in claims:
            if not claim.image:
                continue
            try:
                path = self._files.find(claim.image)
                self._place(claim, path, rings, polygon, looks)
            except (NoImage, UnusableImage) as problem:
                place = Place(self.path.name, draft.line)
                who = (draft.source_id, draft.class_name)
                self.report.lose_image(place, who, claim.image, str(problem), 1)
                break
            except _Unplaced as problem:
                lose_placing(self.report, self.path, draft, str(problem))
                break
            return Appearance(path, claim.wrap, colour, theme)
        return None if colour is None else Appearance(colour=colour, theme=theme)

    def _place(
        self, claim: Claim, path: str, rings: _Rings, polygon: int, looks: LooksDraft
    ) -> None:
        """Note where in the image the polygon is. Raises _Unplaced where nothing tells it."""
        if claim.projection is not None:
            looks.projections[polygon] = claim.projection, False
        elif claim.georeference is not None:
            found = projection_of(claim.georeference, path, image_size(path))
            if found is None:
                raise _Unplaced("neither a world file nor a reference point places its image")
            looks.projections[polygon] = found
        else:
            texts = [
                next(
                    (
                        own.coordinates
                        for own in self.index.claims(name)
                        if own.image == claim.image
                        and own.coordinates is not None
                        and own.theme == claim.theme
                        and own.is_front == claim.is_front
                    ),
                    None,
                )
                for name in rings.ids
            ]
            if len(texts) == 1 and texts[0] is None:
                texts = [claim.coordinates]
            for number, text in enumerate(texts):
                if text is None:
                    raise _Unplaced("a ring of it has no texture coordinates")
                looks.coordinates[rings.first + number] = text


class _Unplaced(ValueError):
    """Nothing says where in its image a polygon is; the message says what is missing."""


def lose_placing(
    report: Report, path: Path, draft: ObjectDraft, problem: str, count: int = 1
) -> None:
    """List surfaces of an object whose place in their images can't be told."""
    report.degrade(
        Loss(
            Reason.BAD_TEXTURE_COORDINATES,
            path.name,
            draft.line,
            draft.source_id,
            problem,
            count,
            class_name=draft.class_name,
        )
    )


def _ids_around(element: _Element) -> list[str]:
    """The ids of a polygon and of the surfaces that it is a part of, the nearest first."""
    ids = []
    node: _Element | None = element
    for _ in range(MOST_ANCESTORS):
        if node is None:
            break
        if identifier := id_of(node):
            ids.append(identifier)
        node = node.getparent()
    return ids
