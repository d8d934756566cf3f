"""Classes of city objects that no standard names: few enough, and short enough, to be counted."""

from __future__ import annotations

from dataclasses import dataclass, field

from citiverse_tiling.model import LAYER_OF_CLASS, UNSEEN_CLASSES

MAX_CLASSES = 1_000
LONGEST_NAME = 80
ANY = "GenericCityObject"
"""What objects are called whose own class is one too many."""


@dataclass(slots=True)
class ForeignClasses:
    """Those of one file."""

    _met: set[str] = field(default_factory=set)

    def name(self, class_name: str) -> str:
        """What to call a class: as the file does, as long as that is sane."""
        if class_name in LAYER_OF_CLASS or class_name in UNSEEN_CLASSES:
            return class_name
        short = class_name[:LONGEST_NAME]
        if short not in self._met:
            if len(self._met) >= MAX_CLASSES:
                return ANY
            self._met.add(short)
        return short
