"""Bodies of JSON or CSV, taken apart into records: one row, or one entry of a list."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from ..pointers import pointer, resolve
from .documents import parse

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_RECORDS = 100_000
MAX_COLUMNS = 256
MAX_CELL = 4096
MAX_CELLS = 1_000_000
MAX_LINE = 128 * 1024
CSV_TYPES = ("text/csv", "application/csv", "text/tab-separated-values")


def records(body: bytes, media_type: str, each: str = "", delimiter: str = ",") -> list[object]:
    """The records of a body; each is a JSON value, or the texts of a row by column.

    Of JSON that is what stands at the pointer `each` (RFC 6901): the entries of a list, or what
    is no list as the one record. Raises `ValueError` where it can't be read or is too much.
    """
    if media_type in CSV_TYPES:
        found: list[object] = list(_rows(body, delimiter))
        return found
    document = resolve(parse(body), pointer(each))
    if document is None:
        raise ValueError(f"there is nothing at {each!r}")
    listed = document if isinstance(document, list) else [document]
    if len(listed) > MAX_RECORDS:
        raise ValueError(f"there are more than {MAX_RECORDS} records")
    return listed


def _lines(body: bytes) -> Iterator[str]:
    """Lines as they are; one that ends late is all columns, and would take much room."""
    for line in io.StringIO(body.decode("utf-8-sig"), newline=""):
        if len(line) > MAX_LINE:
            raise ValueError(f"a line of a CSV file is longer than {MAX_LINE >> 10} KiB")
        yield line


def _rows(body: bytes, delimiter: str) -> Iterator[dict[str, str]]:
    """Rows of RFC 4180 CSV with a header, by column."""
    try:
        reader = csv.reader(_lines(body), delimiter=delimiter, strict=True)
        header = [name.strip() for name in next(reader, [])]
        if not header or len(header) > MAX_COLUMNS or len(set(header)) != len(header):
            raise ValueError("the first line of a CSV file names its columns, each once")
        most = min(MAX_RECORDS, MAX_CELLS // len(header))
        for number, row in enumerate(reader):
            if number >= most:
                raise ValueError(f"there are more than {most} rows of {len(header)} columns")
            if len(row) != len(header) or any(len(cell) > MAX_CELL for cell in row):
                if not row:
                    continue
                raise ValueError(f"line {reader.line_num}: not as many columns as the first")
            yield dict(zip(header, row, strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise ValueError(f"this is no CSV ({error})") from None
