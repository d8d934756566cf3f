"""The documents name everything that one may set, call or meet."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest

from citiverse_server.config import Limits, ServerConfig
from citiverse_server.errors import ErrorCode, ProtocolError, Refusal
from citiverse_tiling.report import Reason

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
NOT_SETTINGS = {"scenes", "static", "limits", "feed"}
"""Fields of ServerConfig that the command line fills in, not an operator's word."""


def test_the_protocol_names_every_error_code_with_its_close_code() -> None:
    section = (DOCS / "contract" / "protocol.md").read_text().partition("## Error codes")[2]
    documented = dict(re.findall(r"^\| `([a-z-]+)` \| (\d+) \|", section, re.MULTILINE))
    assert documented == {code.value: str(ProtocolError(code, "").close_code) for code in ErrorCode}


def test_the_protocol_names_every_refusal_that_ends_nothing() -> None:
    section = (DOCS / "contract" / "protocol.md").read_text().partition("Not fatal;")[2]
    rows = re.findall(r"^\| (`.+?`) \| ", section, re.MULTILINE)
    documented = re.findall(r"`([a-z-]+)`", " ".join(row for row in rows))
    assert sorted(documented) == sorted(code.value for code in Refusal)


def test_operating_names_every_setting_of_the_server_with_its_default() -> None:
    text = (DOCS / "operating.md").read_text()
    for settings in (ServerConfig, Limits):
        for field in dataclasses.fields(settings):
            if field.name in NOT_SETTINGS:
                continue
            row = re.search(rf"^\| `{field.name}` \| (.*?) \|", text, re.MULTILINE)
            assert row, f"docs/operating.md lacks {field.name}"
            assert number(row[1]) == number(field.default), field.name


def test_the_report_reasons_are_explained() -> None:
    text = (DOCS / "cli.md").read_text()
    assert [reason for reason in Reason if f"`{reason.value}`" not in text] == []


@pytest.mark.parametrize("folder", ["cli", "server", "tiling", "assets", "scripts"])
def test_every_environment_variable_is_documented(folder: str) -> None:
    text = (
        "".join(path.read_text() for path in DOCS.glob("*.md"))
        + (ROOT / "CONTRIBUTING.md").read_text()
    )
    for file in (ROOT / folder).rglob("*.py"):
        for name in set(re.findall(r"\bCITIVERSE_[A-Z_]+", file.read_text())):
            assert name in text, f"{file.relative_to(ROOT)} reads {name}"


def test_links_between_documents_lead_somewhere() -> None:
    for file in (*DOCS.rglob("*.md"), *ROOT.glob("*.md")):
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", file.read_text()):
            assert (file.parent / target).exists(), f"{file.relative_to(ROOT)} links to {target}"


def number(value: object) -> object:
    """Numbers compare as numbers, however a document groups their digits."""
    words = "none" if value is None else str(value).replace(" ", "").replace(" ", "").strip("`")
    try:
        return float(words)
    except ValueError:
        return words
