"""What a line does to frames, as pure functions of the time that is handed in.

Each direction holds a frame for its turn at the line's rate, then for the way. Where too much waits
for its turn, or by chance, it is dropped. No clock is read here, and nothing is sent.
"""

from __future__ import annotations

import math
import random
from collections import deque
from dataclasses import dataclass

MEGABIT = 1_000_000
LEAST_BUFFER_BYTES = 64 * 1024
BUFFER_S = 0.1
STEP_S = 0.1
TRACE_S = 60.0


@dataclass(frozen=True, slots=True)
class Line:
    """Both directions of a line alike: round trip in seconds, rate in bits a second at layer 2.

    `loss` is the share of frames that are lost by chance, each way. With `mobile` the rate is that
    of `mobile_rates` around `rate_bps`, from its beginning when the line is made.
    """

    rtt_s: float
    rate_bps: float
    loss: float = 0.0
    mobile: bool = False
    seed: int = 1

    @property
    def name(self) -> str:
        """Short and without blanks: `50ms_20mbit`, `50ms_20mbit_loss1`, `60ms_20mbit_lte`."""
        kind = f"_loss{self.loss * 100:g}" if self.loss else ""
        mobile = "_lte" if self.mobile else ""
        return f"{self.rtt_s * 1000:g}ms_{self.rate_bps / MEGABIT:g}mbit{kind}{mobile}"

    @property
    def buffer_bytes(self) -> int:
        """What may wait for its turn: 100 ms at the line's rate, and 64 KiB at least."""
        return max(LEAST_BUFFER_BYTES, round(self.rate_bps / 8 * BUFFER_S))


def mobile_rates(mean_bps: float, seed: int) -> tuple[float, ...]:
    """A made-up phone line: rates of 60 s in steps of 100 ms, (600,), bits a second.

    No recording: the logarithm wanders (first order, correlation 0.9 from step to step, standard
    deviation 0.5), as rates of moving phones do, and one step in two hundred begins a gap of 200 to
    500 ms with a fiftieth of the mean. Scaled so that the mean is `mean_bps`.
    """
    chance = random.Random(seed)
    steps = round(TRACE_S / STEP_S)
    keep, deviation = 0.9, 0.5
    wander = chance.gauss(0.0, deviation)
    gap = 0
    rates = []
    for _ in range(steps):
        wander = keep * wander + chance.gauss(0.0, deviation * math.sqrt(1 - keep * keep))
        if gap == 0 and chance.random() < 1 / 200:
            gap = chance.randint(2, 5)
        rates.append(0.02 if gap else math.exp(wander))
        gap = max(0, gap - 1)
    scale = mean_bps / (sum(rates) / steps)
    return tuple(rate * scale for rate in rates)


class Direction:
    """The queue of one direction; frames are offered in order of time."""

    def __init__(self, line: Line, began: float, salt: int) -> None:
        self._delay = line.rtt_s / 2
        self._rates = mobile_rates(line.rate_bps, line.seed) if line.mobile else (line.rate_bps,)
        self._room = line.buffer_bytes
        self._loss = line.loss
        self._chance = random.Random(line.seed * 2 + salt)
        self._began = began
        self._free_at = began
        self._waiting: deque[tuple[float, int]] = deque()
        self._waiting_bytes = 0
        self._under_way: deque[tuple[float, bytes]] = deque()

    def offer(self, frame: bytes, now: float) -> bool:
        """A frame has come; False where it is dropped."""
        while self._waiting and self._waiting[0][0] <= now:
            self._waiting_bytes -= self._waiting.popleft()[1]
        if self._chance.random() < self._loss or self._waiting_bytes + len(frame) > self._room:
            return False
        self._free_at = self._through_at(max(now, self._free_at), 8 * len(frame))
        self._waiting.append((self._free_at, len(frame)))
        self._waiting_bytes += len(frame)
        self._under_way.append((self._free_at + self._delay, frame))
        return True

    def take(self, now: float) -> list[bytes]:
        """Those that have arrived by now, in order."""
        arrived = []
        while self._under_way and self._under_way[0][0] <= now:
            arrived.append(self._under_way.popleft()[1])
        return arrived

    @property
    def next_arrival(self) -> float | None:
        """When the next frame is to be taken."""
        return self._under_way[0][0] if self._under_way else None

    def _through_at(self, start: float, bits: float) -> float:
        """When `bits` that begin at `start` are on the line."""
        rates = self._rates
        if len(rates) == 1:
            return start + bits / rates[0]
        step = int((start - self._began) / STEP_S)
        while True:
            rate = rates[step % len(rates)]
            end = self._began + (step + 1) * STEP_S
            if bits <= (end - start) * rate:
                return start + bits / rate
            bits -= max(0.0, end - start) * rate
            start, step = max(start, end), step + 1
