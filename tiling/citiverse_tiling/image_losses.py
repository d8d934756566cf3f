"""Images that can't be used: listed once each, with all the surfaces that go without them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from citiverse_tiling.report import Loss, Reason

if TYPE_CHECKING:
    from citiverse_tiling.model import Place
    from citiverse_tiling.report import Report

MAX_KEPT = 10_000
"""Images that are told apart; what more there are is listed as it comes: memory is bounded."""


@dataclass(slots=True)
class ImageLosses:
    """Gathers losses of images; the surfaces themselves are in the tiles, in a plain colour."""

    report: Report
    _by_name: dict[tuple[str, str], Loss] = field(default_factory=dict)

    def lose(self, place: Place, who: tuple[str, str], name: str, problem: str, count: int) -> None:
        """Count surfaces without the image `name`; `who` are id and class of their object."""
        key = place.file, name
        if key in self._by_name:
            known = self._by_name[key]
            self._by_name[key] = replace(known, count=known.count + count)
            return
        source_id, class_name = who
        detail = f"{name[:200]}: {problem}"
        loss = Loss(
            Reason.MISSING_IMAGE,
            place.file,
            place.line,
            source_id,
            detail,
            count,
            class_name=class_name,
        )
        if len(self._by_name) < MAX_KEPT:
            self._by_name[key] = loss
        else:
            self.report.degrade(loss)

    def list(self) -> None:
        """Put what was gathered into the report."""
        for loss in self._by_name.values():
            self.report.degrade(loss)
        self._by_name.clear()
