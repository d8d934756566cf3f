"""What a host asks for and doesn't get."""

from __future__ import annotations


class RefusedError(Exception):
    """A status of HTTP and a sentence for a person."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status
