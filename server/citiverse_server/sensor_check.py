"""What arrives from the sources of a sensor file and what doesn't, and why, in plain words."""

from __future__ import annotations

import asyncio
import logging
import os
from dataclasses import dataclass, replace
from itertools import chain, repeat
from typing import TYPE_CHECKING

from msgspec import structs

from .overlays.ledger import NO_ROW
from .overlays.model import Rejected
from .overlays.sources.kinds import kind_of
from .overlays.topics import THING
from .overlays.units import UnitError, parse
from .overlays.words import REASONS, doubts, in_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .listening import Listening
    from .overlays.model import Datastream
    from .overlays.sensor_file import DatastreamSettings, SensorFile, SourceSettings
    from .sensors import Sensors

MOST_SAID = 50
MOST_UNITS = 20


@dataclass(frozen=True, slots=True)
class CheckedDatastream:
    """One datastream, or one entry of the file for many; `problem` is "" where values come.

    `line` is where the file describes it, 0 where its source brings it itself.
    """

    key: str
    line: int
    observations: int
    says: str
    problem: str


@dataclass(frozen=True, slots=True)
class CheckedSource:
    """One source; `problems` are those of no single datastream, `lost` is how often it couldn't be
    reached.
    """

    name: str
    kind: str
    url: str
    lost: int
    datastreams: tuple[CheckedDatastream, ...]
    problems: tuple[str, ...]

    @property
    def observations(self) -> int:
        """How many values came."""
        return sum(one.observations for one in self.datastreams)

    @property
    def is_well(self) -> bool:
        """Whether every datastream brings values, and nothing was left out."""
        return not self.problems and not any(one.problem for one in self.datastreams)


class Said(logging.Handler):
    """Keeps what sources say of themselves, each sentence once."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.sentences: dict[str, None] = {}

    def emit(self, record: logging.LogRecord) -> None:
        """Keeps a sentence; when it tries again is of no interest here."""
        sentence = record.getMessage().partition("; trying again in ")[0].rstrip(".")
        if len(self.sentences) < MOST_SAID:
            self.sentences[sentence] = None


def without_traces(file: SensorFile) -> SensorFile:
    """The same sources, heard so that they don't know the server behind it: with a session of its
    own at a broker, or what waits there for the server would come here and be lost to it; and
    without asking anyone to notify.
    """
    sources = tuple(structs.replace(one, client_id="", notify_url="") for one in file.source)
    return structs.replace(file, source=sources)


async def listen(listening: Listening, seconds: float) -> tuple[str, ...]:
    """Listens to all sources for a while; what they said of themselves, such as who can't be
    reached.
    """
    said, log = Said(), logging.getLogger("citiverse.sensors")
    log.addHandler(said)
    tasks = [asyncio.create_task(work) for work in listening.tasks(lambda: False)]
    try:
        await asyncio.sleep(seconds)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        log.removeHandler(said)
        await listening.close()
    return tuple(said.sentences)


def checked(sensors: Sensors, now_us: int, lines: Sequence[int] = ()) -> list[CheckedSource]:
    """What came of each source of the file; `lines` are those of its datastreams."""
    described = list(zip(sensors.file.datastream, chain(lines, repeat(0)), strict=False))
    return [_source(sensors, source, described, now_us) for source in sensors.file.sources]


def _source(
    sensors: Sensors,
    source: SourceSettings,
    described: Sequence[tuple[DatastreamSettings, int]],
    now_us: int,
) -> CheckedSource:
    ours = [(entry, line) for entry, line in described if entry.source == source.name]
    if ours:
        datastreams = [_entry(sensors, entry, line, now_us) for entry, line in ours]
    else:
        registry = sensors.registry
        rows = [row for row in registry.datastreams if registry.source_of(row) == source.name]
        datastreams = [_datastream(sensors, row, now_us) for row in rows]
    return CheckedSource(
        name=source.name,
        kind=source.kind,
        url=source.url,
        lost=sensors.lost[source.name],
        datastreams=tuple(datastreams),
        problems=tuple(_problems(sensors, source, bool(datastreams))),
    )


def _problems(sensors: Sensors, source: SourceSettings, is_known: bool) -> Iterator[str]:
    if kind_of(source.kind).arrivals is None or not source.url:
        yield "it is sent to by others while the server runs, so nothing can be heard of it now"
        if not (source.token_env and os.environ.get(source.token_env)):
            yield "nobody can: its `token_env` names no environment variable that is set"
        return
    if not is_known:
        yield "it has told of no datastream"
    if lost := sensors.lost[source.name]:
        yield f"it couldn't be reached ({_counted(lost, 'attempt')})"
    for (name, reason), count in sorted(sensors.ledger.strays.items()):
        if name == source.name:
            sample = shortened(sensors.ledger.sample(name, reason))
            last = f"; the last one: {sample}" if sample else ""
            yield f"{count} left out: {REASONS[reason]}{last}"
    yield from _units(sensors, source.name)


def _units(sensors: Sensors, source: str) -> Iterator[str]:
    """Units that no machine understands; what they measure can't be compared or converted."""
    unknown: dict[str, str] = {}
    for row, datastream in sensors.registry.datastreams.items():
        if sensors.registry.source_of(row) == source and not _is_ucum(datastream):
            unknown.setdefault(datastream.ucum or datastream.unit, datastream.key)
    for unit, key in list(unknown.items())[:MOST_UNITS]:
        yield f"the unit {unit!r} is none of UCUM that we know (datastream {key})"


