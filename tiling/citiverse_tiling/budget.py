"""How a walk through a finished scene keeps a device's budget, as report.json says it."""

from __future__ import annotations

import msgspec


class BudgetFigure(msgspec.Struct, frozen=True):
    """The most that was met on a tour, what it may be, and where: an eye in the scene frame."""

    most: int
    limit: int
    position: tuple[float, float, float]


class BudgetReport(msgspec.Struct, frozen=True):
    """How a tour of the finished scene keeps a device's budget (scene.md)."""

    profile: str
    target_px: float
    points: int
    draws: BudgetFigure
    triangles: BudgetFigure
    gpu_bytes: BudgetFigure
    primitives: BudgetFigure

    def misses(self) -> list[str]:
        """A sentence for each figure that is over its limit."""
        figures = (
            ("draw calls", self.draws),
            ("triangles in view", self.triangles),
            ("bytes on the graphics card", self.gpu_bytes),
            ("materials in one tile", self.primitives),
        )
        return [
            f"too much for a {self.profile}: {one.most:,} {what} at "
            f"({', '.join(f'{metres:.0f}' for metres in one.position)}), "
            f"where {one.limit:,} is the most it should meet"
            for what, one in figures
            if one.most > one.limit
        ]
