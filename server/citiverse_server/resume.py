"""Tokens by which a client that lost its connection goes on as the same session.

The server keeps nothing for absent clients: a token carries the session's id, signed for its scene
by a secret of this process, and the client names the content that it still holds.
"""

from __future__ import annotations

import hashlib
import hmac


def issue(secret: bytes, session: str, scene: str) -> str:
    """A token for `session` in `scene`."""
    return f"{session}.{_signature(secret, session, scene)}"


def session_of(secret: bytes, token: str, scene: str) -> str | None:
    """The session that a token was issued for, or None where it wasn't issued here."""
    session, _, signature = token.rpartition(".")
    expected = _signature(secret, session, scene)
    genuine = hmac.compare_digest(signature.encode(), expected.encode())
    return session if session and genuine else None


def _signature(secret: bytes, session: str, scene: str) -> str:
    return hmac.new(secret, f"{scene}/{session}".encode(), hashlib.sha256).hexdigest()[:32]
