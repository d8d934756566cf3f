"""The process: says where it listens, stops cleanly, and one sentence when it can't start."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgpack
import pytest
from websockets.sync.client import connect

from citiverse_server.config import ServerConfig
from citiverse_server.errors import ConfigError, ListenError, SceneError
from citiverse_server.run import listen, root_address, serve
from server.broker import free_port

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from citiverse_server.overlays.reading import Reading


@pytest.mark.parametrize(
    ("stop", "times"), [(signal.SIGINT, 1), (signal.SIGTERM, 1), (signal.SIGINT, 3)]
)
def test_the_server_says_where_it_is_and_stops_within_two_seconds(
    scene: Path, stop: signal.Signals, times: int
) -> None:
    command = [sys.executable, "-m", "citiverse_server.run", str(scene), "--port", "0"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        address = process.stdout.readline().strip()
        assert address.startswith("http://127.0.0.1:")
        assert address.endswith("/")
        with urllib.request.urlopen(f"{address}readyz", timeout=5) as response:
            assert response.read() == b"ready\n"
        with connect(address.replace("http", "ws") + "ws") as client:
            client.send(msgpack.packb({"t": "hello", "protocol": [1, 0], "scene": "town"}))
            assert msgpack.unpackb(client.recv(timeout=5))["t"] == "welcome"
            began = time.monotonic()
            process.send_signal(stop)
            for _ in client:
                pass
            assert client.close_code == 1001
            for _ in range(1, times):
                process.send_signal(stop)
            assert process.wait(timeout=5) == 0
            assert time.monotonic() - began < 2.0
        assert process.stderr.read() == ""


def test_a_port_in_use_is_told_in_one_sentence(scene: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ListenError) as caught:
            serve(ServerConfig((scene,), port=port))
    assert str(caught.value) == (
        f"127.0.0.1:{port} can't be listened on (Address already in use); "
        "choose another --port, or stop the program that uses it."
    )


def test_a_name_that_is_no_host_is_told() -> None:
    with pytest.raises(ListenError, match="no address that is known here; choose another --host"):
        listen("not-a-host.invalid", 0)
    # TEST-NET-1 (RFC 5737) belongs to nobody.
    with pytest.raises(ListenError, match="choose an address of this machine as --host"):
        listen("192.0.2.1", 0)


def test_a_folder_that_is_no_scene_is_told_and_the_exit_code_says_so(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "citiverse_server.run", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    assert done.returncode == 1
    assert done.stderr.strip() == (
        f"{tmp_path}: this is not a scene folder: it has no scene.json; "
        "make one with `citiverse tile FILE... -o SCENE`."
    )
    assert done.stdout == ""


@pytest.mark.parametrize(
    "wrong", [{"scenes": ()}, {"port": -1}, {"port": 70_000}, {"max_sessions": 0}]
)
def test_settings_that_can_not_be_are_refused(wrong: dict[str, Any]) -> None:
    settings = {"scenes": (Path("scene"),)} | wrong
    with pytest.raises(ConfigError):
        ServerConfig(**settings)


async def silence() -> AsyncIterator[Reading]:
    readings: tuple[Reading, ...] = ()
    for reading in readings:
        yield reading


def test_a_feed_needs_a_sensor_file(scene: Path) -> None:
    with pytest.raises(ConfigError, match="a feed needs a sensor file"):
        serve(ServerConfig((scene,), port=free_port(), feed=silence))


def test_a_missing_scene_is_a_scene_error(tmp_path: Path) -> None:
    with pytest.raises(SceneError):
        serve(ServerConfig((tmp_path / "none",)))


def test_addresses_are_those_a_person_can_open() -> None:
    for host, root in (("127.0.0.1", "127.0.0.1"), ("0.0.0.0", "127.0.0.1"), ("::1", "[::1]")):
        with listen(host, 0) as listener:
            port = listener.getsockname()[1]
            assert root_address(listener) == f"http://{root}:{port}/"
