"""What the benchmark of IFC says is measured on what it says, and its rows are documented."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from citiverse.bench import ifc, ifc_rivals, peers
from citiverse.bench.ifc_rivals import Rival
from tiling import ifc_models

if TYPE_CHECKING:
    import pytest

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "benchmarks.md"
WALL = "ifc-bim-whale/SimpleWall.ifc"


def test_a_real_model_is_measured_beside_bare_reading(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ifc_models.api()
    monkeypatch.setenv("CITIVERSE_DATA", str(data))
    monkeypatch.setattr(ifc, "FILES", (WALL,))
    monkeypatch.setattr(peers, "SCRIPT", tmp_path / "nothing")
    rows = {row.metric: row for row in ifc.run(quick=True)}
    assert list(rows) == [
        "cpu_of_bare_reading_SimpleWall",
        "cpu_of_own_reading_SimpleWall",
        "peak_memory_SimpleWall",
    ]
    assert rows["cpu_of_own_reading_SimpleWall"].value > 1.0
    assert rows["cpu_of_bare_reading_SimpleWall"].value > 1.0
    assert 0.1 < rows["peak_memory_SimpleWall"].value < 1.0


def test_who_cannot_read_a_model_is_named_and_left_out(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good = Rival("good", "one that can", (sys.executable, "-c", "pass"), None)
    bad = Rival("bad", "one that can't", (sys.executable, "-c", "raise ValueError('no')"), None)
    monkeypatch.setattr(ifc_rivals, "_all", lambda *_: (bad, good))
    assert list(ifc_rivals.rivals(tmp_path / "house.ifc", tmp_path)) == [good]
    assert "bad can't read house.ifc (ValueError: no)" in capsys.readouterr().err


def test_every_metric_is_documented() -> None:
    said = DOCUMENT.read_text().partition("## ifc")[2].partition("\n## ")[0]
    for name in ("bare_reading", "own_reading", "py3dtiles", "ifc_lite", "web_ifc", "fragments"):
        assert f"`cpu_of_{name}_…`" in said
