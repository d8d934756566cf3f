"""ngsildclient asks, writes and subscribes: ngsild.py PORT TOKEN CALLBACK → what each call gave.

Run by the Python of .cache/ngsildclient, which has it.
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

from ngsildclient import Client, Entity
from ngsildclient.api.helper.subscription import SubscriptionBuilder
from requests.auth import AuthBase

if TYPE_CHECKING:
    from requests import PreparedRequest

STATION = "AirQualityObserved"


class Bearer(AuthBase):
    """A token in each request."""

    def __init__(self, token: str) -> None:
        self.token = token

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        request.headers["authorization"] = f"Bearer {self.token}"
        return request


def main(port: int, token: str, callback: str) -> dict[str, object]:
    """Everything once."""
    client = Client("127.0.0.1", port, custom_auth=Bearer(token), verbose=False)
    told: dict[str, object] = {}
    one = Entity(STATION, "foreign-1")
    one.prop("name", "Foreign station")
    one.gprop("location", (52.3, 13.3))
    one.prop("no2", 22.5, unitcode="GQ", observedat="2026-05-04T09:00:00Z")
    two = Entity(STATION, "foreign-2")
    two.prop("no2", 5.5, unitcode="GQ", observedat="2026-05-04T09:00:00Z")
    told["upserted"] = client.batch.upsert([one, two]).success
    told["again"] = client.batch.upsert([one, two]).n_ok
    read = client.get(one.id)
    told["same"] = {
        name: read[name]["value"] == one[name]["value"] for name in ("name", "location", "no2")
    }
    told["unit"] = read["no2"]["unitCode"]
    told["exists"] = [client.exists(one.id), client.exists("urn:ngsi-ld:Device:none")]
    told["count"] = client.count(type=STATION)
    told["found"] = [each.id for each in client.query(type=STATION, q="no2>10")]
    told["types"] = client.types.list()
    told["over time"] = client.temporal.get(one.id, attrs=["no2"])
    told["all over time"] = len(client.temporal.query(type=STATION, attrs=["no2"]))
    subscription = SubscriptionBuilder(callback).select_type(STATION).watch(["no2"]).build()
    name = client.subscriptions.create(subscription)
    told["subscribed"] = client.subscriptions.get(name)["status"]
    told["listed"] = len(client.subscriptions.list())
    client.subscriptions.purge()
    told["left"] = len(client.subscriptions.list())
    return told


if __name__ == "__main__":
    print(json.dumps(main(int(sys.argv[1]), sys.argv[2], sys.argv[3])))
