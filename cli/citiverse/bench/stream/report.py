"""From visits to figures: medians of each system, and how many times as fast ours is as a peer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from citiverse.bench.row import Row

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from citiverse.bench.stream.line import Line
    from citiverse.bench.stream.visits import Visit

Kind = Literal["ours", "default", "tuned", "inlined"]
Protocol = Literal["http1", "http2"]

FIRST_VIEW_RTTS, FIRST_VIEW_MS = 8.0, 350.0
JUDGED_BPS = 20e6
NEVER_SLOWER = 1.0
SCRIPT_GOALS: Mapping[str, float] = {"default": 2.8, "tuned": 2.0}
"""From the script's start, over HTTP/2, at `JUDGED_BPS` and round trips of 50 and 150 ms."""
NAVIGATION_GOALS: Mapping[str, float] = {"default": 2.0, "tuned": 1.5}
"""From navigation, over HTTP/2, at `JUDGED_BPS` and 50 ms."""


@dataclass(frozen=True, slots=True)
class System:
    """A client with its server: ours, or 3d-tiles-renderer in one of its settings."""

    kind: Kind
    protocol: Protocol
    painted: bool = False

    @property
    def name(self) -> str:
        """As it is called in metrics: `tuned_http2`, `tuned_http2_painted`."""
        return f"{self.kind}_{self.protocol}{'_painted' if self.painted else ''}"


Visits = dict[System, list["Visit"]]
"""Of one line, in the order of the runs, in which systems took turns."""


def rows(line: Line | None, visits: Visits, about: str) -> Iterator[Row]:
    """Everything that is told of one line; None is loopback."""
    cell = "loopback" if line is None else line.name
    for system, seen in visits.items():
        yield from _times(system, seen, cell, line, about)
    if line is not None:
        least = _fewest_bytes(visits)
        for system, seen in visits.items():
            ratios = tuple(one.from_script_ms / ideal_ms(line, least) for one in seen)
            yield Row("stream", f"over_ideal_{system.name}_{cell}", ratios, "times", about)
    for our in (system for system in visits if system.kind == "ours"):
        for peer in (one for one in visits if one.kind != "ours" and one.painted == our.painted):
            yield from _ratios(our, peer, visits, line, about)


def size_rows(visits: Visits, about: str) -> Iterator[Row]:
    """What came of the city: the same over every line."""
    for system, seen in visits.items():
        if system.painted:
            continue
        content = tuple(float(one.content_bytes) for one in seen)
        tiles = tuple(float(one.tiles) for one in seen)
        yield Row("stream", f"bytes_{system.name}", content, "B", about)
        yield Row("stream", f"tiles_{system.name}", tiles, "tiles", about)


def ideal_ms(line: Line, content_bytes: float) -> float:
    """The content at the line's full rate after two round trips: hardly anyone can be faster."""
    return 1000 * (8 * content_bytes / line.rate_bps + 2 * line.rtt_s)


def _fewest_bytes(visits: Visits) -> int:
    """What the view needs: the least with which any system showed it."""
    return min(one.content_bytes for seen in visits.values() for one in seen)


def _times(
    system: System, seen: Sequence[Visit], cell: str, line: Line | None, about: str
) -> Iterator[Row]:
    name = f"{system.name}_{cell}"
    from_script = tuple(one.from_script_ms for one in seen)
    yield Row("stream", f"complete_from_script_{name}", from_script, "ms", about)
    complete = tuple(one.complete_ms for one in seen)
    yield Row("stream", f"complete_from_navigation_{name}", complete, "ms", about)
    first = tuple(one.first_view_ms for one in seen)
    goal = None
    if system.kind == "ours" and line is not None and _is_judged(line):
        goal = FIRST_VIEW_RTTS * line.rtt_s * 1000 + FIRST_VIEW_MS
    yield Row("stream", f"first_view_{name}", first, "ms", about, goal)
    if system.kind == "ours":
        holes = tuple(float(one.holes) for one in seen)
        yield Row("stream", f"frames_with_a_hole_{name}", holes, "frames", about, 0.0)


def _ratios(
    our: System, peer: System, visits: Visits, line: Line | None, about: str
) -> Iterator[Row]:
    """Run by run, since what one run of a busy machine suffers its neighbour suffers, too."""
    pairs = list(zip(visits[our], visits[peer], strict=True))
    from_script = tuple(theirs.from_script_ms / mine.from_script_ms for mine, theirs in pairs)
    from_navigation = tuple(theirs.complete_ms / mine.complete_ms for mine, theirs in pairs)
    cell = "loopback" if line is None else line.name
    name = f"{our.name.removeprefix('ours_')}_than_{peer.name}_{cell}"
    script_goal, navigation_goal = goals(our, peer, line)
    for clock, ratios, goal in (
        ("script", from_script, script_goal),
        ("navigation", from_navigation, navigation_goal),
    ):
        yield Row("stream", f"faster_from_{clock}_{name}", ratios, "times", about, goal, "min")


def goals(our: System, peer: System, line: Line | None) -> tuple[float | None, float | None]:
    """How many times as fast we mean to be, from the script's start and from navigation."""
    if line is None or line.loss or line.mobile or our.painted or peer.protocol != "http2":
        return None, None
    least = NEVER_SLOWER if peer.kind == "tuned" else None
    if our.protocol != "http2" or not _is_judged(line):
        return least, None
    from_script = SCRIPT_GOALS.get(peer.kind) if line.rtt_s in (0.05, 0.15) else least
    return from_script, NAVIGATION_GOALS.get(peer.kind) if line.rtt_s == 0.05 else None


def _is_judged(line: Line) -> bool:
    return line.rate_bps == JUDGED_BPS and not line.loss and not line.mobile
