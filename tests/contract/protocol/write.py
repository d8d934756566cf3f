"""Writes the golden messages; run it after editing messages.json.

messages.json describes each message; `{"$hex": "…"}` stands for binary. The bytes come from the
`msgpack` library, which neither the server nor the web client uses, so that it witnesses for both.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgpack

FOLDER = Path(__file__).resolve().parent


def described() -> list[dict[str, Any]]:
    """The entries of messages.json, with binary values as bytes."""
    text = (FOLDER / "messages.json").read_text(encoding="utf-8")
    entries: list[dict[str, Any]] = json.loads(text, object_hook=_binary)
    return entries


def encoded(message: dict[str, Any]) -> bytes:
    """One message as the golden file must hold it."""
    packed: bytes = msgpack.packb(message, use_bin_type=True)
    return packed


def _binary(value: dict[str, Any]) -> dict[str, Any] | bytes:
    return bytes.fromhex(value["$hex"]) if value.keys() == {"$hex"} else value


if __name__ == "__main__":
    for entry in described():
        (FOLDER / f"{entry['name']}.msgpack").write_bytes(encoded(entry["message"]))
