"""What looks otherwise in a variant: features of the scene, each in a colour or of a material."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from citiverse_tiling.errors import InputError, SceneError
from citiverse_tiling.manifest import Restyle
from citiverse_tiling.model import Layer, layer_of
from citiverse_tiling.variants.hiding import number_of, parts_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from citiverse_tiling.succession.delivery import Delivery

MATERIALS = {
    "green": "Grass and plants",
    "paving": "Paved",
    "road": "A road",
    "soil": "Bare soil",
}
"""What a surface may be made of, and how that is called where nobody calls it otherwise."""

PAINTED = "In another colour"
LONGEST_LABEL = 200
_WISH = re.compile(r"(.+)=(#[0-9a-fA-F]{6}|[a-z]+)(?:/(.*))?", re.DOTALL)
_AS_THEY_ARE = frozenset({Layer.GROUND, Layer.FURNITURE, Layer.VEGETATION})


@dataclass(frozen=True, slots=True)
class Wish:
    """An id as in `--replaces`, and how what it means is to look; `label` says so in words."""

    id: str
    look: str
    label: str


def read_wish(text: str, place: Path) -> Wish:
    """`ID=LOOK` or `ID=LOOK/words`. Raises InputError."""
    match = _WISH.fullmatch(text)
    look = match[2].lower() if match else ""
    if match is None or not (look.startswith("#") or look in MATERIALS):
        raise InputError(
            f"{text!r} doesn't say how something is to look",
            place,
            remedy=f"write ID=#rrggbb or ID={'|'.join(MATERIALS)}, and /words behind it",
        )
    label = " ".join((match[3] or "").split())[:LONGEST_LABEL]
    return Wish(match[1], look, label or MATERIALS.get(look, PAINTED))


def restyled(city: Delivery, wishes: Iterable[Wish]) -> tuple[Restyle, ...]:
    """These features and all their parts, by identity; of two wishes the later one counts.

    Raises SceneError where there is no such feature, or it keeps its look: ground, plants and
    furniture.
    """
    found: dict[str, Restyle] = {}
    for wish in wishes:
        number = number_of(city, wish.id)
        if layer_of(city.classes[number]) in _AS_THEY_ARE:
            raise SceneError(
                f"{city.ids[number]!r} is ground, a plant or furniture, and keeps its look",
                city.folder,
            )
        for identity in parts_of(city, {number}):
            found[identity] = Restyle(identity, wish.look, wish.label)
    return tuple(found[identity] for identity in sorted(found))
