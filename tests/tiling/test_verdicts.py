"""A sample of the real files: what comes of each is what docs/verdicts.md says of it.

`make verdicts` makes the document, and tests/long/test_all_verdicts.py checks the whole of it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

import verdicts

if TYPE_CHECKING:
    from pathlib import Path

SAMPLE = (
    "nrw-lod2/*",
    "lyon-textured/LYON_1ER*.gml",
    "cityjsonseq-3dbag/*",
    "citygml30-samples/LocalCRS*",
)


@pytest.mark.parametrize("glob", SAMPLE)
def test_what_comes_of_real_files_is_as_expected_and_documented(data: Path, glob: str) -> None:
    expectations, _ = verdicts.read_table(verdicts.TABLE)
    judged = list(verdicts.judge(data, expectations, (glob,)))
    assert judged
    wrong = [said for expected, found in judged for said in verdicts.differences(expected, found)]
    wrong += verdicts.undocumented(verdicts.DOCUMENT, [found for _, found in judged])
    assert wrong == []


def test_every_real_file_has_a_verdict_to_come(data: Path) -> None:
    assert verdicts.unexpected_files(data, *verdicts.read_table(verdicts.TABLE)) == []


FOUND = verdicts.Outcome(
    file="city.gml",
    options=("--crs", "EPSG:25832"),
    format="CityGML 2.0",
    verdict="tiled, with losses",
    objects=3,
    read=20,
    drawn=15,
    not_selected=4,
    listed={"zero-area": 1, verdicts.UNSUPPORTED: 7},
    degraded={"missing-image": 3},
    refusal="",
    disagreement="",
    info_s=0.5,
    tile_s=1.0,
)
LISTED = frozenset({"zero-area", verdicts.UNSUPPORTED, "missing-image"})
WANTED = verdicts.Expected(
    "*.gml",
    FOUND.options,
    FOUND.verdict,
    frozenset({"zero-area", verdicts.UNSUPPORTED, "missing-image"}),
    says="",
)


def test_an_outcome_as_expected_leaves_nothing_to_say() -> None:
    assert verdicts.differences(WANTED, FOUND) == []


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (
            replace(FOUND, verdict="tiled", listed={}, degraded={}, drawn=16),
            "tiled, not tiled, with losses",
        ),
        (replace(FOUND, listed={"bad-coordinates": 1}), "lists"),
        (replace(FOUND, drawn=14), "1 surfaces are unaccounted for"),
        (replace(FOUND, disagreement="info counts 3"), "info counts 3"),
        (replace(FOUND, verdict="crashed", refusal="KeyError: 'x'"), "KeyError"),
    ],
)
def test_what_is_not_as_expected_is_said(found: verdicts.Outcome, said: str) -> None:
    assert said in verdicts.differences(WANTED, found)[0]


def test_a_refusal_for_another_reason_is_said() -> None:
    wanted = verdicts.Expected("*", (), "refused", frozenset(), "no coordinate reference system")
    refused = replace(
        FOUND,
        verdict="refused",
        listed={},
        degraded={},
        read=0,
        drawn=0,
        not_selected=0,
        refusal="not XML",
    )
    assert "not XML" in verdicts.differences(wanted, refused)[0]


def test_a_row_that_the_document_has_otherwise_is_said(tmp_path: Path) -> None:
    document = tmp_path / "verdicts.md"
    document.write_text(verdicts.table([FOUND]))
    assert verdicts.undocumented(document, [replace(FOUND, tile_s=9.0)]) == []
    assert len(verdicts.undocumented(document, [replace(FOUND, drawn=14, read=19)])) == 1


def test_a_file_without_an_expectation_and_an_expectation_without_a_file_are_said(
    tmp_path: Path,
) -> None:
    (tmp_path / "new.laz").touch()
    said = verdicts.unexpected_files(tmp_path, (WANTED,), ())
    assert [sentence.partition(":")[0] for sentence in said] == ["new.laz", "*.gml"]
