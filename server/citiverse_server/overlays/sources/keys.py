"""Keys of what a source brings: the source's name, and what it calls the thing."""

from __future__ import annotations

import hashlib
import re

_ODD = re.compile(r"[^A-Za-z0-9._:-]+")
MAX_KEY = 160
DIGEST = 8


def key(source: str, *names: str) -> str:
    """A key that is the same for the same names, and another for others."""
    wanted = ".".join(names)
    made = _ODD.sub("-", wanted)[:MAX_KEY]
    if made != wanted:
        made += "-" + hashlib.sha256(wanted.encode()).hexdigest()[:DIGEST]
    return f"{source}.{made}"
