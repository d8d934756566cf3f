"""The order in which to look at pieces of a whole, so that those seen are always spread evenly."""

from __future__ import annotations


def spread(count: int) -> list[int]:
    """The numbers below `count` in the order of their bits read backwards (van der Corput, 1935).

    However early one stops, those so far lie about equally far apart.
    """
    bits = max(count - 1, 0).bit_length()
    backwards = (int(f"{number:0{bits}b}"[::-1] or "0", 2) for number in range(1 << bits))
    return [number for number in backwards if number < count]
