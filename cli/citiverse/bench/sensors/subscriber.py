"""One subscriber of a broker, which tells how long messages took over the broker alone.

    python -m citiverse.bench.sensors.subscriber PORT

Prints `READY`, and the 99th percentile in milliseconds when nothing has come for a moment.
"""

from __future__ import annotations

import contextlib
import sys
import time

import numpy as np

from citiverse.bench.sensors.playing import mqtt_latencies
from citiverse.bench.sensors.publishing import mqtt_connection, mqtt_subscription

READY = "ready"
QUIET_S = 1.5
BYTES = 1 << 16


def main(port: str) -> None:
    """Listen until it is quiet."""
    line = mqtt_connection(int(port), b"bench-alone")
    line.sendall(mqtt_subscription())
    chunks = [(time.monotonic(), line.recv(BYTES))]
    print(READY, flush=True)
    chunks.append((time.monotonic(), line.recv(BYTES)))
    line.settimeout(QUIET_S)
    with contextlib.suppress(TimeoutError):
        while data := line.recv(BYTES):
            chunks.append((time.monotonic(), data))
    print(float(np.percentile(mqtt_latencies(chunks), 99)) * 1000.0, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
