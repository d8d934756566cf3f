"""Everything the operator may choose about a server."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from .errors import ConfigError

if TYPE_CHECKING:
    from .making import Maker
    from .message import Delivery
    from .overlays.reading import Feed

DEFAULT_PORT = 8000
_ADDRESS = re.compile(r"https?://[A-Za-z0-9.\-\[\]:]+(/[A-Za-z0-9._~\-]+)*")


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of the server one client may take; seconds, messages a second, comments a minute.

    Of comments one session, one address and one scene have each a limit.
    """

    messages_per_s: float = 60.0
    views_per_s: float = 20.0
    message_burst: float = 120.0
    renames_per_min: float = 10.0
    hello_timeout_s: float = 10.0
    credit_timeout_s: float = 60.0
    send_timeout_s: float = 20.0
    comments_per_min: float = 10.0
    comment_burst: float = 5.0
    address_comments_per_min: float = 60.0
    address_comment_burst: float = 30.0
    scene_comments_per_min: float = 300.0
    scene_comment_burst: float = 100.0


@dataclass(frozen=True, slots=True)
class ServerConfig:
    """One run of `citiverse serve`.

    `window_bytes` is the most content that one client was sent and hasn't consumed; `cache_bytes`
    the most tile content kept in memory for all scenes together, `scene_bytes` the most for trees
    of scenes that nobody is in. `sensors` is a TOML file that binds topics to buildings; `feed` is
    a source of readings inside the process, instead of a broker or beside it.
    `maker` makes the one scene, or the one that isn't there yet, meanwhile. `state` is the folder
    for what the scenes remember, by default each beside its scene. `static` is the built web
    client. Port 0 takes any free port. `delivery` by reference sends the addresses of tiles instead
    of tiles; `content_url` is what comes before `/scenes/…` in them. `tls_cert` and `tls_key` are
    PEM files, the first with the certificates that lead to its authority. `proposer` is the command
    that reads proposals of hosts (`proposals.orders`), without which there are none; a file of
    theirs has at most `proposal_bytes`.
    """

    scenes: tuple[Path, ...]
    host: str = "127.0.0.1"
    port: int = DEFAULT_PORT
    max_sessions: int = 500
    window_bytes: int = 2 * 1024 * 1024
    cache_bytes: int = 256 * 1024 * 1024
    scene_bytes: int = 64 * 1024 * 1024
    delivery: Delivery = "value"
    content_url: str | None = None
    tls_cert: Path | None = None
    tls_key: Path | None = None
    sensors: Path | None = None
    feed: Feed | None = None
    maker: Maker | None = None
    state: Path | None = None
    static: Path = Path(__file__).resolve().parent / "static"
    limits: Limits = field(default_factory=Limits)
    proposer: tuple[str, ...] | None = None
    proposal_bytes: int = 200_000_000

    def __post_init__(self) -> None:
        if not self.scenes and self.maker is None:
            raise ConfigError("no scene to serve", remedy="name at least one scene folder")
        if self.maker is not None and len(self.scenes) > 1:
            raise ConfigError("only one scene at a time is made while it is served")
        if (self.tls_cert is None) != (self.tls_key is None):
            raise ConfigError("a certificate and its key belong together", remedy="name both")
        if not 0 <= self.port <= 65_535:
            raise ConfigError(f"{self.port} is no port", remedy="choose one from 0 to 65535")
        if self.content_url and not _ADDRESS.fullmatch(self.content_url):
            raise ConfigError(
                f"{self.content_url!r} is no address of content",
                remedy="give one such as https://cdn.example/city, without a slash at its end",
            )
        for name in (
            "max_sessions",
            "window_bytes",
            "cache_bytes",
            "scene_bytes",
            "proposal_bytes",
        ):
            if getattr(self, name) < 1:
                raise ConfigError(f"{name} is {getattr(self, name)}", remedy="choose 1 or more")
