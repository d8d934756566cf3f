"""How each datastream does, in numbers and in plain words."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..overlays.model import Quality

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..overlays.model import Datastream
    from .judge import Judge

SECOND_US = 1_000_000
DAY_S = 86_400.0
# Who is silent for so many periods is stale.
STALE_PERIODS = 2.0
SAID = {
    Quality.IMPLAUSIBLE: "out of the plausible range",
    Quality.STUCK: "stuck at one value",
    Quality.SPIKE: "a sudden spike",
    Quality.DRIFT: "drifting away from the neighbours",
    Quality.CLOCK: "told with a wrong time",
    Quality.GAP: "the first after a gap",
}
UNITS = ((DAY_S, "day"), (3_600.0, "hour"), (60.0, "minute"), (1.0, "second"))


@dataclass(frozen=True, slots=True)
class Report:
    """One datastream: seconds, or None where nobody knows yet; `completeness` is a share of the
    values that were due in the last day, or since the first; `flagged` counts since the start.
    """

    datastream: str
    period_s: float | None
    completeness: float | None
    delay_s: float | None
    silent_s: float | None
    stale: bool
    flagged: dict[Quality, int]

    @property
    def sentences(self) -> tuple[str, ...]:
        """The same for people."""
        if self.silent_s is None:
            return ("Nothing has come yet.",)
        said = []
        if self.completeness is not None and self.period_s is not None:
            said.append(
                f"{_percent(self.completeness)} of the values of the last day came; one is due "
                f"every {duration(self.period_s)}."
            )
        if self.delay_s is not None:
            said.append(f"As a rule a value comes {duration(max(self.delay_s, 0.0))} late.")
        if self.stale:
            said.append(f"It has been silent for {duration(self.silent_s)}.")
        said += [
            f"{count} value{'s were' if count > 1 else ' was'} {SAID[bit]}."
            for bit, count in self.flagged.items()
        ]
        return tuple(said)


def report(judge: Judge, datastreams: Mapping[int, Datastream], now_us: int) -> list[Report]:
    """How datastreams by row do at a moment, in their order."""
    return [of_row(judge, row, datastream, now_us) for row, datastream in datastreams.items()]


def duration(seconds: float) -> str:
    """A length of time in its largest unit: "3 minutes"."""
    if seconds < 1.0:
        return f"{seconds:.1f} seconds"
    length, unit = next(one for one in UNITS if seconds >= one[0])
    count = f"{seconds / length:.1f}".removesuffix(".0")
    return f"{count} {unit}{'' if count == '1' else 's'}"


def of_row(judge: Judge, row: int, datastream: Datastream, now_us: int) -> Report:
    """How one datastream does at a moment."""
    tally = judge.tally
    if not tally.knows(row):
        return Report(datastream.key, datastream.period_s or None, None, None, None, False, {})
    period = _known(float(judge.periods_s(np.array([row]))[0]))
    silent = (now_us - int(tally.newest[row])) / SECOND_US
    watched = min((now_us - int(tally.since[row])) / SECOND_US, DAY_S)
    completeness = None
    if period is not None and watched > period:
        completeness = min(tally.came(row, now_us) / (watched / period), 1.0)
    return Report(
        datastream=datastream.key,
        period_s=period,
        completeness=completeness,
        delay_s=_known(float(judge.recalled.delay[row])),
        silent_s=silent,
        stale=period is not None and silent > STALE_PERIODS * period,
        flagged=tally.flagged(row),
    )


def _known(value: float) -> float | None:
    return None if math.isnan(value) else value


def _percent(share: float) -> str:
    # 99.97 % must not look like all of them.
    return f"{math.floor(share * 100)} %"
