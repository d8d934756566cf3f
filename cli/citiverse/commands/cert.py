"""`citiverse cert`: a certificate for this machine in its local network."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import typer

from citiverse import certificates, remembered
from citiverse.certificates import Files, NotLocalError
from citiverse.exits import one_sentence
from citiverse_server.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

    from citiverse.certificates import Made, Name

TRUST = """\
Trust {authority} on each device, once (never give away the key beside it):
  Android     copy the file there; Settings, Security, "Install a certificate", "CA certificate"
  iPhone      send it there, install the profile; Settings, General, About, "Certificate Trust
              Settings", switch it on
  Windows     certutil -user -addstore Root authority.pem
  macOS       open authority.pem, and in Keychain Access set it to "Always Trust"
  Linux       Chromium and Firefox: Settings, "Certificates", "Authorities", "Import"
A headset that has no such setting: go on past the browser's warning. Compare the fingerprint:
  {fingerprint}"""


def run(words: tuple[str, ...], output: Path | None) -> None:
    """Make or renew what is needed, and say how to use it."""
    try:
        wished = tuple(map(certificates.parse_name, words))
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    with one_sentence(ConfigError, OSError):
        folder = output or remembered.folder("cert")
        if folder is None:
            raise ConfigError("the home folder can't be written to", remedy="name an --output")
        files = Files(folder)
        names = tuple(dict.fromkeys((*certificates.local_names(), *wished)))
        try:
            made = certificates.make(files, names, datetime.now(UTC).replace(microsecond=0))
        except NotLocalError as name:
            raise ConfigError(
                f"{name} is no name of a local network",
                remedy="get its certificate from a public authority, such as Let's Encrypt",
            ) from None
    typer.echo(report(files, made))


def report(files: Files, made: Made) -> str:
    """What was made, how to serve with it, and how to trust it."""
    state = "" if made.fresh else "still "
    lines = [
        f"The certificate is {state}good until {made.until:%Y-%m-%d}, for",
        *(f"  {name}" for name in made.names),
        "Serve with it:",
        f"  citiverse serve SCENE --host 0.0.0.0 --tls-cert {files.server}"
        f" --tls-key {files.server_key}",
        "and open on another device:",
        f"  https://{_bracketed(_reachable(made.names))}:8000/",
    ]
    if made.fresh_authority:
        lines.append("Its authority is new: no device trusts it yet.")
    trust = TRUST.format(authority=files.authority, fingerprint=made.fingerprint)
    return "\n".join([*lines, trust])


def _reachable(names: tuple[Name, ...]) -> Name:
    """The address that others most likely reach this machine by."""
    addresses = [name for name in names if not isinstance(name, str) and not name.is_loopback]
    return min(addresses, key=lambda address: address.version, default=names[0])


def _bracketed(name: Name) -> str:
    return f"[{name}]" if ":" in str(name) else str(name)
