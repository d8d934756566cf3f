"""The CRS of files that carry it as well-known text: GeoTIFF, GeoPackage, `.prj`, LAS."""

from __future__ import annotations

import pyproj
from pyproj.exceptions import CRSError

_LIKELY = 25
"""Of 100: an ESRI `.prj` without codes gets this where name and parameters agree."""


def crs_name(text: str | None) -> str | None:
    """What `CrsRegistry.resolve` understands for a WKT or an authority's code.

    "EPSG:25832+7837" for a compound CRS; the CRS's own name where no code fits; None where there
    is no text or it is no CRS.
    """
    if not text:
        return None
    try:
        crs = pyproj.CRS.from_user_input(text)
    except CRSError:
        return text[:80]
    if crs.is_compound and len(crs.sub_crs_list) == 2:
        codes = [_code(part) for part in crs.sub_crs_list]
        if codes[0] and codes[1]:
            return f"EPSG:{codes[0]}+{codes[1]}"
        if codes[0]:
            return f"EPSG:{codes[0]}"
    code = _code(crs)
    if code:
        return f"EPSG:{code}"
    if crs.to_authority() == ("OGC", "CRS84"):
        return "OGC:CRS84"
    return crs.name


def _code(crs: pyproj.CRS) -> int | None:
    return crs.to_epsg() or crs.to_epsg(min_confidence=_LIKELY)
