"""Ways to break a file: of bytes, of numbers, of XML elements and attributes, of JSON values.

A mutation is drawn from `random.Random(seed)` alone, so that a file and a number tell a case.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from lxml import etree

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

MOST_BYTES = 4 << 20
"""What duplication may make of a file."""

NUMBER = re.compile(rb"-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")
NUMBERS = (
    b"NaN", b"INF", b"-1e308", b"1e999", b"0", b"-1", b"1e300", b"999999999", b"4294967296",
    b"9" * 400, b"", b"1e-320", b"0x10", b"true", b"1_000", b"1,5", b"\xd9\xa3",
)  # fmt: skip
WORDS = (
    "", " ", "-1", "0", "1000000000", "NaN", "#", "#x", "EPSG:4326", "EPSG:0", "EPSG:3857",
    "urn:ogc:def:crs,crs:EPSG::25832,crs:EPSG::5783", "../../../../etc/passwd", "/etc/passwd",
    "http://127.0.0.1:9/x.gml#y", "a\\b\\c.jpg", "%00", "\u202e", "a" * 5000, "3D", "[", "-",
)  # fmt: skip
VALUES: tuple[Any, ...] = (
    None, True, -1, 0, 1, 10**9, 2**63, 10**400, -(2**31), 0.5, 1e300, -1e308, "", "x",
    "Building", "Solid", "1.0", [], {}, [[]], [[[0, 1, 2]]], [[[[0, 1, 2, 3]]]],
    [-1], [10**9], [None], {"type": "Solid"}, {"values": [[None]]}, "a" * 5000,
)  # fmt: skip


def mutate(data: bytes, random: Random, kind: str) -> bytes:
    """Break a file of a kind ("xml", "json" or "binary") in one to four ways."""
    ways = {"xml": XML_WAYS, "json": JSON_WAYS, "binary": BINARY_WAYS}[kind]
    for _ in range(random.choice((1, 1, 1, 2, 4))):
        changed = random.choice(ways)(data, random)
        if len(changed) <= MOST_BYTES:
            data = changed
    return data


def flip_bytes(data: bytes, random: Random) -> bytes:
    bent = bytearray(data)
    for _ in range(random.randint(1, 8)):
        if bent:
            bent[random.randrange(len(bent))] = random.randrange(256)
    return bytes(bent)


def cut_short(data: bytes, random: Random) -> bytes:
    return data[: random.randrange(len(data) + 1)]


def leave_out(data: bytes, random: Random) -> bytes:
    start = random.randrange(len(data) + 1)
    return data[:start] + data[start + random.choice((1, 4, 50, 2000)) :]


def repeat(data: bytes, random: Random) -> bytes:
    start = random.randrange(len(data) + 1)
    end = start + random.choice((1, 16, 400, 4000))
    return data[:start] + data[start:end] * random.choice((2, 3, 50)) + data[end:]


def change_numbers(data: bytes, random: Random) -> bytes:
    found = list(NUMBER.finditer(data))
    chosen = random.sample(found, min(len(found), random.choice((1, 2, 20))))
    for match in sorted(chosen, key=lambda match: -match.start()):
        data = data[: match.start()] + random.choice(NUMBERS) + data[match.end() :]
    return data


def bend_words(data: bytes, random: Random) -> bytes:
    """Binary headers: a count, an offset or a float becomes an extreme one."""
    bent = bytearray(data)
    for _ in range(random.randint(1, 4)):
        limit = min(len(bent), random.choice((64, 512, 4096, len(bent))))
        at = random.randrange(max(1, limit))
        extreme = random.choice(
            (b"\xff" * 4, b"\xff\xff\xff\x7f", b"\x00" * 4, b"\x00\x00\xc0\x7f", b"\xff" * 8)
        )
        bent[at : at + len(extreme)] = extreme
    return bytes(bent[: len(data)])


def change_elements(data: bytes, random: Random) -> bytes:
    """Take out, double, swap, move or rename XML elements, or change an attribute or a text."""
    try:
        root = etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True))
    except (etree.XMLSyntaxError, ValueError):
        return flip_bytes(data, random)
    elements = [e for e in root.iter() if isinstance(e.tag, str)][1:]
    for _ in range(random.randint(1, 3)):
        if elements:
            random.choice(ELEMENT_CHANGES)(random.choice(elements), random.choice(elements), random)
    return etree.tostring(root)


def _take_out(one: etree._Element, other: etree._Element, random: Random) -> None:
    parent = one.getparent()
    if parent is not None:
        parent.remove(one)


def _copy_into(one: etree._Element, other: etree._Element, random: Random) -> None:
    twin = etree.fromstring(etree.tostring(one))
    other.insert(random.randint(0, len(other)), twin)


def _double(one: etree._Element, other: etree._Element, random: Random) -> None:
    for _ in range(random.choice((1, 2, 30))):
        one.addnext(etree.fromstring(etree.tostring(one)))


def _rename(one: etree._Element, other: etree._Element, random: Random) -> None:
    one.tag = other.tag


def _change_attribute(one: etree._Element, other: etree._Element, random: Random) -> None:
    holders = [e for e in (one, other, *one.iter(), *other.iter()) if e.attrib]
    if holders:
        chosen = random.choice(holders)
        name = random.choice(list(chosen.attrib))
        ids = [str(value) for e in holders for value in e.attrib.values()]
        word = random.choice((*WORDS, *ids, *(f"#{value}" for value in ids[:20])))
        chosen.set(name, _allowed(word))


def _change_text(one: etree._Element, other: etree._Element, random: Random) -> None:
    one.text = _allowed(random.choice((*WORDS, other.text or "", (other.text or "") * 30)))


def _allowed(text: str) -> str:
    """Without what XML can't hold."""
    return "".join(c for c in text if c >= " " or c in "\t\n")


