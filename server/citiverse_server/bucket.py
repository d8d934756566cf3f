"""A scene on storage that speaks S3: its tiles are fetched as they are asked for.

Keys, endpoint and region come from the environment (`AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`,
`AWS_ENDPOINT_URL`, `AWS_REGION`). What was fetched is kept in the bounded cache of all content.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from .errors import SceneError

if TYPE_CHECKING:
    from pathlib import Path

    from obstore.store import ObjectStore

SCHEME = "s3:"
LARGEST_BYTES = 1 << 30
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,62}")


def is_remote(place: Path) -> bool:
    """Whether a path is an `s3://bucket/key` that became a path on its way here."""
    return place.parts[:1] == (SCHEME,)


@dataclass(frozen=True, eq=False)
class BucketPath:
    """A key in a bucket, to be read like a path on disk."""

    store: ObjectStore
    key: PurePosixPath

    def __truediv__(self, name: str) -> BucketPath:
        return BucketPath(self.store, self.key / name)

    def __str__(self) -> str:
        return str(self.key)

    def __hash__(self) -> int:
        return hash((id(self.store), self.key))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, BucketPath):
            return False
        return self.store is other.store and self.key == other.key

    @property
    def name(self) -> str:
        """The last part."""
        return self.key.name

    @property
    def suffix(self) -> str:
        """The ending of the name."""
        return self.key.suffix

    def with_name(self, name: str) -> BucketPath:
        """An object beside this one."""
        return BucketPath(self.store, self.key.with_name(name))

    def is_file(self) -> bool:
        """Whether there is such an object; asks the storage."""
        import obstore
        from obstore.exceptions import BaseError

        try:
            obstore.head(self.store, str(self.key))
        except (OSError, BaseError):
            return False
        return True

    def read_bytes(self) -> bytes:
        """Its bytes, at most 1 GiB. Raises `OSError`."""
        import obstore
        from obstore.exceptions import BaseError

        try:
            found = obstore.get(self.store, str(self.key))
            if found.meta["size"] > LARGEST_BYTES:
                raise OSError(f"{self} has more than {LARGEST_BYTES >> 20} MiB")
            return bytes(found.bytes())
        except BaseError as error:
            raise OSError(f"{self}: {str(error).splitlines()[0][:200]}") from None

    def download(self, target: Path) -> None:
        """Stream it into a file. Raises `OSError`."""
        import obstore
        from obstore.exceptions import BaseError

        try:
            with target.open("wb") as file:
                for chunk in obstore.get(self.store, str(self.key)).stream():
                    file.write(chunk)
        except BaseError as error:
            raise OSError(f"{self}: {str(error).splitlines()[0][:200]}") from None


def open_bucket(place: Path) -> BucketPath:
    """The root of a scene in a bucket; raises `SceneError` where that can't be."""
    bucket, *rest = place.parts[1:] or ("",)
    if not _BUCKET.fullmatch(bucket) or not rest or ".." in rest:
        raise SceneError("this is no scene on storage: write s3://bucket/key", place)
    try:
        from obstore.store import S3Store
    except ImportError:
        raise SceneError(
            "storage of objects needs an extra", place, remedy="pip install citiverse[objects]"
        ) from None
    plain = os.environ.get("AWS_ENDPOINT_URL", "").startswith("http://")
    options: Any = {"timeout": "20s", "connect_timeout": "5s", "allow_http": plain}
    retries: Any = {"max_retries": 2}
    store = S3Store(bucket, client_options=options, retry_config=retries)
    return BucketPath(store, PurePosixPath(*rest))
