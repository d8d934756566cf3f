"""Draws the demo town's proposals anew: IFC files, and recordings of what is read from them.

    make library        (writes assets/citiverse_assets/library/*.ifc and *.ifc.said.gz)

It needs ifcopenshell. The plain install doesn't: it reads the recordings.
"""

from __future__ import annotations

import subprocess

from citiverse_assets import proposals
from citiverse_assets.library.drawings import draw
from citiverse_tiling.sources.ifc import process, recording


def main() -> None:
    for proposal in proposals.PROPOSALS:
        draw(proposal.name).save(proposal.file)
        said = subprocess.run(
            (*process.PROCESS, str(proposal.file)),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=True,
        ).stdout
        kept = recording.write(proposal.file, said)
        for file in (proposal.file, kept):
            print(f"{file}: {file.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
