"""What messages are made of, whoever sends them: docs/contract/protocol.md."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

Vector = tuple[float, float, float]
Quaternion = tuple[float, float, float, float]
CutPlane = tuple[float, float, float, float, float, float]
"""A point, and the direction in which nothing is shown."""

Profile = Literal["desktop", "phone", "headset"]
Encoding = Literal["identity", "gzip", "held", "reference"]
Delivery = Literal["value", "reference"]
Hash = Annotated[bytes, Meta(min_length=16, max_length=16)]
Name = Annotated[str, Meta(max_length=256)]
Token = Annotated[str, Meta(max_length=1024)]
# JavaScript holds whole numbers exactly up to 2^53 − 1.
Count = Annotated[int, Meta(ge=0, le=2**53 - 1)]
Positive = Annotated[int, Meta(gt=0, le=2**53 - 1)]


class Message(Struct, tag_field="t", frozen=True, kw_only=True):
    """Any message; the type is the tag under `t`."""
