"""The proposals for the warehouses of Ellerhaven: a public library with all that is inside, as IFC.

`variant_a` and `variant_b` draw it, with ifcopenshell's interface for authors. What they draw lies
beside them as IFC files, so that a town can be made without that library.
"""
