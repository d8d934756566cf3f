"""Parents are found wherever they are, and what comes again is known, as if all were in memory."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from citiverse_tiling.identities import Identities, IdentityWriter

if TYPE_CHECKING:
    import pytest

NAMES = "abcdefgh"


def digest(name: str) -> bytes:
    return hashlib.blake2b(name.encode(), digest_size=16).digest() if name else bytes(16)


def digests(names: list[str]) -> np.ndarray:
    return np.frombuffer(b"".join(map(digest, names)), np.uint64).reshape(-1, 2)


def resolved(factory: pytest.TempPathFactory, segments: list[list[tuple[str, str]]]) -> Identities:
    """Of segments of objects, each with its parent."""
    writer = IdentityWriter(factory.mktemp("identities") / "table")
    for objects in segments:
        writer.append(digests([own for own, _ in objects]), digests([up for _, up in objects]))
    return writer.finish()


OBJECTS = st.tuples(st.sampled_from(NAMES), st.sampled_from(["", "nowhere", *NAMES]))


@settings(max_examples=80)
@given(segments=st.lists(st.lists(OBJECTS, max_size=6), min_size=1, max_size=5))
def test_parents_are_the_first_with_their_id_and_later_ones_come_again(
    tmp_path_factory: pytest.TempPathFactory, segments: list[list[tuple[str, str]]]
) -> None:
    found = resolved(tmp_path_factory, segments)
    objects = [one for objects in segments for one in objects]
    first: dict[str, int] = {}
    for row, (own, _) in enumerate(objects):
        first.setdefault(own, row)
    parents = [first.get(up, -1) for _, up in objects]
    expected = [-1 if parent == row else parent for row, parent in enumerate(parents)]
    assert found.parents.tolist() == expected
    again = [row for row, (own, _) in enumerate(objects) if first[own] != row]
    assert found.repeated.tolist() == again


def test_the_first_halves_of_all_digests_are_told(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    found = resolved(tmp_path_factory, [[("b", ""), ("a", "b")], [("c", "")]])
    assert found.halves().tolist() == sorted(digests(["a", "b", "c"])[:, 0].tolist())
