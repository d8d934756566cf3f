"""Content of scenes in memory: the most recently used, bounded in bytes, read in threads."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
from collections import OrderedDict
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .scene import ContentFile
    from .storage import StoredPath


@dataclass(frozen=True, slots=True)
class Content:
    """One encoded variant of a file; `etag` is strong and belongs to these very bytes."""

    body: bytes
    compressed: bool
    etag: str


Key = tuple["StoredPath", bool]
"""A file, and whether compressed."""


class ContentCache:
    """Least recently used content, at most `max_bytes` of it."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._held_bytes = 0
        self._held: OrderedDict[Key, Content] = OrderedDict()
        self._loading: dict[Key, asyncio.Task[Content]] = {}

    def held(self, file: ContentFile, *, compressed: bool) -> Content | None:
        """The content if it is in memory."""
        key = (file.path, compressed)
        content = self._held.get(key)
        if content is not None:
            self._held.move_to_end(key)
        return content

    async def read(self, file: ContentFile, *, compressed: bool) -> Content:
        """The content, from memory or from disk; raises `OSError` where the file is gone.

        Those who ask for the same at the same time share one reading of it.
        """
        content = self.held(file, compressed=compressed)
        if content is not None:
            return content
        key = (file.path, compressed)
        loading = self._loading.get(key)
        if loading is None:
            loading = asyncio.create_task(asyncio.to_thread(_load, file, compressed))
            self._loading[key] = loading
            loading.add_done_callback(partial(self._loaded, key))
        # Whoever leaves meanwhile must not take it from the others.
        return await asyncio.shield(loading)

    def _loaded(self, key: Key, loading: asyncio.Task[Content]) -> None:
        del self._loading[key]
        # Asking for the exception also marks it as seen, should nobody wait any more.
        if not loading.cancelled() and loading.exception() is None:
            self._hold(key, loading.result())

    def _hold(self, key: Key, content: Content) -> None:
        if len(content.body) > self._max_bytes:
            return
        self._held[key] = content
        self._held_bytes += len(content.body)
        while self._held_bytes > self._max_bytes:
            _, oldest = self._held.popitem(last=False)
            self._held_bytes -= len(oldest.body)


def _load(file: ContentFile, compressed: bool) -> Content:
    if compressed and file.has_gzip:
        body = file.path.with_name(file.path.name + ".gz").read_bytes()
    else:
        body = file.path.read_bytes()
        if compressed:
            body = gzip.compress(body, compresslevel=6, mtime=0)
    digest = hashlib.sha256(body).hexdigest()[:32]
    return Content(body, compressed, f'"{digest}"')
