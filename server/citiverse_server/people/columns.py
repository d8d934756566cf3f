"""Poses as the columns of a `presence` frame: the nearer, the finer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..protocol import Presence

if TYPE_CHECKING:
    from ..protocol import Vector
    from .poses import Poses

Rows = NDArray[np.intp]
Persons = NDArray[np.int32]

NEAR_BYTES = 2 + 3 * 2 + 2 * 2
HANDS_BYTES = 2 * (2 + 3 * 2)
FAR_BYTES = 2 + 3 * 2 + 1
GONE_BYTES = 2
CENTIMETRE, DECIMETRE = 0.01, 0.1
_INT16 = np.iinfo(np.int16)


def frame(
    poses: Poses, near: Rows, far: Rows, gone: Persons, origin: Vector, time_us: int
) -> Presence:
    """Rows of `poses` as columns around `origin`, metres in the scene frame."""
    handed = near[poses.has_hands[near]]
    return Presence(
        time=time_us,
        origin=origin,
        near=_numbers(poses.person[near]),
        near_offsets=_offsets(poses.position[near], origin, CENTIMETRE),
        near_turns=_turns(poses.turn[near]),
        far=_numbers(poses.person[far]),
        far_offsets=_offsets(poses.position[far], origin, DECIMETRE),
        far_turns=_coarse_turns(poses.turn[far, 0]),
        hands=_numbers(np.repeat(poses.person[handed], 2)),
        hand_offsets=_offsets(poses.hands[handed], origin, CENTIMETRE),
        gone=_numbers(gone),
    )


def _numbers(persons: Persons) -> bytes:
    return persons.astype("<u2").tobytes()


def _offsets(places: NDArray[np.float64], origin: Vector, unit_m: float) -> bytes:
    if not len(places):
        return b""
    steps = np.clip(np.rint((places - np.asarray(origin)) / unit_m), _INT16.min, _INT16.max)
    return np.asarray(steps, dtype="<i2").tobytes()


def _turns(turns: NDArray[np.float64]) -> bytes:
    """Heading from −180° up to 180°, pitch from −90° to 90°, in tenths of a degree."""
    if not len(turns):
        return b""
    tenths = np.degrees(turns) * 10.0
    heading = (np.rint(tenths[:, 0]) + 1800.0) % 3600.0 - 1800.0
    pitch = np.rint(tenths[:, 1]).clip(-900.0, 900.0)
    return np.stack((heading, pitch), axis=1).astype("<i2").tobytes()


def _coarse_turns(headings: NDArray[np.float64]) -> bytes:
    return (np.rint(headings * (256.0 / (2.0 * np.pi))) % 256.0).astype(np.uint8).tobytes()
