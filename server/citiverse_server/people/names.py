"""How people are called: what they wish, made plain, or a friendly name that is given to them."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

from ..errors import Refusal, RequestRefused
from ..plain_text import plain_line

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

MAX_LENGTH = 40
_TRIES = 8

ADJECTIVES = (
    *("Bold", "Brave", "Bright", "Brisk", "Calm", "Cheerful", "Clever", "Curious", "Daring"),
    *("Eager", "Early", "Fair", "Gentle", "Glad", "Golden", "Happy", "Honest", "Jolly", "Keen"),
    *("Kind", "Lively", "Lucky", "Merry", "Mild", "Nimble", "Noble", "Patient", "Proud", "Quick"),
    *("Quiet", "Silver", "Smiling", "Steady", "Sunny", "Swift", "Tall", "Tidy", "Warm", "Wise"),
)
ANIMALS = (
    *("Badger", "Beaver", "Bee", "Bison", "Crane", "Curlew", "Deer", "Dolphin", "Eagle", "Falcon"),
    *("Finch", "Fox", "Gecko", "Goose", "Hare", "Hedgehog", "Heron", "Ibex", "Ibis", "Jay"),
    *("Kestrel", "Lark", "Lynx", "Marten", "Moth", "Newt", "Otter", "Owl", "Panda", "Pelican"),
    *("Plover", "Puffin", "Raven", "Robin", "Seal", "Stork", "Swallow", "Swan", "Tern", "Wren"),
)


def cleaned(wish: str) -> str:
    """A wished name as others may read it; raises `RequestRefused` (`bad-name`)."""
    name = plain_line(wish)
    if not 1 <= len(name) <= MAX_LENGTH:
        raise RequestRefused(
            Refusal.BAD_NAME, f"A name has 1 to {MAX_LENGTH} letters. Please choose another."
        )
    return name


def distinct(name: str, is_taken: Callable[[str], bool]) -> str:
    """`name`, with a number behind it where somebody is called so already."""
    if not is_taken(name):
        return name
    for number in count(2):
        suffix = f" {number}"
        numbered = name[: MAX_LENGTH - len(suffix)].rstrip() + suffix
        if not is_taken(numbered):
            return numbered
    raise AssertionError("numbers don't end")


def friendly(random: Random, is_taken: Callable[[str], bool]) -> str:
    """A name for someone who wished none, such as "Quiet Heron"."""
    for _ in range(_TRIES):
        name = f"{random.choice(ADJECTIVES)} {random.choice(ANIMALS)}"
        if not is_taken(name):
            return name
    return distinct(name, is_taken)
