"""What a model says of itself as a whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

from citiverse_tiling.ifc import georeference
from citiverse_tiling.ifc.messages import Start

if TYPE_CHECKING:
    from ifcopenshell import file

    from citiverse_tiling.ifc.units import Units


def start_of(model: file, units: Units, products: int) -> Start:
    """What the file says of itself."""
    application = next(iter(model.by_type("IfcApplication")), None)
    project = next(iter(model.by_type("IfcProject")), None)
    return Start(
        str(model.schema_identifier),
        "" if application is None else f"{application[2] or ''} {application[1] or ''}".strip(),
        "" if project is None else str(getattr(project, "LongName", None) or project[2] or ""),
        products,
        georeference.true_north(model),
        georeference.ground_z(model, units),
        georeference.conversions(model, units),
        georeference.site(model, units),
    )
