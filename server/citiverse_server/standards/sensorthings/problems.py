"""Why a request can't be answered, with the status that OGC 18-088 or RFC 9110 has for it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(eq=False)
class QueryError(Exception):
    """A request that isn't answered as asked; `sentence` goes to whoever asked."""

    sentence: str
    status: int = 400

    def __str__(self) -> str:
        return self.sentence


def missing(sentence: str) -> QueryError:
    """What was asked for isn't there (404)."""
    return QueryError(sentence, 404)


def unsupported(sentence: str) -> QueryError:
    """The standard has it, this server doesn't (501; 18-088, 9.3, Req. query-status-code)."""
    return QueryError(sentence, 501)