ELEMENT_CHANGES: tuple[Callable[[etree._Element, etree._Element, Random], None], ...] = (
    _take_out, _copy_into, _double, _rename, _change_attribute, _change_attribute, _change_text,
)  # fmt: skip


def change_values(data: bytes, random: Random) -> bytes:
    """Take out, double, replace or swap values of JSON; of a sequence, in one of its lines."""
    lines = data.splitlines(keepends=True)
    at = random.randrange(len(lines)) if lines else 0
    try:
        whole = json.loads(data)
        lines, at = [data], 0
    except ValueError:
        try:
            whole = json.loads(lines[at])
        except (ValueError, IndexError):
            return flip_bytes(data, random)
    for _ in range(random.randint(1, 3)):
        _change_value(whole, random)
    lines[at] = json.dumps(whole).encode() + b"\n"
    return b"".join(lines)


def _change_value(whole: Any, random: Random) -> None:
    holders: list[Any] = [whole] if isinstance(whole, (dict, list)) else []
    for holder in holders:
        inner = holder.values() if isinstance(holder, dict) else holder
        holders += [value for value in inner if isinstance(value, (dict, list)) and value]
    holders = [holder for holder in holders if holder]
    if not holders:
        return
    # The upper ones as often as the many below.
    holder = random.choice(holders[: random.choice((5, 50, len(holders)))])
    keys = list(holder) if isinstance(holder, dict) else list(range(len(holder)))
    key = random.choice(keys)
    way = random.randrange(5)
    if way == 0:
        del holder[key]
    elif way == 1:
        holder[key] = random.choice(VALUES)
    elif way == 2:
        holder[key] = [holder[key]] * random.choice((1, 2, _times(holder[key])))
    elif way == 3 and isinstance(holder, dict):
        holder[random.choice(WORDS)] = holder.pop(key)
    else:
        other = random.choice(holders)
        other_keys = list(other) if isinstance(other, dict) else list(range(len(other)))
        holder[key] = json.loads(json.dumps(other[random.choice(other_keys)]))


def _times(value: Any) -> int:
    return 1000 if len(json.dumps(value)) < 500 else 3


# What keeps the form goes deeper than what the parser already refuses.
BYTE_WAYS = (flip_bytes, leave_out, repeat, cut_short)
XML_WAYS = (*(change_elements,) * 8, *(change_numbers,) * 3, *BYTE_WAYS)
JSON_WAYS = (*(change_values,) * 8, *(change_numbers,) * 3, *BYTE_WAYS)
BINARY_WAYS = (*(bend_words,) * 3, *BYTE_WAYS)
