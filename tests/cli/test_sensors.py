"""`citiverse sensors check`: what arrives, what doesn't, and why; and the code it ends with."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from server.broker import free_port

if TYPE_CHECKING:
    from pathlib import Path

    from cli.conftest import Citiverse


def sensor_file(folder: Path) -> Path:
    file = folder / "sensors.toml"
    file.write_text(
        f'[mqtt]\nurl = "mqtt://127.0.0.1:{free_port()}"\n'
        '[[datastream]]\nkey = "air"\nname = "Air"\nobserved_property = "PM2.5"\n'
        'unit = "µg/m³"\ntopic = "t/air"\nfeature = "nowhere/1"\n'
    )
    return file


def test_a_broker_that_is_away_is_told_and_ends_with_a_failure(
    citiverse: Citiverse, tmp_path: Path, scene: Path
) -> None:
    result = citiverse("sensors", "check", sensor_file(tmp_path), "--for", 0.3, "--scene", scene)
    assert result.exit_code == 1
    assert "can't be reached" in result.stdout
    assert "nothing on the topic" not in result.stdout
    assert "air: the scene has no feature nowhere/1." in result.stdout


def test_the_same_is_json_for_a_machine(citiverse: Citiverse, tmp_path: Path) -> None:
    result = citiverse("sensors", "check", sensor_file(tmp_path), "--for", 0, "--json")
    (source,) = json.loads(result.stdout)["sources"]
    assert source["name"] == source["kind"] == "mqtt"
    assert source["datastreams"][0]["problem"] == "nothing on the topic t/air"


def test_a_file_that_cannot_be_used_is_one_sentence(citiverse: Citiverse, tmp_path: Path) -> None:
    (tmp_path / "sensors.toml").write_text("[mqtt]\nurl = 5\n")
    result = citiverse("sensors", "check", tmp_path / "sensors.toml", "--for", 0)
    assert result.exit_code == 1
    assert result.stderr.startswith("citiverse: ")
    assert result.stderr.count("\n") == 1
