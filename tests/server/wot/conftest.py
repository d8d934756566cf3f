"""The same town as for NGSI-LD."""

from __future__ import annotations

from server.ngsi_ld.conftest import town

__all__ = ["town"]
