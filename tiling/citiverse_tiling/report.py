"""The loss report: every polygon that was read is written, not selected, or listed."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from citiverse_tiling.model import CityObject, Place

MAX_LISTED = 10_000
"""Losses are all counted; so many of a run are listed one by one: memory is bounded."""

MAX_IMAGES = 10_000
"""Images that can't be used are told apart; what more there are is listed as it comes."""


class Reason(StrEnum):
    """Why a source polygon is not in the tiles. The values are part of the scene contract."""

    TOO_FEW_POINTS = "too-few-points"
    ZERO_AREA = "zero-area"
    NOT_TRIANGULATED = "not-triangulated"
    BAD_COORDINATES = "bad-coordinates"
    UNRESOLVED_LINK = "unresolved-link"
    UNSUPPORTED_GEOMETRY = "unsupported-geometry"
    UNSUPPORTED_CLASS = "unsupported-class"
    UNKNOWN_COVER = "unknown-cover"
    UNKNOWN_SIZE = "unknown-size"
    UNKNOWN_HEIGHT = "unknown-height"
    NOT_PLANAR = "not-planar"
    """The polygon is in the tiles, cut into triangles that lie on no one plane."""
    MISSING_IMAGE = "missing-image"
    """Of a texture: the polygon is in the tiles, without it (`Report.degrade`)."""
    BAD_TEXTURE_COORDINATES = "bad-texture-coordinates"
    """The same, as nothing usable tells where in the image the polygon is."""


@dataclass(frozen=True, slots=True)
class Loss:
    """`count` source polygons (or, for a class, CityObjects) that are not in the tiles."""

    reason: Reason
    file: str
    line: int
    object_id: str
    detail: str = ""
    count: int = 1
    class_name: str = field(kw_only=True)

    @classmethod
    def of(
        cls, item: CityObject, reason: Reason, detail: str = "", count: int = 1, line: int = 0
    ) -> Loss:
        """A loss of an object that was read; `line` 0 is the object's own."""
        place = item.place
        return cls(
            reason,
            place.file,
            line or place.line,
            item.source_id,
            detail,
            count,
            class_name=item.class_name,
        )


@dataclass(frozen=True, slots=True)
class InputDescription:
    """One input file: format "CityGML", version "2.0", CRS keys in the order met.

    `title`, `contact` and `licence` are what the file says of itself, of whom to ask about it and
    of what one may do with it, or "".
    `details` are sentences on what is in a file that isn't made of city objects alone: the size
    of a raster, the points of a cloud, the features of each layer.
    `to_ecef` takes metres of a building model to ECEF: a matrix (3, 4), row by row, exact within a
    millimetre in 100 m around the model's middle; () for what has no frame of its own.
    """

    file: str
    bytes: int
    format: str
    version: str
    crs: tuple[str, ...]
    title: str = ""
    contact: str = ""
    licence: str = ""
    details: tuple[str, ...] = ()
    to_ecef: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class DynamizerDescription:
    """An attribute that changes: which one of which object, and where its values come from.

    `target` is the source id of the object, `attribute` the path to the attribute in it. `url` is
    that of a SensorThings datastream, or of whatever else `connection` says. `values` are those
    that stand in the file itself. What the file doesn't say is "".
    """

    id: str
    file: str
    line: int
    target: str
    attribute: str
    observed_property: str
    uom: str
    connection: str
    url: str
    sensor: str
    begins: str
    ends: str
    values: int


@dataclass(slots=True)
class SurfaceTally:
    """What became of the surfaces of one class in one file.

    `made` are surfaces that are in no source (the walls of a footprint that was raised); they are
    in the tiles, but not in `written`.
    """

    read: int = 0
    written: int = 0
    not_selected: int = 0
    made: int = 0
    lost: Counter[Reason] = field(default_factory=Counter)

    def add(self, other: SurfaceTally) -> None:
        """Count another's surfaces as well."""
        self.read += other.read
        self.written += other.written
        self.not_selected += other.not_selected
        self.made += other.made
        self.lost.update(other.lost)

    @property
    def balance(self) -> int:
        """Surfaces that are neither written, nor unselected, nor listed: 0 unless we have a bug."""
        return self.read - self.written - self.not_selected - self.lost.total()


@dataclass(frozen=True, slots=True)
class CopyCounts:
    """Objects whose shape stands in many places, and how many such shapes there are."""

    objects: int = 0
    templates: int = 0


