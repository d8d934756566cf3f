"""Memory that was freed, given back to the system between the steps of a run."""

from __future__ import annotations

import ctypes
import sys


def give_back() -> None:
    """Let the C library's heap shrink where it can: it keeps what it thinks will be used again.

    Only glibc has malloc_trim(3); elsewhere nothing happens.
    """
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if trim is not None:
            trim(0)
