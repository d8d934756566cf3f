"""What one source may ask of the server, and how it says that it is down."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from ..model import Rejected
    from ..registry import Registry
    from ..sensor_file import SourceSettings


class SourceDown(Exception):
    """A source can't be reached or understood now; one sentence without its full stop says why.

    `after_s` is how long it asks not to be asked again.
    """

    def __init__(self, problem: str, after_s: float = 0.0) -> None:
        super().__init__(problem)
        self.after_s = after_s


@dataclass(frozen=True, slots=True)
class Intake:
    """One source as the sensor file has it, and the server around it.

    `topics` are those of its datastreams. `stored` returns when all that the source has yielded
    outlives the power. `lost` counts that it couldn't be reached, `reject` what it couldn't use.
    """

    source: SourceSettings
    topics: tuple[str, ...]
    environment: Mapping[str, str]
    registry: Registry
    stored: Callable[[], Awaitable[None]]
    lost: Callable[[], None]
    reject: Callable[[Rejected], None]
    now_us: Callable[[], int]

    @property
    def token(self) -> str | None:
        """The source's credential, if the file names a variable and that is set."""
        name = self.source.token_env
        return self.environment.get(name) or None if name else None

    @property
    def credentials(self) -> dict[str, str]:
        """The header of HTTP that carries the credential."""
        return credentials(self.token, self.source.token_header)


def credentials(token: str | None, header: str = "") -> dict[str, str]:
    """A bearer token (RFC 6750, 2.1), or a header of its own that a service asks for."""
    if token is None:
        return {}
    return {header: token} if header else {"Authorization": f"Bearer {token}"}