@dataclass(frozen=True, slots=True)
class Collision:
    """A feature, and the share of its ground that a building stands on, 0 to 1."""

    id: str
    share: float


@dataclass(frozen=True, slots=True)
class Landing:
    """Where a building comes to stand among what is there, in sentences and in numbers.

    lon, lat   of the middle of its footprint, degrees
    floor      height of its ground floor, scene frame
    gap        how far that is above the ground along its footprint: the least and the most, in
               metres, below 0 where it is in the ground; None where there is no ground
    collides   what stands there already
    """

    building: str
    name: str
    lon: float
    lat: float
    floor: float
    gap: tuple[float, float] | None
    collides: tuple[Collision, ...]
    said: tuple[str, ...]


Relation: TypeAlias = Literal["same", "renamed", "split", "merged", "demolished", "new", "unsure"]
"""What became of a feature of a former delivery."""


@dataclass(frozen=True, slots=True)
class Successions:
    """What came of the features of the former delivery.

    counts   relation → old features, of `new` the new ones
    orphans  identities without a sure successor: demolished or unsure; the first 10 000
    unsure   those of them with candidates → the candidates, of which none is sure
    """

    counts: dict[str, int]
    orphans: tuple[str, ...]
    unsure: dict[str, tuple[str, ...]]

    @property
    def is_change(self) -> bool:
        """Whether anything isn't the same; the same delivery again leaves no trace of itself."""
        return set(self.counts) != {"same"}


