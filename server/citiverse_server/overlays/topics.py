"""Topics with wildcards (MQTT 5, 4.7) and with `{thing}`, which stands for one level."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterator

THING = "{thing}"
ONE, REST = "+", "#"
MAX_LEVELS = 64

Value = TypeVar("Value")


def problem_of(topic: str) -> str | None:
    """Why this is no topic to listen to, if so."""
    levels = topic.split("/")
    if not topic or len(levels) > MAX_LEVELS:
        return f"a topic has 1 to {MAX_LEVELS} levels"
    if REST in levels[:-1] or any(REST in level and level != REST for level in levels):
        return "# stands alone and last in a topic"
    for level in levels:
        if (ONE in level and level != ONE) or (THING in level and level != THING):
            return "+ and {thing} stand for a whole level of a topic"
    return None if levels.count(THING) < 2 else "a topic names one thing"


def subscription(topic: str) -> str:
    """The topic filter to ask a broker for."""
    return "/".join(ONE if level == THING else level for level in topic.split("/"))


class TopicTree(Generic[Value]):
    """Values by topic filters; a topic finds all that match it, each with the thing it names."""

    def __init__(self) -> None:
        self._below: dict[str, TopicTree[Value]] = {}
        self._here: list[Value] = []

    def put(self, topic: str, value: Value) -> None:
        """Adds a value under a topic filter that has no problem."""
        node = self
        for level in topic.split("/"):
            node = node._below.setdefault(level, TopicTree())
        node._here.append(value)

    def find(self, topic: str) -> list[tuple[Value, str]]:
        """Values of all filters that match, each with what stands where `{thing}` is, or ""."""
        return list(self._matches(topic.split("/"), 0, ""))

    def _matches(self, levels: list[str], at: int, thing: str) -> Iterator[tuple[Value, str]]:
        # Topics that begin with $ are the broker's own (MQTT 5, 4.7.2).
        hidden = at == 0 and levels[0].startswith("$")
        if REST in self._below and not hidden:
            yield from ((value, thing) for value in self._below[REST]._here)
        if at == len(levels):
            yield from ((value, thing) for value in self._here)
            return
        level = levels[at]
        if level in self._below and level not in (ONE, REST, THING):
            yield from self._below[level]._matches(levels, at + 1, thing)
        if ONE in self._below and not hidden:
            yield from self._below[ONE]._matches(levels, at + 1, thing)
        if THING in self._below and not hidden and level:
            yield from self._below[THING]._matches(levels, at + 1, level)
