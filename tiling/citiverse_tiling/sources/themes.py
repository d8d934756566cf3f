"""Which of the themes of a file's appearances is used (CityGML 2.0, 12-019, clause 9.1)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from citiverse_tiling.report import Report
    from citiverse_tiling.sources.parts import Found


@dataclass(slots=True)
class Themes:
    """The themes of one file, in the order met. `wanted` is the one to use, None for the first."""

    wanted: str | None
    _met: dict[str, None] = field(default_factory=dict)
    _used: dict[str, None] = field(default_factory=dict)

    def meet(self, theme: str) -> None:
        """Note that the file has it."""
        self._met.setdefault(theme)

    @property
    def used(self) -> str | None:
        """The theme in use, None where none has been met."""
        if self.wanted is not None:
            return self.wanted
        return next(iter(self._met), None)

    def choose(self, there: list[str], default: str | None) -> str | None:
        """The one to use of those that are there, None where it is to be none of them.

        That is the wanted one; else the file's own default, else the first.
        """
        for theme in there:
            self.meet(theme)
        chosen = self.wanted
        if chosen is None:
            chosen = default if default in there else next(iter(there), None)
        if chosen not in there:
            return None
        self._used.setdefault(chosen or "")
        return chosen

    @property
    def met(self) -> list[str]:
        """All that have been met."""
        return list(self._met)

    @property
    def all_used(self) -> list[str]:
        """Those in use, where they may differ from object to object; else the one."""
        used = self._used or dict.fromkeys(filter(None, (self.used,)))
        return list(used)


def describe_themes(file: str, found: Found, wanted: str | None, report: Report) -> tuple[str, ...]:
    """Sentences on the themes for the description of a file; warns where the wanted isn't in it."""
    if not found.themes:
        return ()
    if wanted is not None and wanted not in found.themes:
        report.warn(f"{file}: it has no theme {wanted!r}, but {_named(found.themes)}")
    return (f"themes: {_named(found.themes)}; used: {_named(found.used_themes) or 'none'}",)


def _named(themes: list[str]) -> str:
    return ", ".join(theme[:100] or "without a name" for theme in themes[:20])