@dataclass(slots=True)
class Report:
    """Counts of one run. Readers and transforms add to it; the manifest writes it out.

    `read == written + not_selected + lost` for each class of each file, or the run has a bug.
    """

    inputs: list[InputDescription] = field(default_factory=list)
    surfaces: defaultdict[tuple[str, str], SurfaceTally] = field(
        default_factory=lambda: defaultdict(SurfaceTally)
    )
    """By file and class."""
    objects_read: Counter[str] = field(default_factory=Counter)
    objects_written: Counter[str] = field(default_factory=Counter)
    objects_not_selected: Counter[str] = field(default_factory=Counter)
    objects_not_supported: Counter[str] = field(default_factory=Counter)
    degraded: Counter[Reason] = field(default_factory=Counter)
    repaired: Counter[str] = field(default_factory=Counter)
    warnings: list[str] = field(default_factory=list)
    losses: list[Loss] = field(default_factory=list)
    dynamizers: list[DynamizerDescription] = field(default_factory=list)
    copies: CopyCounts = CopyCounts()
    """What is kept as copies of one mesh."""
    successions: Successions | None = None
    """What became of the features of a former delivery."""
    landings: tuple[Landing, ...] = ()
    """Where buildings of which the inside is known come to stand."""
    skipped: list[str] = field(default_factory=list)
    """Files in folders and archives that are of no format that can be read."""
    images: dict[tuple[str, str], Loss] = field(default_factory=dict)
    """Images that can't be used, by source file and name, until they are listed."""

    def read(self, file: str, class_name: str, count: int) -> None:
        """Count polygons that a source gives."""
        self.surfaces[file, class_name].read += count

    def write(self, item: CityObject, count: int) -> None:
        """Count polygons of an object that are in the tiles."""
        self.surfaces[item.place.file, item.class_name].written += count

    def leave_out(self, file: str, class_name: str, count: int) -> None:
        """Count polygons that are good, but not meant to be seen: of another LoD, indoors …"""
        self.surfaces[file, class_name].not_selected += count

    def make(self, item: CityObject, count: int) -> None:
        """Count polygons that no source gives and that will be written beside those that one does.

        They are taken off what is written, so that the balance holds.
        """
        tally = self.surfaces[item.place.file, item.class_name]
        tally.made += count
        tally.written -= count

    def lose(self, loss: Loss) -> None:
        """Count a loss of polygons and list it while there are few."""
        self.surfaces[loss.file, loss.class_name].lost[loss.reason] += loss.count
        self._list(loss)

    def skip_object(self, loss: Loss) -> None:
        """Count a CityObject of a class that isn't read (its polygons were not read either)."""
        self.objects_not_supported[loss.class_name] += loss.count
        self._list(loss)

    def degrade(self, loss: Loss) -> None:
        """Count and list polygons that are in the tiles, but not as the source has them."""
        self.degraded[loss.reason] += loss.count
        self._list(loss)

    def lose_image(
        self, place: Place, who: tuple[str, str], name: str, problem: str, count: int
    ) -> None:
        """Count surfaces that go without the image `name`: in the tiles, in a plain colour.

        `who` are id and class of their object. Each image is listed once, by `list_images`.
        """
        source_id, class_name = who
        loss = Loss(
            Reason.MISSING_IMAGE,
            place.file,
            place.line,
            source_id,
            f"{name[:200]}: {problem}",
            count,
            class_name=class_name,
        )
        self._gather(name, loss)

    def list_images(self) -> None:
        """List the images that can't be used, each with all surfaces that go without it."""
        for loss in self.images.values():
            self.degrade(loss)
        self.images.clear()

    def note_dynamizer(self, dynamizer: DynamizerDescription) -> None:
        """List an attribute that changes while there are few."""
        if len(self.dynamizers) < MAX_LISTED:
            self.dynamizers.append(dynamizer)
        else:
            self.warn(f"{dynamizer.file}: only the first {MAX_LISTED:,} dynamizers are listed")

    def repair(self, kind: str, count: int = 1) -> None:
        """Count a harmless mend, such as a closing point that was missing."""
        if count:
            self.repaired[kind] += count

    def warn(self, sentence: str) -> None:
        """Keep a sentence for the summary, once."""
        if sentence not in self.warnings:
            self.warnings.append(sentence)

    @property
    def surfaces_read(self) -> int:
        """Of all files and classes, as are the next four."""
        return sum(tally.read for tally in self.surfaces.values())

    @property
    def surfaces_written(self) -> int:
        """Without those that were made."""
        return sum(tally.written for tally in self.surfaces.values())

    @property
    def surfaces_not_selected(self) -> int:
        """Of another level of detail, or not meant to be seen."""
        return sum(tally.not_selected for tally in self.surfaces.values())

    @property
    def surfaces_made(self) -> int:
        """In the tiles, and in no source."""
        return sum(tally.made for tally in self.surfaces.values())

    @property
    def surfaces_lost(self) -> Counter[Reason]:
        """By reason."""
        return sum((tally.lost for tally in self.surfaces.values()), Counter())

    @property
    def unbalanced(self) -> list[tuple[str, str]]:
        """Files and classes of which polygons are unaccounted for: none unless we have a bug."""
        return [key for key, tally in self.surfaces.items() if tally.balance]

    @property
    def has_losses(self) -> bool:
        """True where something in the source is not in the tiles as it is (exit code 3)."""
        lost = any(tally.lost for tally in self.surfaces.values())
        not_whole = bool(self.degraded or self.images)
        return lost or bool(self.objects_not_supported) or not_whole

    def add(self, part: Report) -> None:
        """Take what another report counts and lists, of what was read after this one's."""
        self.inputs += part.inputs
        for key, tally in part.surfaces.items():
            self.surfaces[key].add(tally)
        for mine, others in (
            (self.objects_read, part.objects_read),
            (self.objects_written, part.objects_written),
            (self.objects_not_selected, part.objects_not_selected),
            (self.objects_not_supported, part.objects_not_supported),
            (self.repaired, part.repaired),
        ):
            mine.update(others)
        self.degraded.update(part.degraded)
        for sentence in part.warnings:
            self.warn(sentence)
        for loss in part.losses:
            self._list(loss)
        for dynamizer in part.dynamizers:
            self.note_dynamizer(dynamizer)
        self.skipped += part.skipped
        for (_, name), loss in part.images.items():
            self._gather(name, loss)

    def shift_lines(self, by: int) -> None:
        """Count lines from the begin of a file, where this report's are from one in its middle."""
        self.losses = [_shifted(loss, by) for loss in self.losses]
        self.images = {key: _shifted(loss, by) for key, loss in self.images.items()}
        self.dynamizers = [replace(one, line=one.line + by) for one in self.dynamizers]

    def _gather(self, name: str, loss: Loss) -> None:
        key = loss.file, name
        if key in self.images:
            known = self.images[key]
            self.images[key] = replace(known, count=known.count + loss.count)
        elif len(self.images) < MAX_IMAGES:
            self.images[key] = loss
        else:
            self.degrade(loss)

    def _list(self, loss: Loss) -> None:
        if len(self.losses) < MAX_LISTED:
            self.losses.append(loss)


def _shifted(loss: Loss, by: int) -> Loss:
    return replace(loss, line=loss.line + by) if loss.line else loss
