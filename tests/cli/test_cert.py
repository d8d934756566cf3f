"""`citiverse cert`: what devices check before they believe this machine."""

from __future__ import annotations

import socket
import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.x509 import verification

from citiverse.certificates import (
    RENEW_DAYS,
    SERVER_DAYS,
    Files,
    NotLocalError,
    is_local,
    local_names,
    make,
    parse_name,
)
from handshake import shaken

if TYPE_CHECKING:
    from pathlib import Path

    from citiverse.certificates import Name
    from cli.conftest import Citiverse

NOW = datetime(2026, 11, 21, tzinfo=UTC)
NAMES: tuple[Name, ...] = ("localhost", "hall.local", ip_address("192.168.1.20"))


def verify(files: Files, name: str, at: datetime) -> None:
    """As a client does; raises VerificationError."""
    authority = x509.load_pem_x509_certificate(files.authority.read_bytes())
    server = x509.load_pem_x509_certificate(files.server.read_bytes())
    builder = verification.PolicyBuilder().store(verification.Store([authority])).time(at)
    wanted = parse_name(name)
    subject = x509.DNSName(wanted) if isinstance(wanted, str) else x509.IPAddress(wanted)
    builder.build_server_verifier(subject).verify(server, [])


@pytest.mark.parametrize("name", ["localhost", "hall.local", "192.168.1.20"])
def test_who_trusts_the_authority_trusts_this_machine(tmp_path: Path, name: str) -> None:
    files = Files(tmp_path)
    make(files, NAMES, NOW)
    verify(files, name, NOW)
    with pytest.raises(verification.VerificationError):
        verify(files, name, NOW + timedelta(days=SERVER_DAYS + 1))
    with pytest.raises(verification.VerificationError):
        verify(files, "elsewhere.local", NOW)


@pytest.mark.parametrize("name", ["localhost", "192.168.1.20"])
def test_a_client_over_tls_believes_it(tmp_path: Path, name: str) -> None:
    files = Files(tmp_path)
    make(files, (parse_name(name),), datetime.now(UTC))
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(files.server, files.server_key)
    asking = ssl.create_default_context(cafile=files.authority)
    assert shaken(serving, asking, name).getpeercert()


def test_it_vouches_for_nothing_on_the_internet(tmp_path: Path) -> None:
    files = Files(tmp_path)
    make(files, NAMES, NOW)
    authority = x509.load_pem_x509_certificate(files.authority.read_bytes())
    limits = authority.extensions.get_extension_for_class(x509.NameConstraints)
    assert limits.critical
    allowed = [limit.value for limit in limits.value.permitted_subtrees or ()]
    assert "local" in allowed
    assert not any(ip_address("8.8.8.8") in net for net in allowed if not isinstance(net, str))
    for name in ("city.example", "8.8.8.8", "2001:4860::8"):
        assert not is_local(parse_name(name), "hall")
        with pytest.raises(NotLocalError):
            make(files, (parse_name(name),), NOW)


def test_keys_and_their_folder_are_the_owners_alone(tmp_path: Path) -> None:
    files = Files(tmp_path / "cert")
    make(files, NAMES, NOW)
    assert files.folder.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in files.folder.iterdir()} == {0o600}
    assert len(list(files.folder.iterdir())) == 4


def test_what_is_good_is_kept_and_what_is_old_is_renewed(tmp_path: Path) -> None:
    files = Files(tmp_path)
    first = make(files, NAMES, NOW)
    again = make(files, NAMES, NOW + timedelta(days=1))
    assert (first.fresh, again.fresh, again.until) == (True, False, first.until)
    late = NOW + timedelta(days=SERVER_DAYS - RENEW_DAYS)
    renewed = make(files, NAMES, late)
    assert renewed.fresh
    assert not renewed.fresh_authority
    assert renewed.fingerprint == first.fingerprint
    verify(files, "hall.local", late + timedelta(days=100))


def test_other_names_take_another_certificate_of_the_same_authority(tmp_path: Path) -> None:
    files = Files(tmp_path)
    first = make(files, NAMES, NOW)
    second = make(files, (*NAMES, "attic.lan"), NOW)
    assert second.fresh
    assert second.fingerprint == first.fingerprint
    verify(files, "attic.lan", NOW)


@pytest.mark.parametrize("broken", [b"", b"no key", None])
def test_files_that_are_no_pair_are_made_anew(tmp_path: Path, broken: bytes | None) -> None:
    files = Files(tmp_path)
    make(files, NAMES, NOW)
    if broken is None:
        files.authority_key.unlink()
    else:
        files.authority_key.write_bytes(broken)
    assert make(files, NAMES, NOW).fresh_authority
    verify(files, "localhost", NOW)


@pytest.mark.parametrize("word", ["", "a b", "-.", "a..b", "ä.local", "x" * 64, "a/b", "*.local"])
def test_what_is_no_name_is_refused(word: str) -> None:
    with pytest.raises(ValueError, match="no name"):
        parse_name(word)


def test_this_machine_knows_some_of_its_names() -> None:
    host = socket.gethostname().lower().partition(".")[0]
    assert {"localhost", host, ip_address("127.0.0.1")} <= set(local_names())


def test_the_command_says_how_to_serve_and_whom_to_trust(
    citiverse: Citiverse, tmp_path: Path
) -> None:
    result = citiverse("cert", "--output", tmp_path / "cert", "hall.local", "192.168.1.20")
    assert result.exit_code == 0
    assert f"--tls-cert {tmp_path / 'cert' / 'server.pem'}" in result.stdout
    assert "authority.pem" in result.stdout
    assert "https://192.168.1.20:8000/" in result.stdout
    assert (
        "still"
        in citiverse("cert", "--output", tmp_path / "cert", "hall.local", "192.168.1.20").stdout
    )


def test_a_name_of_the_internet_is_refused_with_the_way_to_go(
    citiverse: Citiverse, tmp_path: Path
) -> None:
    result = citiverse("cert", "--output", tmp_path, "city.example")
    assert result.exit_code == 1
    assert "public authority" in result.stderr
    assert citiverse("cert", "--output", tmp_path, "a b").exit_code == 2
