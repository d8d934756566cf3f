"""One measured figure with its goal, as a line of JSON."""

from __future__ import annotations

import os
import platform
import statistics
from dataclasses import dataclass
from pathlib import Path
from typing import Literal


@dataclass(frozen=True, slots=True)
class Row:
    """One figure, from the `values` of repeated runs.

    `direction` "max": the value must not exceed the goal; "min": the reverse. `goal` is None for a
    figure that only informs. `versus` says what it is measured against.
    """

    bench: str
    metric: str
    values: tuple[float, ...]
    unit: str
    versus: str
    goal: float | None = None
    direction: Literal["max", "min"] = "max"

    @property
    def value(self) -> float:
        """The median of the runs."""
        return statistics.median(self.values)

    @property
    def spread(self) -> float:
        """How far the runs lie apart: (largest − smallest) ÷ median."""
        return (max(self.values) - min(self.values)) / self.value if self.value else 0.0

    @property
    def reached(self) -> bool:
        """True where the value keeps its goal, or has none."""
        if self.goal is None:
            return True
        return self.value <= self.goal if self.direction == "max" else self.value >= self.goal

    def as_map(self) -> dict[str, str | int | float | None]:
        """The row for JSON; docs/benchmarks.md says what each key means."""
        return {
            "bench": self.bench,
            "metric": self.metric,
            "value": round(self.value, 4),
            "unit": self.unit,
            "goal": self.goal,
            "direction": self.direction,
            "versus": self.versus,
            "runs": len(self.values),
            "spread": round(self.spread, 4),
            "environment": environment(),
        }


def environment() -> str:
    """The machine and the interpreter, in words."""
    return (
        f"{platform.python_implementation()} {platform.python_version()},"
        f" {platform.system()} {platform.machine()}, {_processor()}, {os.cpu_count()} cores"
    )


def _processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or "unknown processor"
