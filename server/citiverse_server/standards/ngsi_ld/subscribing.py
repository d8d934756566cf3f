"""Subscriptions over HTTP (6.10, 6.11), for those with the token of a source of kind ngsi-ld."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

import msgspec
from starlette.responses import Response

from .answering import answer, body_of, names_in, speech_of
from .selection import page_of
from .updates import writer

if TYPE_CHECKING:
    from starlette.requests import Request

    from .city import City
    from .notifier import Notifier
    from .subscribers import Subscribers

PATH = "/ngsi-ld/v1/subscriptions"


class Subscribing:
    """One method for each route."""

    def __init__(self, city: City, subscribers: Subscribers, notifier: Notifier) -> None:
        self._city = city
        self._subscribers = subscribers
        self._notifier = notifier
        self._body = msgspec.json.Decoder(dict[str, object])

    async def all(self, request: Request) -> Response:
        """GET lists them (5.8.4), POST makes one (5.8.1)."""
        speech = speech_of(request)
        owner = writer(self._city, request).source.name
        if request.method == "POST":
            document = await body_of(request, self._body)
            names_in(request, document)
            made = self._subscribers.add(document, self._city.now_us, owner)
            self._notifier.start()
            place = f"{PATH}/{quote(made.subscription.id, safe=':')}"
            return Response(status_code=201, headers={"location": place})
        page = page_of(request.query_params)
        told = [one.told(self._city.now_us) for one in self._subscribers.of(owner)]
        headers = {"ngsild-results-count": str(len(told))} if page.count else {}
        return answer(speech, told[page.offset : page.offset + page.limit], headers=headers)

    async def one(self, request: Request) -> Response:
        """GET gives it (5.8.3), PATCH changes it (5.8.2), DELETE removes it (5.8.5)."""
        speech = speech_of(request)
        owner = writer(self._city, request).source.name
        identity = request.path_params["subscription"]
        if request.method == "DELETE":
            self._subscribers.remove(identity, owner)
            return Response(status_code=204)
        if request.method == "PATCH":
            changes = await body_of(request, self._body)
            names_in(request, changes)
            self._subscribers.change(identity, changes, self._city.now_us, owner)
            return Response(status_code=204)
        return answer(speech, self._subscribers.get(identity, owner).told(self._city.now_us))
