"""What the server has done, as text for Prometheus (exposition format 0.0.4)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .errors import Refusal
    from .people.crowd import Crowd
    from .sensors import Sensors


@dataclass(slots=True)
class Metrics:
    """Counters since the start; `sessions` is how many are open now."""

    sessions: int = 0
    sessions_total: int = 0
    sessions_http2: int = 0
    refused: int = 0
    stream_bytes: int = 0
    stream_tiles: int = 0
    http_tiles: int = 0
    comments: int = 0
    requests_refused: Counter[Refusal] = field(default_factory=Counter)

    def refuse(self, code: Refusal) -> None:
        """Counts a request that was refused."""
        self.requests_refused[code] += 1

    def text(self, sensors: Sensors, crowds: Iterable[Crowd]) -> str:
        """All metrics, one block each."""
        crowds = tuple(crowds)
        rejected = [
            f'citiverse_readings_rejected_total{{reason="{reason.value}"}} {count}'
            for reason, count in sorted(sensors.rejected.items())
        ]
        refused = [
            f'citiverse_requests_refused_total{{reason="{reason.value}"}} {count}'
            for reason, count in sorted(self.requests_refused.items())
        ]
        blocks = [
            _block("citiverse_sessions", "gauge", "Open streams.", self.sessions),
            _block("citiverse_sessions_total", "counter", "Streams opened.", self.sessions_total),
            _block(
                "citiverse_sessions_http2_total",
                "counter",
                "Streams opened over a connection of HTTP/2.",
                self.sessions_http2,
            ),
            _block(
                "citiverse_refused_total",
                "counter",
                "Streams ended by a coded error.",
                self.refused,
            ),
            _block(
                "citiverse_stream_bytes_total",
                "counter",
                "Bytes sent to streams.",
                self.stream_bytes,
            ),
            _block(
                "citiverse_stream_tiles_total",
                "counter",
                "Tiles sent to streams.",
                self.stream_tiles,
            ),
            _block(
                "citiverse_people",
                "gauge",
                "People in the lists of all scenes.",
                sum(map(len, crowds)),
            ),
            _block(
                "citiverse_presence_bytes_total",
                "counter",
                "Bytes sent to tell where people are.",
                sum(crowd.presence_bytes for crowd in crowds),
            ),
            _block(
                "citiverse_http_tiles_total", "counter", "Tiles sent over HTTP.", self.http_tiles
            ),
            _block(
                "citiverse_observations_total",
                "counter",
                "Observations taken.",
                sensors.observations,
            ),
            _block(
                "citiverse_sensor_source_losses_total",
                "counter",
                "Times a source of readings was lost.",
                sensors.source_losses,
            ),
            _head(
                "citiverse_readings_rejected_total", "counter", "Readings that were no observation."
            ),
            *rejected,
            _block("citiverse_comments_total", "counter", "Comments stored.", self.comments),
            _head(
                "citiverse_requests_refused_total",
                "counter",
                "Comments, names and other requests that were refused.",
            ),
            *refused,
        ]
        return "\n".join(blocks) + "\n"


def _block(name: str, kind: str, text: str, value: int) -> str:
    return f"{_head(name, kind, text)}\n{name} {value}"


def _head(name: str, kind: str, text: str) -> str:
    return f"# HELP {name} {text}\n# TYPE {name} {kind}"
