"""`citiverse check`: what breaks a scene's contract or a standard, one sentence a finding."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import typer

from citiverse.exits import Exit, one_sentence
from citiverse_tiling.check import check_any
from citiverse_tiling.errors import TilingError

if TYPE_CHECKING:
    from pathlib import Path


def run(path: Path, as_json: bool) -> None:
    """Print what was found; end with `Exit.FAILED` where there is a finding."""
    with one_sentence(TilingError, OSError):
        report = check_any(path)
    findings = report.findings
    if as_json:
        found = [asdict(finding) for finding in findings]
        others = {"notes": report.notes, "unchecked": report.unchecked}
        print(json.dumps({"scene": str(path), "findings": found, **others}))
    else:
        for finding in findings:
            print(finding)
        for note in report.notes:
            print(f"note: {note}")
        for what in report.unchecked:
            print(f"not checked: {what}")
        print(f"{path}: {_verdict(len(findings), len(report.unchecked))}")
    raise typer.Exit(Exit.FAILED if findings else Exit.DONE)


def _verdict(findings: int, unchecked: int) -> str:
    if findings:
        return f"{findings} findings"
    return "no fault in what was checked, which isn't all" if unchecked else "all is well"
