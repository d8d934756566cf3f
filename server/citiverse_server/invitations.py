"""Signed links that let somebody in as more than a visitor, until a moment that they carry.

The server keeps no list of invitations: each is signed with the secret of its scene, so changing
that secret (removing `secret.key` and starting again) takes all of them back at once.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec
from itsdangerous import BadData, URLSafeSerializer

from .access import Role
from .errors import ErrorCode, ProtocolError

if TYPE_CHECKING:
    from pathlib import Path

KEY_FILE = "secret.key"
SECRET_BYTES = 32
_SALT = b"citiverse invitation 1"
MAX_TOKEN_LENGTH = 1024


class Invitation(msgspec.Struct, frozen=True):
    """Who holds it may enter `scene` as `role` until `until_s` (seconds since 1970 UTC)."""

    scene: str
    role: Role
    until_s: int


@dataclass(frozen=True, slots=True)
class Inviter:
    """Issues and verifies the invitations that one secret signs."""

    secret: bytes

    def issue(self, invitation: Invitation) -> str:
        """A token for an address: letters, digits, `-`, `_` and `.`."""
        return str(_serializer(self.secret).dumps(msgspec.to_builtins(invitation)))

    def verify(self, token: str, scene: str, now_s: float) -> Invitation:
        """What a token grants in `scene` now; raises `ProtocolError`."""
        try:
            if len(token) > MAX_TOKEN_LENGTH:
                raise BadData("too long")
            invitation = msgspec.convert(_serializer(self.secret).loads(token), Invitation)
        except (BadData, msgspec.ValidationError):
            raise _bad("This invitation was not made by this server.") from None
        if invitation.scene != scene:
            raise _bad("This invitation is for another city.")
        if invitation.until_s <= now_s:
            raise ProtocolError(
                ErrorCode.EXPIRED_INVITE, "This invitation is over; ask for a new one."
            )
        return invitation


NOBODY = Inviter(secrets.token_bytes(SECRET_BYTES))
"""Whose invitations nobody has."""


def inviter_in(folder: Path) -> Inviter:
    """The inviter of a state folder, whose secret is made on first need. Raises `OSError`."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / KEY_FILE
    # Written aside and linked: it is whole or not there, and of two at once the first one stays.
    fresh = folder / f".{KEY_FILE}-{secrets.token_hex(8)}"
    if not file.exists():
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "w", encoding="ascii") as made:
                made.write(secrets.token_hex(SECRET_BYTES) + "\n")
                made.flush()
                os.fsync(made.fileno())
            with contextlib.suppress(FileExistsError):
                os.link(fresh, file)
        finally:
            fresh.unlink()
    try:
        secret = bytes.fromhex(file.read_text(encoding="ascii"))
    except ValueError:
        secret = b""
    if len(secret) < SECRET_BYTES:
        raise OSError(f"{file} is no secret; remove it, and invite everybody anew")
    return Inviter(secret)


def _serializer(secret: bytes) -> URLSafeSerializer:
    signing = {"key_derivation": "hmac", "digest_method": hashlib.sha256}
    return URLSafeSerializer(secret, salt=_SALT, signer_kwargs=signing)


def _bad(sentence: str) -> ProtocolError:
    return ProtocolError(ErrorCode.BAD_INVITE, sentence)
