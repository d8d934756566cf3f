"""What can go wrong while serving.

    ServerError                     the operator sees one sentence: what, where, what to do
    ├── SceneError                  a folder isn't a scene, or breaks its contract
    ├── ConfigError                 a setting or the sensor file can't be used
    ├── StateError                  what a scene remembers can't be kept or read
    ├── ListenError                 the port can't be had
    └── MakingError                 the scene that was to be made can't be
    ProtocolError                   a client broke the protocol: a stable code, then the close
    RequestRefused                  a client asked for what can't be: a stable code, and on it goes

A bad sensor reading is no exception: it is counted and the stream goes on.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(eq=False)
class ServerError(Exception):
    """One sentence for the operator, with the place and the remedy."""

    problem: str
    file: Path | None = None
    line: int | None = None
    remedy: str | None = None

    def __str__(self) -> str:
        place = ""
        if self.file is not None:
            place = f"{self.file}:{self.line}: " if self.line else f"{self.file}: "
        remedy = f"; {self.remedy}" if self.remedy else ""
        return f"{place}{self.problem}{remedy}."


class SceneError(ServerError):
    """The folder isn't a scene, or it breaks docs/contract/scene.md."""


class ConfigError(ServerError):
    """A setting or the sensor file can't be used."""


class StateError(ServerError):
    """What a scene remembers can't be kept or read."""


class ListenError(ServerError):
    """The address can't be listened on."""


class MakingError(ServerError):
    """The scene that was to be made while the server runs can't be; `problem` says all."""

    def __str__(self) -> str:
        return self.problem


class ErrorCode(StrEnum):
    """The codes of docs/contract/protocol.md."""

    BAD_MESSAGE = "bad-message"
    TOO_LARGE = "too-large"
    TOO_MANY = "too-many"
    WRONG_ORDER = "wrong-order"
    UNSUPPORTED_PROTOCOL = "unsupported-protocol"
    UNKNOWN_SCENE = "unknown-scene"
    NOT_ALLOWED = "not-allowed"
    BAD_INVITE = "bad-invite"
    EXPIRED_INVITE = "expired-invite"
    HELLO_TIMEOUT = "hello-timeout"
    SERVER_FULL = "server-full"
    GOING_AWAY = "going-away"
    SLOW_CONSUMER = "slow-consumer"
    SERVER_ERROR = "server-error"


_CLOSE_CODES = {
    ErrorCode.TOO_LARGE: 1009,
    ErrorCode.SERVER_FULL: 1013,
    ErrorCode.GOING_AWAY: 1001,
    ErrorCode.SERVER_ERROR: 1011,
}
POLICY_VIOLATION = 1008


@dataclass(eq=False)
class ProtocolError(Exception):
    """Ends one client's stream, and no other's."""

    code: ErrorCode
    sentence: str

    @property
    def close_code(self) -> int:
        """The WebSocket close code (RFC 6455, 7.4.1)."""
        return _CLOSE_CODES.get(self.code, POLICY_VIOLATION)

    def __str__(self) -> str:
        return f"{self.code.value}: {self.sentence}"


class Refusal(StrEnum):
    """The codes of docs/contract/protocol.md that end nothing."""

    BAD_NAME = "bad-name"
    BAD_COMMENT = "bad-comment"
    KEY_REUSED = "key-reused"
    TOO_MANY_COMMENTS = "too-many-comments"
    NOT_STORED = "not-stored"
    UNKNOWN_COMMENT = "unknown-comment"
    UNKNOWN_PERSON = "unknown-person"


@dataclass(eq=False)
class RequestRefused(Exception):
    """One request of a client that changes nothing; `key` is that of a refused comment."""

    code: Refusal
    sentence: str
    key: str | None = None

    def __str__(self) -> str:
        return f"{self.code.value}: {self.sentence}"
