"""Runs `citiverse info` and `citiverse tile` over every file of the real city data and compares
what comes of each with what scripts/verdicts.toml expects: `verdicts.py [--check] [GLOB]...`.

Without `--check` it writes docs/verdicts.md; with it, it ends with 1 where a verdict, a count or
the document differs. The data are those under CITIVERSE_DATA, by default ../shared/data.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
import tomllib
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

ROOT = Path(__file__).resolve().parent.parent
TABLE = ROOT / "scripts" / "verdicts.toml"
DOCUMENT = ROOT / "docs" / "verdicts.md"
RUN_TIMEOUT_S = 600
LOSSES: Literal["tiled, with losses"] = "tiled, with losses"
VERDICTS = ("tiled", LOSSES, "refused")
GOOD_EXITS = (0, 1, 3)
NOT_DATA = (".md",)
UNSUPPORTED = "unsupported-class"
HEAD = (
    "# Verdicts\n\n"
    "What `citiverse info` and `citiverse tile` make of every real file that we have, made by"
    " `make verdicts` (scripts/verdicts.py) and held against scripts/verdicts.toml. In each row,"
    " surfaces = drawn + not selected + listed, and so it is for each class. What is listed as"
    " `unsupported-class` is objects and not surfaces. Seconds are those of `info` and of `tile`,"
    " each a new process, on the machine that wrote this; no check looks at them.\n\n"
)
COLUMNS = (
    "file",
    "options",
    "format",
    "verdict",
    "objects",
    "surfaces",
    "drawn",
    "not selected",
    "listed, or why refused",
    "seconds",
)

Verdict: TypeAlias = Literal["tiled", "tiled, with losses", "refused", "crashed"]


@dataclass(frozen=True)
class Expected:
    """What should come of the files that a pattern names, run with these options.

    `lost` are the reasons of all that is listed, drawn all the same or not; `says` is in the
    sentence of a refusal.
    """

    pattern: str
    options: tuple[str, ...]
    verdict: Verdict
    lost: frozenset[str]
    says: str


@dataclass(frozen=True)
class Outcome:
    """What came of one file: counts as in report.json, the sentence of a refusal or "", and
    whether the two commands agree about it."""

    file: str
    options: tuple[str, ...]
    format: str
    verdict: Verdict
    objects: int
    read: int
    drawn: int
    not_selected: int
    listed: dict[str, int]
    degraded: dict[str, int]
    refusal: str
    disagreement: str
    info_s: float
    tile_s: float

    def row(self) -> tuple[str, ...]:
        """The row of the document, without the seconds."""
        counts = (self.objects, self.read, self.drawn, self.not_selected)
        shown = ("", "", "", "") if self.refusal else tuple(f"{n:,}" for n in counts)
        listed = ", ".join(f"{n:,} {reason}" for reason, n in sorted(self.listed.items()))
        if self.degraded:
            less = ", ".join(f"{n:,} {reason}" for reason, n in sorted(self.degraded.items()))
            listed = f"{listed}; drawn all the same: {less}".removeprefix("; ")
        options = f"`{' '.join(self.options)}`" if self.options else ""
        said = (self.refusal or listed).replace("|", "\\|")
        return (f"`{self.file}`", options, self.format, self.verdict, *shown, said)


def main(arguments: Sequence[str]) -> None:
    """Exit 0 where all is as expected."""
    parser = argparse.ArgumentParser(description="What comes of every real file.")
    parser.add_argument("globs", nargs="*", help="only files like these")
    parser.add_argument("--check", action="store_true", help="write nothing, compare only")
    chosen = parser.parse_args(arguments)
    data = Path(os.environ.get("CITIVERSE_DATA", ROOT.parent / "shared" / "data"))
    if not data.is_dir():
        sys.exit(f"verdicts: there are no city data at {data} (set CITIVERSE_DATA)")
    expectations, skipped = read_table(TABLE)
    wrong = unexpected_files(data, expectations, skipped)
    outcomes = []
    for expected, outcome in judge(data, expectations, tuple(chosen.globs)):
        outcomes.append(outcome)
        found = differences(expected, outcome)
        print(f"{'ok ' if not found else 'NOT'} {outcome.file} {' '.join(outcome.options)}")
        wrong += found
    if chosen.check:
        wrong += undocumented(DOCUMENT, outcomes)
    elif not chosen.globs:
        DOCUMENT.write_text(HEAD + table(outcomes), encoding="utf-8")
    for sentence in wrong:
        print(sentence, file=sys.stderr)
    sys.exit(1 if wrong else 0)


def read_table(path: Path) -> tuple[tuple[Expected, ...], tuple[str, ...]]:
    """What is expected, and the patterns of files that are no city data. Raises ValueError."""
    given = tomllib.loads(path.read_text(encoding="utf-8"))
    expectations = []
    for entry in given["expected"]:
        unknown = set(entry) - {"files", "options", "verdict", "lost", "says"}
        if unknown or entry["verdict"] not in VERDICTS:
            raise ValueError(f"{path.name}: {entry} has an unknown key or verdict")
        for pattern in entry["files"]:
            expectations.append(
                Expected(
                    pattern,
                    tuple(entry.get("options", ())),
                    entry["verdict"],
                    frozenset(entry.get("lost", ())),
                    entry.get("says", ""),
                )
            )
    return tuple(expectations), tuple(p for entry in given["skipped"] for p in entry["files"])


def files_of(data: Path) -> Iterator[str]:
    """All files of the data by their path in it, but for the words that go with them."""
    for path in sorted(data.rglob("*")):
        if path.is_file() and path.suffix not in NOT_DATA:
            yield path.relative_to(data).as_posix()


def unexpected_files(
    data: Path, expectations: Sequence[Expected], skipped: Sequence[str]
) -> list[str]:
    """A sentence for each file that the table doesn't name, and each pattern without a file."""
    files = list(files_of(data))
    patterns = [*(expected.pattern for expected in expectations), *skipped]
    wrong = [
        f"{file}: verdicts.toml doesn't name it"
        for file in files
        if not any(fnmatch(file, pattern) for pattern in patterns)
    ]
    return wrong + [
        f"{pattern}: verdicts.toml names it, and it isn't there"
        for pattern in dict.fromkeys(patterns)
        if not any(fnmatch(file, pattern) for file in files)
    ]


