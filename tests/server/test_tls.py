"""The server's certificate: taken anew where its files change, refused where they don't fit."""

from __future__ import annotations

import os
import ssl
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from citiverse.certificates import Files, make
from citiverse_server.config import ServerConfig
from citiverse_server.errors import ConfigError
from citiverse_server.run import listen, root_address
from citiverse_server.tls import Certificate
from handshake import shaken

if TYPE_CHECKING:
    from pathlib import Path


def files_in(folder: Path, *, at_s: int) -> Files:
    """A certificate whose files were changed at that time."""
    files = Files(folder)
    for file in (files.server, files.server_key):
        file.unlink(missing_ok=True)
    make(files, ("localhost",), datetime.now(UTC))
    for file in (files.server, files.server_key):
        os.utime(file, (at_s, at_s))
    return files


def shown(context: ssl.SSLContext) -> bytes:
    """The certificate that a client gets to see."""
    asking = ssl.create_default_context()
    asking.check_hostname, asking.verify_mode = False, ssl.CERT_NONE
    certificate = shaken(context, asking).getpeercert(binary_form=True)
    assert certificate is not None
    return certificate


def test_a_renewed_certificate_is_used_from_the_next_handshake_on(tmp_path: Path) -> None:
    files = files_in(tmp_path, at_s=1000)
    certificate = Certificate(files.server, files.server_key)
    former = shown(certificate.context)
    assert not certificate.renew()
    files_in(tmp_path, at_s=2000)
    assert shown(certificate.context) == former
    assert certificate.renew()
    assert shown(certificate.context) == ssl.PEM_cert_to_DER_cert(files.server.read_text())
    assert not certificate.renew()


def test_one_that_can_t_be_used_leaves_the_former_in_place(tmp_path: Path) -> None:
    files = files_in(tmp_path, at_s=1000)
    certificate = Certificate(files.server, files.server_key)
    former = shown(certificate.context)
    files.server.write_text("half a")
    with pytest.raises(ConfigError):
        certificate.renew()
    assert shown(certificate.context) == former
    assert not certificate.renew()


def test_what_is_no_certificate_and_its_key_is_told(tmp_path: Path) -> None:
    files = files_in(tmp_path / "one", at_s=1000)
    other = files_in(tmp_path / "other", at_s=1000)
    with pytest.raises(ConfigError, match="aren't a certificate and its key"):
        Certificate(files.server, other.server_key)
    with pytest.raises(ConfigError, match="can't be read"):
        Certificate(files.server, tmp_path / "none.pem")
    with pytest.raises(ConfigError, match="name both"):
        ServerConfig((tmp_path,), tls_cert=files.server)


def test_the_address_says_that_it_is_secure() -> None:
    with listen("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]
        assert root_address(listener, secure=True) == f"https://127.0.0.1:{port}/"
