"""The loss report: every polygon that was read is written, not selected, or listed."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum

MAX_EXAMPLES_PER_REASON = 100
"""Losses of one reason are all counted; this many are listed one by one: memory is bounded."""


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


@dataclass(frozen=True, slots=True)
class Loss:
    """`count` source polygons (or, for a class, CityObjects) that are not in the tiles."""

    reason: Reason
    file: str
    line: int
    object_id: str
    detail: str = ""
    count: int = 1


@dataclass(frozen=True, slots=True)
class InputDescription:
    """One input file: format "CityGML", version "2.0", CRS keys in the order met.

    `title` and `contact` are what the file says of itself and of whom to ask about it, or "".
    """

    file: str
    bytes: int
    format: str
    version: str
    crs: tuple[str, ...]
    title: str = ""
    contact: str = ""


@dataclass(slots=True)
class Report:
    """Counts of one run. Readers and transforms add to it; the manifest writes it out.

    `surfaces_read == surfaces_written + surfaces_not_selected + surfaces_lost` or the run has a bug
    (`balance` is what is unaccounted for, and must be 0).
    """

    inputs: list[InputDescription] = field(default_factory=list)
    objects_read: Counter[str] = field(default_factory=Counter)
    objects_written: Counter[str] = field(default_factory=Counter)
    surfaces_read: int = 0
    surfaces_written: int = 0
    surfaces_not_selected: int = 0
    surfaces_lost: Counter[Reason] = field(default_factory=Counter)
    objects_not_supported: Counter[str] = field(default_factory=Counter)
    repaired: Counter[str] = field(default_factory=Counter)
    warnings: list[str] = field(default_factory=list)
    examples: list[Loss] = field(default_factory=list)
    _listed: Counter[Reason] = field(default_factory=Counter)

    def lose(self, loss: Loss) -> None:
        """Count a loss of polygons and list it while there are few of its kind."""
        self.surfaces_lost[loss.reason] += loss.count
        self._list(loss)

    def skip_object(self, loss: Loss, class_name: str) -> None:
        """Count a CityObject of a class that isn't read (its polygons were not read either)."""
        self.objects_not_supported[class_name] += loss.count
        self._list(loss)

    def repair(self, kind: str, count: int = 1) -> None:
        """Count a harmless mend, such as a closing point that was missing."""
        if count:
            self.repaired[kind] += count

    def warn(self, sentence: str) -> None:
        """Keep a sentence for the summary, once."""
        if sentence not in self.warnings:
            self.warnings.append(sentence)

    @property
    def balance(self) -> int:
        """Polygons that are neither written, nor unselected, nor listed: 0 unless we have a bug."""
        accounted = self.surfaces_written + self.surfaces_not_selected
        return self.surfaces_read - accounted - self.surfaces_lost.total()

    @property
    def has_losses(self) -> bool:
        """True where something in the source is not in the tiles (exit code 3)."""
        return bool(self.surfaces_lost) or bool(self.objects_not_supported)

    def _list(self, loss: Loss) -> None:
        self._listed[loss.reason] += 1
        if self._listed[loss.reason] <= MAX_EXAMPLES_PER_REASON:
            self.examples.append(loss)