def _is_ucum(datastream: Datastream) -> bool:
    try:
        parse(datastream.ucum)
    except UnitError:
        return False
    return True


def _entry(
    sensors: Sensors, entry: DatastreamSettings, line: int, now_us: int
) -> CheckedDatastream:
    registry = sensors.registry
    if not entry.for_many:
        row = registry.datastream(entry.key)
        found = _datastream(sensors, NO_ROW if row is None else row, now_us, entry)
        return replace(found, line=line)
    rows = [
        row
        for row, one in registry.datastreams.items()
        if registry.source_of(row) == entry.source
        and one.key == entry.key.replace(THING, one.thing)
    ]
    count = sum(sensors.ledger.at(row).count for row in rows)
    where = f" on the topic {entry.topic}" if entry.topic else ""
    return CheckedDatastream(
        key=entry.key,
        line=line,
        observations=count,
        says=f"{_counted(count, 'value')} of {_counted(len(rows), 'thing')}",
        problem="" if count else f"nothing{where} of a thing that is known",
    )


def _datastream(
    sensors: Sensors, row: int, now_us: int, entry: DatastreamSettings | None = None
) -> CheckedDatastream:
    datastream, now = sensors.registry.datastreams[row], sensors.ledger.at(row)
    says, problem = in_words(datastream, now, now_us), ""
    if now.reason is not None:
        source = sensors.registry.source_of(row)
        sample = shortened(sensors.ledger.sample(source, now.reason, row))
        left = f"{now.refused} messages were left out" if now.refused > 1 else "1 was left out"
        place = "" if entry is None else _place(entry, now.reason)
        problem = f"{left}: {REASONS[now.reason]}{place}; the last one: {sample}"
    elif not now.count:
        topic = "" if entry is None else entry.topic
        problem = f"nothing on the topic {topic}" if topic else "nothing came of it"
    elif now.quality:
        problem = f"its last value is doubtful: {' and '.join(doubts(now.quality))}"
    return CheckedDatastream(datastream.key, 0, now.count, says, problem)


def _place(entry: DatastreamSettings, reason: Rejected) -> str:
    """The field of the file that says where in the message it should be."""
    match reason:
        case Rejected.NO_VALUE:
            return f', value = "{entry.value}"'
        case Rejected.BAD_TIME:
            return f', time = "{entry.time}"; one without a zone needs the source\'s `timezone`'
        case Rejected.FUTURE:
            return ", perhaps local time that is called UTC"
        case Rejected.WRONG_UNIT:
            return f', unit_at = "{entry.unit_at}"'
        case _:
            return ""


def _counted(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def shortened(message: bytes, most: int = 100) -> str:
    """A message on one line, the end left out where it is long."""
    text = message.decode("utf-8", errors="replace")
    plain = "".join(letter if letter.isprintable() else "·" for letter in text)
    return plain if len(plain) <= most else f"{plain[:most]}…"