def judge(
    data: Path, expectations: Sequence[Expected], globs: Sequence[str] = ()
) -> Iterator[tuple[Expected, Outcome]]:
    """Run each file once with each set of options it is expected to be run with, in order."""
    for expected, file in expected_of(data, expectations):
        if not globs or any(fnmatch(file, glob) for glob in globs):
            yield expected, outcome_of(data, file, expected.options)


def expected_of(data: Path, expectations: Sequence[Expected]) -> Iterator[tuple[Expected, str]]:
    """Each file once with each set of options it is expected to be run with, in order.

    Of several patterns that name a file with the same options, the first one counts.
    """
    for file in files_of(data):
        done: set[tuple[str, ...]] = set()
        for expected in expectations:
            if fnmatch(file, expected.pattern) and expected.options not in done:
                done.add(expected.options)
                yield expected, file


def outcome_of(data: Path, file: str, options: tuple[str, ...]) -> Outcome:
    """Run both commands on a file, each a process of its own, into a folder that is removed."""
    # Options may name files that lie beside the one at hand.
    given = [option.replace("{folder}", str((data / file).parent)) for option in options]
    info = _run(data, "info", str(data / file), "--json", *given)
    with tempfile.TemporaryDirectory(prefix="verdict-") as folder:
        scene = str(Path(folder) / "scene")
        tile = _run(data, "tile", str(data / file), "--output", scene, "--json", *given)
    if info.crashed or tile.crashed:
        words = info.words if info.crashed else tile.words
        return Outcome(
            file, options, "", "crashed", 0, 0, 0, 0, {}, {}, _last_line(words), "", 0, 0
        )
    (described,) = json.loads(info.printed)["files"] if info.printed else ({},)
    report = json.loads(tile.printed)["report"] if tile.printed else None
    counts = report["surfaces"] if report else {}
    listed = dict(counts.get("lost", {}))
    if report and report["objects"]["not_supported"]:
        listed[UNSUPPORTED] = sum(report["objects"]["not_supported"].values())
    degraded = report["degraded"] if report else {}
    return Outcome(
        file=file,
        options=options,
        format=f"{described.get('format', '')} {described.get('version', '')}".strip(),
        verdict="refused" if not report else LOSSES if listed or degraded else "tiled",
        objects=sum(report["objects"]["read"].values()) if report else 0,
        read=counts.get("read", 0),
        drawn=counts.get("written", 0),
        not_selected=counts.get("not_selected", 0),
        listed=listed,
        degraded=degraded,
        refusal="" if report else _sentence(data / file, tile.words),
        disagreement=_disagreement(described, info.words, report) or _imbalance(report),
        info_s=info.seconds,
        tile_s=tile.seconds,
    )


