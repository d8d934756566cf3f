"""What the library is made of: names that an architect uses, and colours."""

from __future__ import annotations

from dataclasses import dataclass

Colour = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Matter:
    """A material: its colour (sRGB, 0 to 1), how much light goes through it, and its category."""

    name: str
    colour: Colour
    category: str
    transparency: float = 0.0


BRICK = Matter("Harbour brick, from the old warehouse", (0.64, 0.40, 0.32), "brick")
BRICK_DARK = Matter("Clinker", (0.47, 0.27, 0.23), "brick")
STONE = Matter("Sandstone", (0.79, 0.74, 0.64), "stone")
PLASTER = Matter("Lime plaster", (0.93, 0.91, 0.86), "plaster")
PLASTER_WARM = Matter("Clay plaster", (0.87, 0.77, 0.64), "plaster")
CONCRETE = Matter("Concrete with recycled brick", (0.66, 0.64, 0.61), "concrete")
TERRAZZO = Matter("Terrazzo", (0.77, 0.74, 0.70), "stone")
OAK = Matter("Oak boards", (0.68, 0.50, 0.31), "wood")
SPRUCE = Matter("Glued laminated spruce", (0.83, 0.66, 0.44), "wood")
LARCH = Matter("Larch boards", (0.66, 0.46, 0.30), "wood")
BIRCH = Matter("Birch plywood", (0.89, 0.79, 0.62), "wood")
STEEL = Matter("Steel, painted", (0.17, 0.19, 0.20), "steel")
BRASS = Matter("Brass", (0.78, 0.62, 0.30), "steel")
TILE = Matter("Clay tiles", (0.55, 0.25, 0.18), "ceramics")
ZINC = Matter("Zinc sheet", (0.47, 0.50, 0.52), "steel")
GLASS = Matter("Glass", (0.66, 0.80, 0.82), "glass", 0.78)
GREEN_PAINT = Matter("Bottle green paint", (0.13, 0.29, 0.25), "steel")
FELT_BLUE = Matter("Wool felt, blue", (0.20, 0.36, 0.47), "textile")
FELT_RED = Matter("Wool felt, red", (0.69, 0.28, 0.22), "textile")
FELT_YELLOW = Matter("Wool felt, yellow", (0.89, 0.67, 0.24), "textile")
FELT_GREEN = Matter("Wool felt, green", (0.36, 0.50, 0.34), "textile")
PAPER = Matter("Paper", (0.94, 0.92, 0.87), "paper")
SCREEN = Matter("Screen", (0.06, 0.07, 0.09), "glass")
LEAVES = Matter("Leaves", (0.28, 0.45, 0.24), "plant")
SOIL = Matter("Soil", (0.27, 0.21, 0.16), "earth")
LIGHT = Matter("Lamp glass", (1.00, 0.93, 0.78), "glass")
BOOKS = (
    Matter("Book cloth, red", (0.60, 0.20, 0.17), "paper"),
    Matter("Book cloth, blue", (0.18, 0.31, 0.45), "paper"),
    Matter("Book cloth, ochre", (0.80, 0.60, 0.27), "paper"),
    Matter("Book cloth, green", (0.25, 0.40, 0.30), "paper"),
    Matter("Book cloth, cream", (0.88, 0.83, 0.72), "paper"),
    Matter("Book cloth, black", (0.16, 0.16, 0.18), "paper"),
)
