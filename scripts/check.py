"""Runs the project's checks and prints one line for each: `check.py lint|test|test-long`.

Linters and type checkers run two at a time; the tests then have the machine for themselves, because
some measure time.
"""

from __future__ import annotations

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import needs
import node

ROOT = Path(__file__).resolve().parent.parent
CLIENT = ROOT / "web-client"
BROWSER = "tests/browser"
LINT_TIMEOUT_S = 300
TEST_TIMEOUT_S = {"test": 15 * 60, "test-long": 4 * 60 * 60}
CRASH = "Fatal Python error"
CRASH_LINES = 40


@dataclass(frozen=True)
class Check:
    """One program whose exit status says whether all is well."""

    name: str
    command: tuple[str, ...]
    folder: Path = ROOT
    timeout_s: float = LINT_TIMEOUT_S


@dataclass(frozen=True)
class Outcome:
    """How a check ended; `crash` is where an interpreter was in it that died, "" for none."""

    passed: bool
    crash: str


def main(arguments: list[str]) -> None:
    """Exit 0 where every check of the chosen kind passed, else 1."""
    if len(arguments) != 1 or arguments[0] not in ("lint", *TEST_TIMEOUT_S):
        sys.exit("usage: python scripts/check.py lint|test|test-long")
    kind = arguments[0]
    environment = node.environment()
    if kind != "lint":
        try:
            environment |= {
                "CITIVERSE_BROWSER": str(needs.browser()),
                "CITIVERSE_BROKER": str(needs.broker()),
            }
        except needs.MissingError as error:
            sys.exit(f"citiverse: {error}")
    with ThreadPoolExecutor(max_workers=2) as pool:
        outcomes = list(pool.map(lambda check: run(check, environment), lints()))
    if kind != "lint":
        outcomes += [run(check, environment) for check in tests(kind)]
    for outcome in outcomes:
        # Far above, amid what other tests said, nobody finds it.
        print(outcome.crash, end="")
    failed = sum(not outcome.passed for outcome in outcomes)
    told = f"{failed} of {len(outcomes)} checks failed" if failed else "All checks passed"
    print(told, flush=True)
    sys.exit(1 if failed else 0)


def lints() -> tuple[Check, ...]:
    """Style and types, of Python and of TypeScript; the slowest first."""
    return (
        Check("mypy", (sys.executable, "-m", "mypy")),
        Check("tsc", tuple(node.npm("run", "--silent", "check")), CLIENT),
        Check("ruff check", (sys.executable, "-m", "ruff", "check", "--quiet")),
        Check("ruff format", (sys.executable, "-m", "ruff", "format", "--check", "--quiet")),
    )


def tests(kind: str) -> tuple[Check, ...]:
    """The unit tests of the client, then all tests of Python and of the whole."""
    chosen = "not long" if kind == "test" else "long or not long"
    limit = TEST_TIMEOUT_S[kind]
    pytest = (sys.executable, "-m", "pytest", "-q", "-m", chosen)
    # What is measured in the long tests needs the machine for itself; so does a browser always.
    beside = ("-n", "2") if kind == "test" else ()
    return (
        Check("vitest", tuple(node.npm("run", "--silent", "test")), CLIENT, limit),
        Check("pytest", (*pytest, *beside, "--ignore", BROWSER), ROOT, limit),
        Check("pytest in the browser", (*pytest, BROWSER), ROOT, limit),
    )


def run(check: Check, environment: dict[str, str]) -> Outcome:
    """Run one check and print its outcome; its output only where it failed."""
    started = time.monotonic()
    try:
        done = subprocess.run(
            check.command,
            cwd=check.folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=check.timeout_s,
            check=False,
        )
        passed, output = done.returncode == 0, done.stdout
    except subprocess.TimeoutExpired as expired:
        printed = expired.stdout or b""
        text = printed.decode(errors="replace") if isinstance(printed, bytes) else printed
        passed, output = False, f"{text}\nstopped after {check.timeout_s:.0f} s\n"
    seconds = time.monotonic() - started
    word = "passed" if passed else "FAILED"
    tail = "" if passed and not check.name.startswith("pytest") else f"\n{output.rstrip()}"
    print(f"{word}  {check.name}  {seconds:.1f} s{tail}", flush=True)
    return Outcome(passed, "" if passed else crash_in(output))


def crash_in(output: str) -> str:
    """The first lines of what Python says as it dies of a signal, on lines of their own."""
    _, found, said = output.partition(CRASH)
    return "\n".join((found + said).split("\n")[:CRASH_LINES]) + "\n" if found else ""


if __name__ == "__main__":
    main(sys.argv[1:])
