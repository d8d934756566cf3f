"""What the sensors have brought, in lines for Prometheus."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .exposition import block, head, labelled

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .observations.store import ObservationStore
    from .sensors import Sensors

MOST_DATASTREAMS = 1000
"""In a city with more, /metrics doesn't tell of each; `/scenes/{scene}/sensors` does."""


def sensor_blocks(sensors: Sensors) -> Iterator[str]:
    """All about sensors, one block or line each."""
    ledger = sensors.ledger
    yield block("citiverse_things", "gauge", "Things known.", len(sensors.registry.things))
    yield block(
        "citiverse_datastreams", "gauge", "Datastreams known.", len(sensors.registry.datastreams)
    )
    yield block(
        "citiverse_observations_total", "counter", "Observations taken.", ledger.observations
    )
    yield block(
        "citiverse_observations_late_total",
        "counter",
        "Observations that came again, or behind a newer one.",
        ledger.late,
    )
    if sensors.store is not None:
        yield from _of_store(sensors.store)
    yield head(
        "citiverse_sensor_source_losses_total", "counter", "Times a source could not be reached."
    )
    for source, count in sorted(sensors.lost.items()):
        yield labelled("citiverse_sensor_source_losses_total", {"source": source}, count)
    yield head("citiverse_readings_rejected_total", "counter", "Readings that were no observation.")
    for (source, reason), count in sorted(ledger.rejected.items()):
        labels = {"source": source, "reason": reason.value}
        yield labelled("citiverse_readings_rejected_total", labels, count)
    if len(sensors.registry.datastreams) <= MOST_DATASTREAMS:
        yield from _by_datastream(sensors)


def _of_store(store: ObservationStore) -> Iterator[str]:
    yield block(
        "citiverse_observations_kept",
        "gauge",
        "1 where observations reach the disk, 0 where they stay in memory.",
        int(not store.problem),
    )
    yield block(
        "citiverse_observations_unkept_total",
        "counter",
        "Observations that found no room, or whose time has only summaries.",
        store.lost + store.late,
    )


def _by_datastream(sensors: Sensors) -> Iterator[str]:
    known = [
        (datastream.key, sensors.ledger.at(row))
        for row, datastream in sensors.registry.datastreams.items()
    ]
    name = "citiverse_datastream_observations_total"
    yield head(name, "counter", "Observations of one datastream.")
    yield from (labelled(name, {"datastream": key}, now.count) for key, now in known)
    name = "citiverse_datastream_rejected_total"
    yield head(name, "counter", "Readings of one datastream that were no observation.")
    yield from (labelled(name, {"datastream": key}, now.refused) for key, now in known)
    name = "citiverse_datastream_last_arrival_seconds"
    yield head(name, "gauge", "When the last observation came, in seconds since 1970.")
    for key, now in known:
        if now.arrival_us is not None:
            yield labelled(name, {"datastream": key}, now.arrival_us / 1e6)
