"""The command says what it can do, at once, and the documents say the same."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import typer.main
from typer.core import TyperGroup

from citiverse.main import app

if TYPE_CHECKING:
    from collections.abc import Iterator

    from typer._click.core import Command, Parameter

    from cli.conftest import Citiverse

COMMANDS = (
    "tile",
    "info",
    "archive",
    "layer",
    "variant",
    "check",
    "serve",
    "cert",
    "invite",
    "feed",
    "sensors",
    "demo",
    "bench",
)
DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "cli.md"


def test_the_version_is_the_packages(citiverse: Citiverse) -> None:
    result = citiverse("--version")
    assert result.exit_code == 0
    assert result.stdout == f"citiverse {version('citiverse')}\n"


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself_with_examples(citiverse: Citiverse, command: str) -> None:
    result = citiverse(command, "--help")
    assert result.exit_code == 0
    assert f"citiverse {command}" in result.stdout.partition("Examples:")[2]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_option_has_a_row_in_the_document(command: str) -> None:
    section = re.search(
        rf"^## citiverse {command}\b.*?(?=^## |\Z)", text(), re.DOTALL | re.MULTILINE
    )
    assert section, f"docs/cli.md has no section on {command}"
    for spelling in options(command) - {"--help"}:
        assert f"`{spelling}" in section[0], f"docs/cli.md lacks {spelling} of {command}"


def test_the_document_has_no_command_or_option_that_does_not_exist() -> None:
    sections = re.findall(r"^## citiverse (\w+)", text(), re.MULTILINE)
    assert sorted(sections) == sorted(COMMANDS)
    known = {"--help", "--version"}.union(*(options(command) for command in COMMANDS))
    assert set(re.findall(r"`(--[a-z-]+)", text())) <= known


def test_a_wrong_command_is_wrong_use(citiverse: Citiverse) -> None:
    assert citiverse("fly").exit_code == 2


def test_help_loads_none_of_the_heavy_parts() -> None:
    code = "import sys, citiverse.main; print(*sys.modules)"
    done = subprocess.run((sys.executable, "-c", code), capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert not loaded & {"numpy", "lxml", "pyproj", "rich", "uvicorn", "starlette", "msgspec"}


def options(command: str) -> set[str]:
    group = typer.main.get_command(app)
    assert isinstance(group, TyperGroup)
    parameters = list(parameters_of(group.commands[command]))
    chosen = [p for p in parameters if p.param_type_name == "option"]
    return {word for p in chosen for word in (*p.opts, *p.secondary_opts)}


def parameters_of(command: Command) -> Iterator[Parameter]:
    """Those of a command, or of all commands in a group."""
    yield from command.params
    if isinstance(command, TyperGroup):
        for one in command.commands.values():
            yield from parameters_of(one)


def text() -> str:
    return DOCUMENT.read_text(encoding="utf-8")