@dataclass(frozen=True)
class _Run:
    """What a command printed, what it said on standard error, and how long it took."""

    printed: str
    words: str
    seconds: float
    crashed: bool


def _run(data: Path, *arguments: str) -> _Run:
    started = time.monotonic()
    done = subprocess.run(
        (sys.executable, "-m", "citiverse", *arguments),
        cwd=data,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=RUN_TIMEOUT_S,
        check=False,
    )
    crashed = done.returncode not in GOOD_EXITS or "Traceback" in done.stderr
    return _Run(done.stdout.strip(), done.stderr, time.monotonic() - started, crashed)


def _last_line(words: str) -> str:
    return words.strip().rpartition("\n")[2]


def _sentence(file: Path, words: str) -> str:
    """The sentence of a refusal, without the names of the command and the file."""
    found = [line for line in words.splitlines() if line.startswith("citiverse: ")]
    sentence = found[-1].removeprefix("citiverse: ") if found else _last_line(words)
    return sentence.replace(str(file), file.name)


def _disagreement(described: dict[str, Any], words: str, report: dict[str, Any] | None) -> str:
    """Where `info` says something else than `tile` did, else ""."""
    refused = described.get("refused", words)
    if bool(refused) != (report is None):
        return f"info says {refused!r}, tile {'refuses' if report is None else 'makes a scene'}"
    counted = described["objects"] | described["not_selected"] if report else {}
    if report and counted != report["objects"]["read"]:
        return f"info counts {counted}, tile {report['objects']['read']}"
    return ""


def _imbalance(report: dict[str, Any] | None) -> str:
    """A class whose surfaces don't add up, or whose sums aren't those of the whole, else ""."""
    if report is None:
        return ""
    parts = ("read", "written", "not_selected")
    for tally in report["by_class"]:
        read, written, not_selected = (tally[part] for part in parts)
        if read != written + not_selected + sum(tally["lost"].values()):
            return f"the surfaces of {tally['class']} don't add up: {tally}"
    sums = [sum(tally[part] for tally in report["by_class"]) for part in parts]
    whole = [report["surfaces"][part] for part in parts]
    return "" if sums == whole else f"the classes have {sums} surfaces, the whole {whole}"


def differences(expected: Expected, outcome: Outcome) -> list[str]:
    """A sentence for everything that isn't as expected."""
    name = f"{outcome.file} {' '.join(outcome.options)}".strip()
    wrong = []
    if outcome.verdict != expected.verdict:
        wrong.append(f"{outcome.verdict}, not {expected.verdict}; {outcome.refusal}")
    elif {*outcome.listed, *outcome.degraded} != expected.lost:
        found = sorted({*outcome.listed, *outcome.degraded})
        wrong.append(f"lists {found}, not {sorted(expected.lost)}")
    elif expected.says not in outcome.refusal:
        wrong.append(f"refused because {outcome.refusal!r}, not because {expected.says!r}")
    surfaces_listed = sum(n for reason, n in outcome.listed.items() if reason != UNSUPPORTED)
    missing = outcome.read - outcome.drawn - outcome.not_selected - surfaces_listed
    if missing:
        wrong.append(f"{missing} surfaces are unaccounted for")
    if outcome.disagreement:
        wrong.append(outcome.disagreement)
    return [f"{name}: {sentence}" for sentence in wrong]


def undocumented(document: Path, outcomes: Iterable[Outcome]) -> list[str]:
    """A sentence for each outcome that the document doesn't have just so."""
    rows = {
        tuple(cell.strip() for cell in line.strip("| ").split(" | "))[:-1]
        for line in document.read_text(encoding="utf-8").splitlines()
        if line.startswith("| `")
    }
    return [
        f"{outcome.file}: docs/verdicts.md has no row {outcome.row()} (run `make verdicts`)"
        for outcome in outcomes
        if outcome.row() not in rows
    ]


def table(outcomes: Iterable[Outcome]) -> str:
    """All outcomes as a table."""
    rows = [COLUMNS, ("---",) * len(COLUMNS)]
    rows += [(*one.row(), f"{one.info_s:.1f} {one.tile_s:.1f}") for one in outcomes]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


if __name__ == "__main__":
    main(sys.argv[1:])
