"""Two proposals for the empty warehouses of the demo town: a library in two variants."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

DRAWN = Path(__file__).parent / "library"
"""Where their drawings lie: IFC files, and beside each a recording of what is read from it."""


@dataclass(frozen=True)
class Proposal:
    """A variant of the town: its name in links, what people call it, and what they read of it."""

    name: str
    title: str
    description: str

    @property
    def file(self) -> Path:
        """Its drawing."""
        return DRAWN / f"library-{self.name}.ifc"


PROPOSALS = (
    Proposal(
        "a",
        "A: the warehouse opens",
        "Warehouse 3 keeps its brick walls and its hoist. Inside are a café, a reading room under"
        " two storeys of air, and a gallery; in front a balcony over the quay. Walk in.",
    ),
    Proposal(
        "b",
        "B: three gables of timber",
        "A new house in the place of Warehouses 3 and 4: timber and glass round a hall, three"
        " storeys, and a terrace on the roof that looks over the water. Walk in.",
    ),
)
"""Each replaces what stands where it stands."""
