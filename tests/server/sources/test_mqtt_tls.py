"""A broker that speaks TLS and asks who we are: nobody hears us who isn't the one we trust."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from citiverse_server.overlays.reading import Reading
from citiverse_server.overlays.sources import mqtt
from server import broker
from server.broker import free_port, running_broker
from server.sources.taking import Taking, first, until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from citiverse.certificates import Files

pytestmark = pytest.mark.anyio


@pytest.fixture
def port(certificate: Files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """mosquitto with a certificate and one user; it keeps a message for who comes."""
    path = "/usr/sbin:/usr/bin:/usr/local/bin:/usr/local/sbin"
    mosquitto = shutil.which("mosquitto", path=path)
    passwords = shutil.which("mosquitto_passwd", path=path)
    if mosquitto is None or passwords is None:
        pytest.skip("mosquitto isn't installed here")
    subprocess.run([passwords, "-b", "-c", str(tmp_path / "users"), "city", "sesame"], check=True)
    found, config = free_port(), tmp_path / "tls.conf"
    config.write_text(
        f"listener {found} 127.0.0.1\ncertfile {certificate.server}\n"
        f"keyfile {certificate.server_key}\nallow_anonymous false\nuser root\n"
        f"password_file {tmp_path / 'users'}\nlog_type none\n"
    )
    monkeypatch.setattr(broker, "_command", lambda *_: [mosquitto, "-c", str(config)])
    with running_broker(tmp_path, found):
        yield found


async def test_who_is_trusted_and_trusts_us_is_heard(
    port: int, certificate: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.authority))
    taking = Taking()
    intake = taking.intake(
        "mqtt",
        f"mqtts://localhost:{port}",
        topics=("$SYS/broker/version",),
        token_env="BROKER",
        environment={"BROKER": "city:sesame"},
    )
    (found,) = await first(mqtt.arrivals(intake), 1)
    assert isinstance(found, Reading)
    assert found.payload.startswith(b"mosquitto")
    assert found.kept


@pytest.mark.parametrize(
    ("host", "login", "trusting", "why"),
    [
        ("localhost", "city:other", True, "refuses us"),
        ("localhost", "", True, "BROKER isn't set"),
        ("localhost", "city:sesame", False, "certificate verify failed"),
    ],
)
async def test_who_isnt_is_told_of_and_nothing_comes(
    port: int,
    certificate: Files,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    host: str,
    login: str,
    trusting: bool,
    why: str,
) -> None:
    if trusting:
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate.authority))
    taking = Taking()
    intake = taking.intake(
        "mqtt",
        f"mqtts://{host}:{port}",
        topics=("$SYS/broker/version",),
        token_env="BROKER",
        environment={"BROKER": login},
    )
    await until(mqtt.arrivals(intake), lambda: taking.losses)
    assert why in caplog.text
    assert "sesame" not in caplog.text
