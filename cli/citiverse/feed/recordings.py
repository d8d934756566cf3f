"""Files of recorded readings, told by what is in them, and read as a stream.

A table (CSV with a header): one message a row, at the time in the first column that has times, or
at the hour of a day in a column of whole hours. JSON: an entity of NGSI-LD or a list of them, else
one message, at the latest time in it. A feed message of GTFS Realtime. Lines of JSON with `time`,
`topic` and `payload`. A Thing Description of WoT holds no readings; only where that is asked for,
some are made up.
"""

from __future__ import annotations

import csv
import heapq
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from citiverse.feed import made_up
from citiverse.feed.feed_message import time_of
from citiverse.feed.message import Message, RecordingError, is_time, times
from citiverse_server.overlays.instants import micros

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import tzinfo
    from pathlib import Path

    from citiverse.feed.message import Kind

MAX_DOCUMENT_BYTES = 64 * 1024 * 1024
MAX_UNSORTED = 100_000
SUFFIXES = (".csv", ".json", ".jsonld", ".jsonl", ".pb")
HOUR_US = 3_600_000_000


@dataclass(frozen=True, slots=True)
class Reading:
    """`zone` is that of times which name none; `invent`: a thing only described gets readings."""

    zone: tzinfo
    invent: bool = False


def messages(paths: Sequence[Path], how: Reading) -> Iterator[Message]:
    """All messages, each file's from its own beginning, in order. Raises `RecordingError`."""
    streams = [_opened(file, how) for file in files(paths)]
    yield from heapq.merge(*streams, key=lambda message: message.after_us)


def files(paths: Sequence[Path]) -> list[Path]:
    """The files named, and those in folders named that may be recordings."""
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            found += sorted(
                file for file in path.rglob("*") if file.is_file() and file.suffix in SUFFIXES
            )
        else:
            found.append(path)
    if not found:
        raise RecordingError(f"there is no recording in {paths[0]}")
    return found


def _opened(path: Path, how: Reading) -> Iterator[Message]:
    try:
        with path.open("rb") as file:
            head = file.read(4096)
    except OSError as error:
        raise RecordingError(f"{path} can't be opened ({error.strerror})") from None
    if path.suffix == ".pb":
        return _feed(path)
    if path.suffix == ".jsonl":
        return _lines(path)
    if head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"["):
        return _documents(path, how)
    return _rows(path, how)


def _rows(path: Path, how: Reading) -> Iterator[Message]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file, strict=True)
        try:
            first = next(reader, None)
            if first is None:
                raise RecordingError(f"{path} has no rows")
            column = next((name for name, cell in first.items() if is_time(cell or "")), None)
            if column is None:
                yield from _by_hour(path, [first, *reader])
                return
            begin_us = _cell_time(path, first, column, how.zone)
            yield Message(path.stem, "row", first, 0, begin_us)
            latest_us = begin_us
            for row in reader:
                # What was written late is told late: at once.
                at_us = _cell_time(path, row, column, how.zone)
                latest_us = max(latest_us, at_us)
                yield Message(path.stem, "row", row, latest_us - begin_us, at_us)
        except (csv.Error, UnicodeDecodeError) as error:
            raise RecordingError(f"{path}, line {reader.line_num}: no CSV ({error})") from None


def _cell_time(path: Path, row: dict[str, str], column: str, zone: tzinfo) -> int:
    time_us = micros(row.get(column), zone)
    if time_us is None:
        raise RecordingError(f"{path}: {row.get(column)!r} in column {column} is no time")
    return time_us


def _by_hour(path: Path, rows: list[dict[str, str]]) -> Iterator[Message]:
    """Rows with an hour of the day instead of a time, by hour."""
    hours = [name for name in rows[0] if "hour" in name.lower()]
    column = next((one for one in hours if all(_is_hour(row.get(one)) for row in rows)), None)
    if column is None or len(rows) > MAX_UNSORTED:
        raise RecordingError(f"{path}: no column has times, or whole hours of a day")
    for row in sorted(rows, key=lambda row: int(row[column])):
        after_us = int(row[column]) * HOUR_US
        yield Message(path.stem, "row", row, after_us, after_us)


def _is_hour(cell: str | None) -> bool:
    return cell is not None and cell.isascii() and cell.isdigit() and int(cell) < 25


def _documents(path: Path, how: Reading) -> Iterator[Message]:
    if path.stat().st_size > MAX_DOCUMENT_BYTES:
        raise RecordingError(f"{path} is larger than {MAX_DOCUMENT_BYTES >> 20} MiB")
    try:
        document = json.loads(path.read_text(encoding="utf-8-sig"))
        if made_up.is_thing_description(document):
            if not how.invent:
                raise RecordingError(
                    f"{path} describes a thing and holds no readings; with --made-up some are"
                    " invented"
                )
            yield from made_up.messages(path.stem, document)
            return
        listed = document if isinstance(document, list) else [document]
        entities = all(isinstance(one, dict) and {"id", "type"} <= one.keys() for one in listed)
        bodies = listed if entities else [document]
        dated = sorted(
            ((max(times(body, how.zone), default=0), body) for body in bodies),
            key=lambda pair: pair[0],
        )
    except (ValueError, RecursionError) as error:
        raise RecordingError(f"{path} is no JSON ({error})") from None
    begin_us = dated[0][0] if dated else 0
    for at_us, body in dated:
        kind: Kind = "entity" if entities else "document"
        yield Message(path.stem, kind, body, at_us - begin_us, at_us)


def _feed(path: Path) -> Iterator[Message]:
    try:
        body = path.read_bytes()
        at_us = time_of(body) * 1_000_000
    except (OSError, ValueError) as error:
        raise RecordingError(f"{path} is no feed of GTFS Realtime ({error})") from None
    yield Message(path.stem, "feed", body, 0, at_us)


def _lines(path: Path) -> Iterator[Message]:
    begin_us: int | None = None
    with path.open(encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            try:
                entry = json.loads(line)
                at_us, topic = micros(entry["time"]), entry["topic"]
                body = entry["payload"]
            except (ValueError, KeyError, TypeError) as error:
                raise RecordingError(f"{path}, line {number}: {error!r}") from None
            if at_us is None or not isinstance(topic, str):
                raise RecordingError(f"{path}, line {number}: no time, or no topic")
            begin_us = at_us if begin_us is None else begin_us
            yield Message(path.stem, "document", body, max(at_us - begin_us, 0), at_us, topic)
