"""`citiverse check`: what breaks a scene's contract, one sentence a finding."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import typer

from citiverse.exits import Exit, one_sentence
from citiverse_tiling.check import check
from citiverse_tiling.errors import TilingError

if TYPE_CHECKING:
    from pathlib import Path


def run(scene: Path, as_json: bool) -> None:
    """Print the findings; end with `Exit.FAILED` where there is one."""
    with one_sentence(TilingError, OSError):
        findings = check(scene)
    if as_json:
        print(json.dumps({"scene": str(scene), "findings": [asdict(f) for f in findings]}))
    else:
        for finding in findings:
            print(finding)
        print(f"{scene}: {len(findings)} findings" if findings else f"{scene}: all is well")
    raise typer.Exit(Exit.FAILED if findings else Exit.DONE)
