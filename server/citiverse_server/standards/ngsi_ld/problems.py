"""What can be wrong with a request, in the error types of ETSI GS CIM 009 (5.5.2, 6.3.2)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from msgspec import Struct

PREFIX = "https://uri.etsi.org/ngsi-ld/errors/"


class Kind(Enum):
    """The name of an error, its status over HTTP, and its title."""

    INVALID_REQUEST = ("InvalidRequest", 400, "The request can't be understood")
    BAD_REQUEST_DATA = ("BadRequestData", 400, "The request says something that can't be")
    ALREADY_EXISTS = ("AlreadyExists", 409, "There is one already")
    OPERATION_NOT_SUPPORTED = ("OperationNotSupported", 422, "This server doesn't do that")
    RESOURCE_NOT_FOUND = ("ResourceNotFound", 404, "There is no such thing")
    TOO_COMPLEX_QUERY = ("TooComplexQuery", 403, "The question is too costly")
    TOO_MANY_RESULTS = ("TooManyResults", 403, "The answer would be too long")
    CONTEXT_NOT_AVAILABLE = ("LdContextNotAvailable", 503, "The @context isn't at hand")
    INTERNAL_ERROR = ("InternalError", 500, "Something went wrong here")
    NO_TENANTS = ("NoMultiTenantSupport", 501, "This server has no tenants")
    # These are of HTTP (RFC 9110, 15.5), which the standard leaves to it.
    NOT_ALLOWED = ("NotAllowed", 403, "Only those with a token may do this")
    TOO_LARGE = ("TooLarge", 413, "The request is too long")
    NOT_ACCEPTABLE = ("NotAcceptable", 406, "The answer has no such form")
    UNSUPPORTED_MEDIA_TYPE = ("UnsupportedMediaType", 415, "The request has no such form")
    BUSY = ("Busy", 503, "Too many ask at the moment")


class Problem(Struct, frozen=True):
    """ProblemDetails (5.5.3, after RFC 7807)."""

    type: str
    title: str
    status: int
    detail: str


@dataclass(eq=False)
class NgsiError(Exception):
    """Ends one request; `detail` is a sentence for whoever wrote it."""

    kind: Kind
    detail: str

    @property
    def problem(self) -> Problem:
        """What is answered."""
        name, status, title = self.kind.value
        # A name that the standard doesn't know is none of its addresses.
        known = self.kind not in _OF_HTTP
        return Problem(PREFIX + name if known else "about:blank", title, status, self.detail)

    def __str__(self) -> str:
        return self.detail


_OF_HTTP = frozenset(
    {Kind.NOT_ALLOWED, Kind.TOO_LARGE, Kind.NOT_ACCEPTABLE, Kind.UNSUPPORTED_MEDIA_TYPE, Kind.BUSY}
)


def bad(detail: str) -> NgsiError:
    """BadRequestData, by far the most frequent."""
    return NgsiError(Kind.BAD_REQUEST_DATA, detail)
