"""What the server has done, as text for Prometheus (exposition format 0.0.4)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .exposition import block, head
from .sensor_metrics import sensor_blocks

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
        refused = [
            f'citiverse_requests_refused_total{{reason="{reason.value}"}} {count}'
            for reason, count in sorted(self.requests_refused.items())
        ]
        blocks = [
            block("citiverse_sessions", "gauge", "Open streams.", self.sessions),
            block("citiverse_sessions_total", "counter", "Streams opened.", self.sessions_total),
            block(
                "citiverse_sessions_http2_total",
                "counter",
                "Streams opened over a connection of HTTP/2.",
                self.sessions_http2,
            ),
            block(
                "citiverse_refused_total",
                "counter",
                "Streams ended by a coded error.",
                self.refused,
            ),
            block(
                "citiverse_stream_bytes_total",
                "counter",
                "Bytes sent to streams.",
                self.stream_bytes,
            ),
            block(
                "citiverse_stream_tiles_total",
                "counter",
                "Tiles sent to streams.",
                self.stream_tiles,
            ),
            block(
                "citiverse_people",
                "gauge",
                "People in the lists of all scenes.",
                sum(map(len, crowds)),
            ),
            block(
                "citiverse_presence_bytes_total",
                "counter",
                "Bytes sent to tell where people are.",
                sum(crowd.presence_bytes for crowd in crowds),
            ),
            block(
                "citiverse_http_tiles_total", "counter", "Tiles sent over HTTP.", self.http_tiles
            ),
            *sensor_blocks(sensors),
            block("citiverse_comments_total", "counter", "Comments stored.", self.comments),
            head(
                "citiverse_requests_refused_total",
                "counter",
                "Comments, names and other requests that were refused.",
            ),
            *refused,
        ]
        return "\n".join(blocks) + "\n"
