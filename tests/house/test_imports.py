"""Who may import whom: the walls of the house."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
TILING = ROOT / "tiling" / "citiverse_tiling"
SERVER = ROOT / "server" / "citiverse_server"
ASSETS = ROOT / "assets" / "citiverse_assets"
CLI = ROOT / "cli" / "citiverse"

FORBIDDEN = (
    (TILING, ("citiverse_server", "citiverse_assets", "citiverse")),
    (SERVER, ("citiverse_tiling", "citiverse_assets", "citiverse")),
    (ASSETS, ("citiverse_server", "citiverse_tiling", "citiverse")),
)
"""A package and the packages that it must not know; `citiverse` (cli/) knows them all."""

PURE = (
    TILING / "transforms",
    TILING / "tree",
    TILING / "content",
    SERVER / "lod.py",
    SERVER / "outbox.py",
    SERVER / "people",
    SERVER / "plain_text.py",
    SERVER / "plausible.py",
    SERVER / "protocol.py",
    SERVER / "session.py",
    SERVER / "consultation" / "rates.py",
    SERVER / "consultation" / "requests.py",
    ASSETS / "plan.py",
    ASSETS / "shapes.py",
    ASSETS / "streets.py",
    ASSETS / "terrain.py",
    ASSETS / "town.py",
)
"""Bytes and arrays in, bytes and arrays out: no input or output, no clock, no chance unasked."""

IMPURE = {
    "asyncio", "http", "multiprocessing", "os", "secrets", "shutil", "socket", "sqlite3",
    "subprocess", "sys", "tempfile", "threading", "time", "urllib", "uvicorn", "starlette",
    "websockets", "aiomqtt",
}  # fmt: skip

DOING = {"open", "input", "print", "read_bytes", "read_text", "write_bytes", "write_text", "mkdir"}


@pytest.mark.parametrize(
    ("package", "others"), FORBIDDEN, ids=lambda value: getattr(value, "name", "")
)
def test_packages_that_meet_in_the_contract_never_import_each_other(
    package: Path, others: tuple[str, ...]
) -> None:
    for file in package.rglob("*.py"):
        for module in imports(file):
            assert module.partition(".")[0] not in others, (
                f"{file.relative_to(ROOT)} imports {module}"
            )


@pytest.mark.parametrize("part", PURE, ids=lambda part: part.stem)
def test_pure_modules_do_no_input_or_output_and_read_no_clock(part: Path) -> None:
    files = sorted(part.rglob("*.py")) if part.is_dir() else [part]
    assert files, f"{part} has moved: name its new place here"
    for file in files:
        for module in imports(file, at_runtime=True):
            assert module.partition(".")[0] not in IMPURE, (
                f"{file.relative_to(ROOT)} imports {module}"
            )
        calls = (n.func for n in ast.walk(parse(file)) if isinstance(n, ast.Call))
        names = {getattr(call, "id", getattr(call, "attr", "")) for call in calls}
        assert not names & DOING, file.relative_to(ROOT)


def imports(file: Path, at_runtime: bool = False) -> Iterator[str]:
    """Names of the modules that a file imports; `at_runtime` leaves out those for type checkers."""
    tree = parse(file)
    typing_only = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        for statement in node.body
        for inner in ast.walk(statement)
    }
    for node in ast.walk(tree):
        if at_runtime and id(node) in typing_only:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield node.module or ""


def parse(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"), str(file))
