"""The built web client: its page, its hashed assets, and a plain page where it isn't built.

All files are read once at the start, with gzip and brotli variants of what is text: the client is
small, and no path from a request ever reaches the disk.
"""

from __future__ import annotations

import base64
import contextlib
import gzip
import hashlib
import mimetypes
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from .representation import IMMUTABLE, REVALIDATED, Answer, Representation, answer, coding_for
from .tiles import respond

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from starlette.types import Receive, Scope, Send

    from .hub import Hub

NOT_BUILT = b"""<!doctype html>
<html lang="en"><meta charset="utf-8"><title>CitiVerse</title>
<h1>The web client is not built yet</h1>
<p>The server runs, but it has no page to show. Build the client with <code>make runtime</code>,
then start the server again. The scenes are listed at <a href="/scenes">/scenes</a>.</p>
</html>
"""
BROTLI_SUFFIX = ".br"
TEXT_TYPES = (
    "text/",
    "application/javascript",
    "application/json",
    "application/wasm",
    "image/svg",
)
_TYPES = {
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
}
_INLINE = re.compile(rb"<(script|style)(?![^>]*\bsrc=)[^>]*>(.*?)</\1>", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Asset:
    """One file of the client; `codings` has its variants that are shorter, the best one first."""

    plain: bytes
    codings: Mapping[str, bytes]
    content_type: str
    cache_control: str


class Pages:
    """Serves `/`, `/s/{scene}` and the files of the client."""

    def __init__(self, static: Path, hub: Hub) -> None:
        self._hub = hub
        self._assets = _read_assets(static)
        page = self._assets.get("index.html")
        self._index = page or Asset(NOT_BUILT, {}, "text/html; charset=utf-8", REVALIDATED)
        self._policy = content_security_policy(self._index.plain, hub.config.content_url or "")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path_params"].get("path")
        scene = scope["path_params"].get("scene")
        if path is None:
            known = scene is None or self._hub.knows(scene)
            await self._page(scope, send, 200 if known else 404)
            return
        asset = self._assets.get(path)
        if asset is None:
            await self._page(scope, send, 404)
            return
        await respond(send, scope["method"], _answer(asset, scope, conditional=True))

    async def _page(self, scope: Scope, send: Send, status: int) -> None:
        result = _answer(self._index, scope, conditional=status == 200)
        headers = [
            *result.headers,
            (b"content-security-policy", self._policy.encode()),
            (b"referrer-policy", b"no-referrer"),
            (b"cross-origin-opener-policy", b"same-origin"),
        ]
        status = result.status if status == 200 else status
        await respond(send, scope["method"], Answer(status, headers, result.body))


def content_security_policy(page: bytes, content_url: str = "") -> str:
    """Only our own scripts, workers and WebAssembly, and the page's inline blocks by their hash;
    content also from where it is delivered.
    """
    content = urlsplit(content_url)
    elsewhere = f" {content.scheme}://{content.netloc}" if content_url else ""
    hashes: dict[bytes, list[str]] = {b"script": [], b"style": []}
    for kind, text in _INLINE.findall(page):
        digest = base64.b64encode(hashlib.sha256(text).digest()).decode()
        hashes[kind].append(f"'sha256-{digest}'")
    return "; ".join(
        (
            "default-src 'none'",
            " ".join(("script-src 'self' 'wasm-unsafe-eval'", *hashes[b"script"])),
            " ".join(("style-src 'self'", *hashes[b"style"])),
            "worker-src 'self' blob:",
            f"connect-src 'self'{elsewhere}",
            "img-src 'self' data: blob:",
            "font-src 'self'",
            "manifest-src 'self'",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'self'",
        )
    )


def _answer(asset: Asset, scope: Scope, *, conditional: bool) -> Answer:
    """Conditions and ranges hold for what was asked for, not for a page that says it is missing."""
    headers: dict[bytes, bytes] = dict(scope["headers"])
    accepted = headers.get(b"accept-encoding", b"").decode("latin-1")
    coding = coding_for(accepted, asset.codings)
    body = asset.codings.get(coding, asset.plain)
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    return answer(
        Representation(body, etag, asset.content_type, coding, asset.cache_control),
        scope["method"],
        headers if conditional else {},
    )


def _read_assets(static: Path) -> Mapping[str, Asset]:
    if not (static / "index.html").is_file():
        return {}
    files = sorted(
        path for path in static.rglob("*") if path.is_file() and path.suffix != BROTLI_SUFFIX
    )
    return {path.relative_to(static).as_posix(): _read_asset(path, static) for path in files}


def _read_asset(path: Path, static: Path) -> Asset:
    body = path.read_bytes()
    guessed = _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0]
    content_type = guessed or "application/octet-stream"
    codings: dict[str, bytes] = {}
    if content_type.startswith(TEXT_TYPES):
        # Made with the client: it takes long to make.
        with contextlib.suppress(FileNotFoundError):
            codings["br"] = path.with_name(path.name + BROTLI_SUFFIX).read_bytes()
        codings["gzip"] = gzip.compress(body, mtime=0)
    hashed = path.relative_to(static).parts[0] == "assets"
    return Asset(
        plain=body,
        codings={name: coded for name, coded in codings.items() if len(coded) < len(body)},
        content_type=f"{content_type}; charset=utf-8" if "text/" in content_type else content_type,
        cache_control=IMMUTABLE if hashed else REVALIDATED,
    )
