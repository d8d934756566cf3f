"""Opens a scene with py3dtiles and prints, as JSON, what it saw in it.

Runs in an environment of its own, that has py3dtiles and nothing of ours.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from py3dtiles.tileset import TileSet


def main(scene: Path) -> None:
    """Walk the tileset from its root, through the layers' tilesets, and open every content."""
    triangles: dict[str, int] = {}
    fields: set[str] = set()
    waiting = [(TileSet.from_file(scene / "tileset.json").root_tile, scene)]
    while waiting:
        tile, folder = waiting.pop()
        waiting.extend((child, folder) for child in tile.children)
        if not tile.has_content():
            continue
        content = tile.get_or_fetch_content(folder)
        path = folder / tile.content_uri
        if isinstance(content, TileSet):
            waiting.append((content.root_tile, path.parent))
            continue
        triangles[path.relative_to(scene).as_posix()] = len(content.get_vertices()) // 3
        fields |= content.get_extra_field_names()
    print(json.dumps({"triangles": triangles, "fields": sorted(fields)}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
