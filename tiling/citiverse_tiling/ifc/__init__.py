"""All that touches ifcopenshell: `python -m citiverse_tiling.ifc FILE` reads an IFC file.

It runs as a process of its own (`sources.ifc.process`), because a native library that stumbles
over a file ends the process that it is in, and says what it finds in `messages` on its output.
"""
