"""The set-up says what a machine lacks, and does nothing twice."""

from __future__ import annotations

import os
import sys
import threading
from typing import TYPE_CHECKING

import pytest

import client
import needs
import node
import setup
import stamps

if TYPE_CHECKING:
    from pathlib import Path


def test_a_missing_venv_module_is_one_sentence_with_its_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(setup, "PYTHON", tmp_path / "none")
    monkeypatch.setattr(setup, "find_spec", lambda name: None if name == "ensurepip" else name)
    package = f"apt install python3.{sys.version_info.minor}-venv"
    with pytest.raises(setup.SetupError, match=f"no `ensurepip` module.*`{package}`"):
        setup.create_environment()


def test_an_environment_that_was_interrupted_before_its_pip_is_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[tuple[str, ...]] = []
    monkeypatch.setattr(setup, "VENV", tmp_path)
    monkeypatch.setattr(setup, "PYTHON", tmp_path / "python")
    monkeypatch.setattr(setup, "_run", lambda failure, *command: made.append(command))
    (tmp_path / "python").touch()
    setup.create_environment()
    assert made[-1][1:] == ("-m", "venv", "--clear", str(tmp_path))
    record = tmp_path / "lib" / "python3.11" / "site-packages" / "pip-26.0.dist-info" / "RECORD"
    stamps.write(record, "")
    setup.create_environment()
    assert len(made) == 1


def test_a_second_setup_waits_for_the_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(setup, "ROOT", tmp_path)
    first = setup.alone()
    first.__enter__()
    leaving = threading.Timer(0.05, first.__exit__, (None, None, None))
    leaving.start()
    with setup.alone():
        leaving.join()
    assert capsys.readouterr().out == "Waiting for another set-up to finish\n"
    with setup.alone():
        assert capsys.readouterr().out == ""


def test_an_unknown_kind_of_setup_is_refused() -> None:
    with pytest.raises(SystemExit, match=r"usage: .* runtime\|dev"):
        setup.main(["everything"])


def test_a_stamp_is_current_until_a_file_changes(tmp_path: Path) -> None:
    source, stamp = tmp_path / "source", tmp_path / "deep" / "stamp"
    source.write_text("one")
    assert not stamps.is_current(stamp, stamps.digest([source]))
    stamps.write(stamp, stamps.digest([source]))
    assert stamps.is_current(stamp, stamps.digest([source]))
    source.write_text("two")
    assert not stamps.is_current(stamp, stamps.digest([source]))


def test_a_client_without_its_page_or_with_other_sources_is_not_built(tmp_path: Path) -> None:
    (tmp_path / "web-client" / "src").mkdir(parents=True)
    source = tmp_path / "web-client" / "src" / "main.ts"
    source.write_text("one")
    static = tmp_path / "server" / "citiverse_server" / "static"
    stamps.write(static / ".stamp", stamps.digest([source]))
    assert not client.is_built(tmp_path)
    (static / "index.html").touch()
    assert client.is_built(tmp_path)
    source.write_text("two")
    assert not client.is_built(tmp_path)


def test_tests_of_the_client_do_not_make_it_built_anew(tmp_path: Path) -> None:
    test_before_building = tmp_path / "web-client" / "test"
    test_before_building.mkdir(parents=True)
    before = client.sources_digest(tmp_path)
    (test_before_building / "one.test.ts").touch()
    assert client.sources_digest(tmp_path) == before


def test_node_comes_from_its_wheel_and_trusts_the_system(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NODE_OPTIONS", "--max-old-space-size=512")
    environment = node.environment()
    assert environment["NODE_OPTIONS"] == "--max-old-space-size=512 --use-system-ca"
    assert environment["PATH"].startswith(str(node.home() / "bin") + os.pathsep)


def test_a_failing_node_program_says_why(tmp_path: Path) -> None:
    with pytest.raises(node.NodeError, match="no such luck"):
        node.run(node.node("--eval", "throw new Error('no such luck')"), tmp_path)


def test_a_chosen_browser_that_does_not_start_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CITIVERSE_BROWSER", str(tmp_path / "none"))
    with pytest.raises(needs.MissingError, match="doesn't start"):
        needs.browser()


def test_a_chosen_broker_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CITIVERSE_BROKER", "/opt/broker")
    assert str(needs.broker()) == "/opt/broker"


def test_no_browser_anywhere_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CITIVERSE_BROWSER", raising=False)
    monkeypatch.setattr(needs, "_on_path", lambda names: [])
    monkeypatch.setattr(needs, "MAC_BROWSERS", ())
    monkeypatch.setattr(needs, "_apt_install", lambda package: False)
    monkeypatch.setattr(needs, "_npm_browser", list)
    with pytest.raises(needs.MissingError, match="install Chromium or Chrome"):
        needs.browser()
