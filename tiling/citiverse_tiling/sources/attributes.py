"""The attributes of one city object while it is read: flattened, numbered, bounded."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from citiverse_tiling.model import AttributeValue

MAX_DEPTH = 32
MAX_ATTRIBUTES = 4096


class Attributes(dict[str, "AttributeValue"]):
    """The attributes of one object by flattened name; `unkept` counts those beyond the limits."""

    def __init__(self) -> None:
        super().__init__()
        self.unkept = 0
        self._last_numbers: dict[str, int] = {}

    def put(self, name: str, value: AttributeValue) -> str:
        """Set `name`, or `name.2`, `name.3` … where it is taken; return the name that it got."""
        if len(self) >= MAX_ATTRIBUTES:
            self.unkept += 1
            return name
        if name in self:
            number = self._last_numbers.get(name, 1) + 1
            while f"{name}.{number}" in self:
                number += 1
            self._last_numbers[name] = number
            name = f"{name}.{number}"
        self[name] = value
        return name
