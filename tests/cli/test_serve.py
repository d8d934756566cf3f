"""`citiverse serve` as a program: the link, the clean stop, or one sentence why not."""

from __future__ import annotations

import json
import shutil
import signal
import socket
import subprocess
import sys
import urllib.request
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cli.conftest import Citiverse

COMMAND = (sys.executable, "-m", "citiverse")
PATIENCE_S = 20


@contextmanager
def running(*arguments: object) -> Iterator[subprocess.Popen[str]]:
    words = [str(argument) for argument in arguments]
    with subprocess.Popen(
        (*COMMAND, *words), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def link(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return next(line.strip() for line in process.stdout if line.startswith("http"))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_prints_the_link_answers_and_stops_cleanly(scene: Path, number: signal.Signals) -> None:
    with running("serve", scene, "--port", 0) as process:
        root = link(process)
        with urllib.request.urlopen(f"{root}healthz", timeout=PATIENCE_S) as answer:
            assert answer.status == 200
        process.send_signal(number)
        assert process.wait(PATIENCE_S) == 0
        assert process.stderr is not None
        assert "Traceback" not in process.stderr.read()


def test_the_port_may_come_from_the_environment(
    scene: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    monkeypatch.setenv("CITIVERSE_PORT", str(port))
    with running("serve", scene) as process:
        assert link(process) == f"http://127.0.0.1:{port}/"


def test_a_port_in_use_is_one_sentence(citiverse: Citiverse, scene: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        result = citiverse("serve", scene, "--port", taken.getsockname()[1])
    assert result.exit_code == 1
    assert result.stderr.splitlines()[-1].startswith("citiverse: 127.0.0.1:")


def test_a_folder_that_is_no_scene_is_one_sentence(citiverse: Citiverse, tmp_path: Path) -> None:
    result = citiverse("serve", tmp_path)
    assert result.exit_code == 1
    assert str(tmp_path) in result.stderr


def test_a_sensor_file_that_is_no_toml_is_one_sentence(
    citiverse: Citiverse, scene: Path, tmp_path: Path
) -> None:
    (tmp_path / "sensors.toml").write_text("= nothing")
    result = citiverse("serve", scene, "--sensors", tmp_path / "sensors.toml", "--port", 0)
    assert result.exit_code == 1
    assert "sensors.toml" in result.stderr


def test_a_ready_scene_is_served_without_loading_the_tiler() -> None:
    code = "import sys, citiverse.commands.serve; print('citiverse_tiling.pipeline' in sys.modules)"
    done = subprocess.run((sys.executable, "-c", code), capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_a_port_that_is_none_is_wrong_use(citiverse: Citiverse, scene: Path) -> None:
    assert citiverse("serve", scene, "--port", 70_000).exit_code == 2


def test_a_folder_of_scenes_stands_for_all_of_them(scene: Path, tmp_path: Path) -> None:
    for name in ("b-town", "a-town"):
        copy = shutil.copytree(scene, tmp_path / name)
        manifest = json.loads((copy / "scene.json").read_text())
        (copy / "scene.json").write_text(json.dumps({**manifest, "name": name}))
    (tmp_path / "notes").mkdir()
    with running("serve", tmp_path, "--port", 0, "--state", tmp_path / "notes") as process:
        address = f"{link(process)}scenes"
        with urllib.request.urlopen(address, timeout=PATIENCE_S) as answer:
            scenes = json.load(answer)["scenes"]
    assert [one["name"] for one in scenes] == ["a-town", "b-town"]
