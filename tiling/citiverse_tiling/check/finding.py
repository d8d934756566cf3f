"""What `citiverse check` says: one sentence for each thing that breaks the scene's contract."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """Something in a scene that isn't as docs/contract/scene.md says.

    `file` is the path inside the scene.
    """

    file: str
    problem: str
    expected: str

    def __str__(self) -> str:
        return f"{self.file}: {self.problem}; expected {self.expected}"
