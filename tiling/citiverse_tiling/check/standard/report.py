"""What a check of foreign files has found, and the bounded reading of those files."""

from __future__ import annotations

import base64
import binascii
import gzip
import io
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import unquote, urlsplit

import msgspec

from citiverse_tiling.check.finding import Finding

if TYPE_CHECKING:
    from pathlib import Path

LARGEST_BYTES = 1 << 30
MOST_FINDINGS = 1_000
MOST_FILES = 100_000
_GZIP = b"\x1f\x8b"

Document = TypeVar("Document")


@dataclass(slots=True)
class Report:
    """Collects what is wrong, what is odd but allowed, and what wasn't looked at.

    notes      sentences on what the standards allow but advise against
    unchecked  sentences on what this checker doesn't know
    """

    findings: list[Finding] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    unchecked: list[str] = field(default_factory=list)

    def bad(self, where: str, problem: str, expected: str) -> None:
        """One finding; beyond `MOST_FINDINGS` no more are kept."""
        if len(self.findings) < MOST_FINDINGS:
            self.findings.append(Finding(where, problem, expected))

    def odd(self, where: str, what: str) -> None:
        """Something allowed that its maker hardly meant."""
        if len(self.notes) < MOST_FINDINGS:
            self.notes.append(f"{where}: {what}")

    def not_checked(self, what: str) -> None:
        """Something that can't be called good, as nobody has looked at it."""
        if what not in self.unchecked and len(self.unchecked) < MOST_FINDINGS:
            self.unchecked.append(what)


@dataclass(slots=True)
class Reader:
    """Reads files below or beside one folder by their URIs, each at most `LARGEST_BYTES` long.

    `opened` are the tilesets that have been checked, `open_now` those that are being.
    """

    folder: Path
    report: Report
    opened: set[Path] = field(default_factory=set)
    open_now: set[Path] = field(default_factory=set)
    files: int = 0

    def path_of(self, base: str, uri: str) -> str | None:
        """A URI in the file `base` as a path from the folder; None where it leads elsewhere."""
        parts = urlsplit(uri)
        if parts.scheme or parts.netloc:
            self.report.not_checked(f"{base}: {uri[:80]} lies elsewhere and isn't fetched")
            return None
        head, slash, _ = base.rpartition("/")
        return head + slash + unquote(parts.path)

    def read(self, name: str) -> bytes | None:
        """The bytes of a file, unpacked where it is gzip; None after a finding."""
        self.files += 1
        if self.files > MOST_FILES:
            self.report.not_checked(f"more than {MOST_FILES} files")
            return None
        path = self.folder / name
        try:
            if not path.is_file():
                self.report.bad(name, "it is missing", "a file that can be read")
                return None
            if path.stat().st_size > LARGEST_BYTES:
                self.report.not_checked(f"{name}: it is larger than {LARGEST_BYTES >> 20} MiB")
                return None
            data = path.read_bytes()
        except (OSError, ValueError) as error:
            self.report.bad(name, f"it can't be read ({error})", "a file that can be read")
            return None
        return self._unpacked(name, data) if data.startswith(_GZIP) else data

    def read_uri(self, base: str, uri: str) -> bytes | None:
        """What a URI in `base` leads to: a file, or the data of a data URI."""
        if uri.startswith("data:"):
            head, _, body = uri.partition(",")
            try:
                return base64.b64decode(body, validate=True) if head.endswith(";base64") else b""
            except binascii.Error as error:
                self.report.bad(base, f"a data URI can't be decoded ({error})", "base64")
                return None
        name = self.path_of(base, uri)
        return None if name is None else self.read(name)

    def _unpacked(self, name: str, data: bytes) -> bytes | None:
        try:
            with gzip.open(io.BytesIO(data)) as file:
                plain = file.read(LARGEST_BYTES + 1)
        except (OSError, EOFError, zlib.error) as error:
            self.report.bad(name, f"it can't be unpacked ({error})", "whole gzip")
            return None
        if len(plain) > LARGEST_BYTES:
            self.report.not_checked(f"{name}: it unpacks to more than {LARGEST_BYTES >> 20} MiB")
            return None
        return plain

    def decode(self, where: str, data: bytes, kind: type[Document]) -> Document | None:
        """JSON of a known form; None after a finding, which says where it differs."""
        try:
            return msgspec.json.decode(data, type=kind)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            self.report.bad(where, f"{error}", "JSON as the standard has it")
            return None
