"""Proposals on the disk, beside what a scene remembers: a folder each, with `proposal.json`.

    <state>/proposals/<id>/proposal.json
    <state>/proposals/<id>/<take>/<stem>.ifc, preview.glb

What is written is whole or not there. A folder without proposal.json is a file that never came.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from .model import Proposal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FOLDER = "proposals"
RECORD = "proposal.json"
PREVIEW = "preview.glb"
FORGOTTEN_S = 30 * 24 * 3600.0
"""What was never published and not touched for so long goes."""


@dataclass(frozen=True, slots=True)
class ProposalStore:
    """Those of one scene; `folder` need not be there."""

    folder: Path

    def place(self, number: str) -> Path:
        """The folder of a proposal."""
        return self.folder / number

    def take(self, number: str, take: int) -> Path:
        """The folder of one of its files."""
        return self.folder / number / str(take)

    def file(self, proposal: Proposal) -> Path:
        """The file that was read last."""
        found = self.take(proposal.id, proposal.take).glob(f"{proposal.stem}.*")
        return next(found, self.take(proposal.id, proposal.take) / proposal.stem)

    def preview(self, proposal: Proposal) -> Path:
        """Its preview, which need not be there."""
        return self.take(proposal.id, proposal.take) / PREVIEW

    def save(self, proposal: Proposal) -> None:
        """Keep a proposal as it is. Raises `OSError`."""
        place = self.place(proposal.id) / RECORD
        partial = place.with_suffix(".part")
        with partial.open("wb") as file:
            file.write(msgspec.json.encode(proposal))
            file.flush()
            os.fsync(file.fileno())
        partial.replace(place)

    def forget_other_takes(self, proposal: Proposal) -> None:
        """Remove the files that aren't read any more."""
        for folder in self.place(proposal.id).iterdir():
            if folder.is_dir() and folder.name != str(proposal.take):
                shutil.rmtree(folder, ignore_errors=True)

    def remove(self, number: str) -> None:
        """Remove all of a proposal."""
        shutil.rmtree(self.place(number), ignore_errors=True)

    def all(self, now_s: float) -> Iterator[Proposal]:
        """Every proposal that is there, the oldest first; what is left of others goes.

        `now_s` is in seconds since 1970 UTC.
        """
        found: list[Proposal] = []
        for folder in self.folder.iterdir() if self.folder.is_dir() else ():
            record = folder / RECORD
            try:
                proposal = msgspec.json.decode(record.read_bytes(), type=Proposal)
                age_s = now_s - record.stat().st_mtime
            except (OSError, msgspec.MsgspecError, ValueError):
                shutil.rmtree(folder, ignore_errors=True)
                continue
            if age_s > FORGOTTEN_S and not proposal.variant:
                self.remove(proposal.id)
            else:
                found.append(proposal)
        yield from sorted(found, key=lambda one: (one.made, one.id))
