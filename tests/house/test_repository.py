"""What holds for every file of the repository."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MAX_LINES = 400
LOCKS = ROOT / "locks"
NPM_LOCKS = tuple(
    ROOT / folder / "package-lock.json"
    for folder in ("web-client", "scripts/browser", "scripts/peer")
)
CODE = {".py", ".ts", ".css", ".html", ".mjs", ".js"}
REGISTRY_HOSTS = tuple(
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("files", "pythonhosted", "org"),
        ("registry", "npmjs", "org"),
        ("deb", "debian", "org"),
        ("proxy", "golang", "org"),
    )
)
PIN = re.compile(r"^([a-z0-9-]+)==(\S+)(?: ; (.*?))? \\$", re.MULTILINE)


def test_no_file_of_code_is_longer_than_one_sitting(tracked: tuple[Path, ...]) -> None:
    long = {
        str(path.relative_to(ROOT)): lines
        for path in tracked
        if path.suffix in CODE and (lines := path.read_bytes().count(b"\n")) > MAX_LINES
    }
    assert long == {}


def test_no_file_names_the_host_of_a_package_registry(tracked: tuple[Path, ...]) -> None:
    for path in tracked:
        content = path.read_bytes()
        for host in REGISTRY_HOSTS:
            assert host.encode() not in content, f"{path.relative_to(ROOT)} names {host}"


def test_no_module_is_a_box_for_anything(tracked: tuple[Path, ...]) -> None:
    boxes = {"utils", "helpers", "common", "misc", "util", "helper"}
    assert [path for path in tracked if path.stem in boxes] == []


def test_nothing_is_left_for_later_in_the_code(tracked: tuple[Path, ...]) -> None:
    marks = re.compile(rb"\b(" + b"|".join((b"TO" + b"DO", b"FIX" + b"ME", b"XX" + b"X")) + rb")\b")
    code = [path for path in tracked if path.suffix in CODE]
    assert [path for path in code if marks.search(path.read_bytes())] == []


def test_locks_have_hashes_and_no_addresses() -> None:
    for path in LOCKS.iterdir():
        text = path.read_text()
        assert "://" not in text, path
        assert len(PIN.findall(text)) > 20, path
        assert text.count("--hash=sha256:") >= len(PIN.findall(text)), path


def test_the_dev_lock_holds_the_runtime_lock() -> None:
    runtime, dev = (
        set(PIN.findall((ROOT / "locks" / f"{name}.txt").read_text()))
        for name in ("runtime", "dev")
    )
    assert runtime <= dev


def test_the_npm_locks_have_hashes_and_no_addresses_of_packages() -> None:
    for path in NPM_LOCKS:
        packages = json.loads(path.read_text())["packages"]
        for name, package in packages.items():
            assert "resolved" not in package, f"{path}: {name}"
            assert not name or package["integrity"].startswith("sha512-"), f"{path}: {name}"


def test_the_version_is_one() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    client = json.loads((ROOT / "web-client" / "package.json").read_text())
    assert client["version"] == project["version"]
    assert f"## {project['version']}" in (ROOT / "CHANGELOG.md").read_text()
