"""An authority of one's own and a certificate for this machine in its local network (RFC 5280).

Whoever trusts the authority trusts it for names and addresses of local networks alone (RFC 5280,
4.2.1.10): if its key got lost, nobody could pose as a site on the internet with it.
"""

from __future__ import annotations

import os
import re
import secrets
import socket
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

AUTHORITY_DAYS = 3650
SERVER_DAYS = 397
"""Some devices take no certificate that is good for longer."""
RENEW_DAYS = 30
SUFFIXES = ("localhost", "local", "lan", "home.arpa", "internal", "test")
NETWORKS = tuple(
    ip_network(block)
    for block in (
        *("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "127.0.0.0/8"),
        *("fc00::/7", "fe80::/10", "::1/128"),
    )
)
# Nothing is sent there: they show by which address of ours one would go.
ELSEWHERE = ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1"))

_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")

Address = IPv4Address | IPv6Address
Name = str | Address


class NotLocalError(ValueError):
    """A name that an authority of one's own mustn't vouch for."""


@dataclass(frozen=True, slots=True)
class Files:
    """The four files of a folder; the keys are its owner's alone, and so is the folder."""

    folder: Path

    @property
    def authority(self) -> Path:
        """What devices are to trust."""
        return self.folder / "authority.pem"

    @property
    def authority_key(self) -> Path:
        """What must never leave this machine."""
        return self.folder / "authority-key.pem"

    @property
    def server(self) -> Path:
        """What the server shows."""
        return self.folder / "server.pem"

    @property
    def server_key(self) -> Path:
        """The key of that."""
        return self.folder / "server-key.pem"


@dataclass(frozen=True, slots=True)
class Made:
    """What is there now; `fresh` says whether the certificate and the authority were made anew."""

    names: tuple[Name, ...]
    until: datetime
    fingerprint: str
    fresh: bool
    fresh_authority: bool


@dataclass(frozen=True, slots=True)
class _Signed:
    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey


def local_names() -> tuple[Name, ...]:
    """What this machine is called in its network, as far as it knows."""
    host = socket.gethostname().lower().partition(".")[0]
    names: list[Name] = ["localhost", host, f"{host}.local"]
    names += [ip_address("127.0.0.1"), ip_address("::1")]
    for family, elsewhere in ELSEWHERE:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            try:
                probe.connect((elsewhere, 9))
            except OSError:
                continue
            address = ip_address(probe.getsockname()[0])
            if is_local(address, host):
                names.append(address)
    return tuple(dict.fromkeys(names))


def parse_name(word: str) -> Name:
    """A name or an address; raises `ValueError` where it is neither."""
    try:
        return ip_address(word)
    except ValueError:
        name = word.lower().rstrip(".")
        if len(name) > 253 or not all(map(_LABEL.fullmatch, name.split("."))):
            raise ValueError(f"{word!r} is no name of a machine") from None
        return name


def is_local(name: Name, host: str) -> bool:
    """Whether it is of this machine (`host`) or of a local network."""
    if isinstance(name, str):
        return any(name == suffix or name.endswith(f".{suffix}") for suffix in (host, *SUFFIXES))
    return any(name in network for network in NETWORKS)


def make(files: Files, names: tuple[Name, ...], now: datetime) -> Made:
    """Makes what is missing, too old or for other names; keeps the rest.

    Raises `NotLocalError` for a name of the internet, and `OSError` where nothing can be written.
    """
    host = socket.gethostname().lower().partition(".")[0]
    for name in names:
        if not is_local(name, host):
            raise NotLocalError(str(name))
    files.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    authority = _read(files.authority, files.authority_key)
    end = now + timedelta(days=SERVER_DAYS)
    fresh_authority = authority is None or not _vouches(authority, host, end)
    if authority is None or fresh_authority:
        authority = _authority(host, now)
        _write(files.authority, files.authority_key, authority)
    server = _read(files.server, files.server_key)
    fresh = fresh_authority or server is None or not _serves(server, names, now)
    if server is None or fresh:
        server = _server(authority, names, now, end)
        _write(files.server, files.server_key, server)
    return Made(
        names=names,
        until=server.certificate.not_valid_after_utc,
        fingerprint=authority.certificate.fingerprint(hashes.SHA256()).hex(":").upper(),
        fresh=fresh,
        fresh_authority=fresh_authority,
    )


def _authority(host: str, now: datetime) -> _Signed:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"CitiVerse on {host}"[:64])])
    builder = (
        _builder(subject, subject, key.public_key(), now, now + timedelta(days=AUTHORITY_DAYS))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(signs_certificates=True), critical=True)
        .add_extension(x509.NameConstraints(_permitted(host), None), critical=True)
    )
    return _Signed(builder.sign(key, hashes.SHA256()), key)


def _server(authority: _Signed, names: tuple[Name, ...], now: datetime, end: datetime) -> _Signed:
    key = ec.generate_private_key(ec.SECP256R1())
    # OpenSSL takes what looks like a name of a machine for one, also an address, and holds it
    # against what the authority may vouch for.
    common = f"CitiVerse at {names[0]}"[:64]
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])
    issuer = authority.certificate
    from_issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.key.public_key())
    builder = (
        _builder(subject, issuer.subject, key.public_key(), now, end)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName(_general(names)), critical=False)
        .add_extension(from_issuer, critical=False)
    )
    return _Signed(builder.sign(authority.key, hashes.SHA256()), key)


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePublicKey,
    now: datetime,
    end: datetime,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        # Clocks of other devices may be behind.
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(end)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _key_usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _permitted(host: str) -> list[x509.GeneralName]:
    return _general((*dict.fromkeys((host, *SUFFIXES)), *NETWORKS))


def _general(
    names: Iterable[Name | IPv4Network | IPv6Network],
) -> list[x509.GeneralName]:
    return [x509.DNSName(name) if isinstance(name, str) else x509.IPAddress(name) for name in names]


def _vouches(authority: _Signed, host: str, end: datetime) -> bool:
    """Whether it may sign for this machine until then."""
    certificate = authority.certificate
    constraints = certificate.extensions.get_extension_for_class(x509.NameConstraints).value
    same = list(constraints.permitted_subtrees or ()) == _permitted(host)
    return same and certificate.not_valid_after_utc > end


def _serves(server: _Signed, names: tuple[Name, ...], now: datetime) -> bool:
    """Whether it is for just these names, and good for a while."""
    certificate = server.certificate
    has = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    fresh = certificate.not_valid_after_utc - now > timedelta(days=RENEW_DAYS)
    return fresh and list(has) == _general(names)


def _read(certificate: Path, key: Path) -> _Signed | None:
    """What the files hold; None where they aren't there or aren't ours."""
    try:
        private = serialization.load_pem_private_key(key.read_bytes(), None)
        signed = x509.load_pem_x509_certificate(certificate.read_bytes())
    except (OSError, ValueError, TypeError):
        return None
    if not isinstance(private, ec.EllipticCurvePrivateKey):
        return None
    return _Signed(signed, private) if signed.public_key() == private.public_key() else None


def _write(certificate: Path, key: Path, signed: _Signed) -> None:
    secret = signed.key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    _replace(key, secret)
    _replace(certificate, signed.certificate.public_bytes(serialization.Encoding.PEM))


def _replace(file: Path, text: bytes) -> None:
    """Writes a file that is never there in part, and never anyone else's to read."""
    making = file.with_name(f"{file.name}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(making, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as opened:
        opened.write(text)
    making.replace(file)
