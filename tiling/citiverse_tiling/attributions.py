"""Who must be named where a scene is shown: whom the user names, and whom the files do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from citiverse_tiling.options import Attribution

if TYPE_CHECKING:
    from citiverse_tiling.options import TileOptions
    from citiverse_tiling.report import Report

MOST_FROM_FILES = 100


def attributions(options: TileOptions, report: Report) -> tuple[Attribution, ...]:
    """The user's first; then each file's contact, or else title, and licence, where it says any.

    What a file says is left out where the user has named the same.
    """
    named = list(options.attributions)
    said = " ".join(f"{item.text} {item.licence}" for item in named)
    for one in report.inputs:
        if not (one.contact or one.licence) or len(named) >= MOST_FROM_FILES:
            continue
        made = Attribution(one.contact or one.title or one.file, one.licence)
        if made not in named and made.text not in said:
            named.append(made)
    return tuple(named)
