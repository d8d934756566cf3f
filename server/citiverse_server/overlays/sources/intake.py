"""What one source may ask of the server, and how it says that it is down."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from ..model import Rejected
    from ..registry import Registry
    from ..sensor_file import SourceSettings


logger = logging.getLogger("citiverse.sensors")

MOST_COMPLAINTS = 20


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
    complaints: set[str] = field(default_factory=set)

    def complain(self, problem: str) -> None:
        """Tells the log once what can't be taken; of a flood of such, the first of it."""
        if problem in self.complaints or len(self.complaints) >= MOST_COMPLAINTS:
            return
        self.complaints.add(problem)
        logger.warning("The source %s brings what can't be taken: %s.", self.source.name, problem)

    @property
    def token(self) -> str | None:
        """The source's credential, if the file names a variable and that is set."""
        name = self.source.token_env
        # What files and pipes end with is no part of it.
        return (self.environment.get(name) or "").strip() or None if name else None

    @property
    def credentials(self) -> dict[str, str]:
        """The header of HTTP that carries the credential. Raises `SourceDown`."""
        return credentials(self.token, self.source.token_header)


def credentials(token: str | None, header: str = "") -> dict[str, str]:
    """A bearer token (RFC 6750, 2.1), or a header of its own that a service asks for.

    Raises `SourceDown` where no header can hold it; it isn't said in any text.
    """
    if token is None:
        return {}
    if not (token.isascii() and token.isprintable()):
        raise SourceDown("its credential holds a character that no header of HTTP can")
    return {header: token} if header else {"Authorization": f"Bearer {token}"}
