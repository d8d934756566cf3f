"""The plain page: everyone may read and write there, without 3D and without scripts."""

from __future__ import annotations

import sqlite3
import time
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import httpx
import pytest

from citiverse_server.access import Role
from citiverse_server.consultation.posting import MAX_BODY_BYTES, is_same_origin
from citiverse_server.consultation.store import FILE
from citiverse_server.invitations import Invitation
from server.scenes import FEATURE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from server.conftest import Running, Serving

pytestmark = pytest.mark.anyio

LIST = "/s/town/comments"
HIDE = "/s/town/comments/hide"
FIELDS = {
    "key": "a-key-of-mine",
    "feature": FEATURE,
    "name": "Ada",
    "text": "A bench here, please.",
    "q": "town",
}


@dataclass
class Form:
    """One form of a page and its fields."""

    method: str
    action: str
    fields: dict[str, str] = field(default_factory=dict)
    labelled: set[str] = field(default_factory=set)


class Page(HTMLParser):
    """What a browser without scripts makes of it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.forms: list[Form] = []
        self.links: dict[str, str] = {}
        self.ids: list[str] = []
        self.words = ""
        self._link: str | None = None
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        self.tags.append(tag)
        if "id" in found:
            self.ids.append(found["id"])
        if tag == "form":
            self.forms.append(Form(found["method"], found["action"]))
        elif tag == "label" and "for" in found:
            self.forms[-1].labelled.add(found["for"])
        elif tag in ("input", "textarea"):
            form = self.forms[-1]
            form.fields[found["name"]] = found.get("value", "")
            assert found.get("type") in ("hidden", "radio") or found["id"] in form.labelled
        elif tag == "a":
            self._link = found["href"]

    def handle_data(self, data: str) -> None:
        self.words += data
        if self._link is not None:
            self.links[data] = self._link
            self._link = None

    def form(self, action: str, method: str = "post") -> Form:
        return next(one for one in self.forms if (one.action, one.method) == (action, method))


@asynccontextmanager
async def visiting(running: Running) -> AsyncIterator[httpx.AsyncClient]:
    """A browser on the page itself."""
    headers = {"sec-fetch-site": "same-origin"}
    async with httpx.AsyncClient(base_url=running.http, headers=headers) as client:
        yield client


async def read(client: httpx.AsyncClient, address: str = LIST) -> Page:
    answer = await client.get(address)
    assert answer.status_code == 200
    return Page(answer.text)


def invitation(running: Running, role: Role = Role.HOST, seconds: int = 3600) -> str:
    inviter = running.application.hub.inviters["town"]
    return inviter.issue(Invitation("town", role, int(time.time()) + seconds))


async def test_somebody_without_scripts_finds_a_building_and_comments(serving: Serving) -> None:
    async with serving() as running, visiting(running) as client, running.stranger() as walker:
        await walker.hello("town")
        await walker.until("comments")
        empty = await read(client)
        assert "Nobody has said anything yet." in empty.words
        search = empty.form(f"{LIST}#write", "get")
        assert set(search.fields) == {"q"}
        found = await read(client, f"{LIST}?q=town+hall")
        form = found.form(LIST)
        assert form.fields["feature"] == FEATURE
        filled = {**form.fields, "name": "Ada", "text": "A bench here, please."}
        answer = await client.post(LIST, data=filled)
        assert answer.status_code == 303
        after = await read(client, answer.headers["location"])
        assert "comment-1" in after.ids
        for words in ("Ada", "A bench here, please.", "at Town hall, Market 1", "Saved."):
            assert words in after.words
        (seen,) = (await walker.until("comments"))["comments"]
        assert (seen["name"], seen["text"], seen["feature"]) == (
            "Ada",
            "A bench here, please.",
            FEATURE,
        )
        assert seen["position"] == [5.0, 5.0, 18.0]


async def test_the_page_runs_nothing_and_loads_nothing(serving: Serving) -> None:
    async with serving() as running, visiting(running) as client:
        await client.post(LIST, data={**FIELDS, "name": "<img src=x onerror=alert(1)>"})
        await client.post(
            LIST, data={**FIELDS, "key": "another-key", "text": "</p><script>alert(1)</script>"}
        )
        answer = await client.get(f"{LIST}?q=%22%3E%3Cscript%3E&name=%22%3E%3Cscript%3E")
        page = Page(answer.text)
        assert not {"script", "img", "iframe", "object", "embed", "link"} & set(page.tags)
        assert "</p><script>alert(1)</script>" in page.words
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "script-src" not in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert answer.headers["referrer-policy"] == "same-origin"
        assert answer.headers["cache-control"] == "no-store"


async def test_a_form_sent_twice_is_one_comment(serving: Serving) -> None:
    async with serving() as running, visiting(running) as client:
        first = await client.post(LIST, data=FIELDS)
        again = await client.post(LIST, data=FIELDS)
        assert first.headers["location"] == again.headers["location"]
        other = await client.post(LIST, data={**FIELDS, "text": "On second thoughts, two."})
        assert other.status_code == 409
        form = Page(other.text).form(LIST)
        assert form.fields["key"] != FIELDS["key"]
        comments = (await client.get("/scenes/town/comments")).json()["comments"]
        assert [one["text"] for one in comments] == [FIELDS["text"]]


@pytest.mark.parametrize(
    ("changes", "status", "sentence"),
    [
        ({"text": " \u202e "}, 400, "This comment is empty."),
        ({"text": "x" * 1001}, 400, "at most 1000"),
        ({"feature": ""}, 400, "something that this city doesn't have"),
        ({"feature": "town/ATLANTIS"}, 400, "something that this city doesn't have"),
        ({"key": "short"}, 400, "A comment's key has"),
        ({"name": "x" * 41}, 400, "A name has 1 to 40 letters."),
        ({"invite": "forged.token"}, 403, "was not made by this server"),
    ],
)
async def test_what_is_wrong_is_said_and_what_was_written_is_kept(
    serving: Serving, changes: dict[str, str], status: int, sentence: str
) -> None:
    async with serving() as running, visiting(running) as client:
        answer = await client.post(LIST, data={**FIELDS, **changes})
        assert answer.status_code == status
        page = Page(answer.text)
        assert sentence in page.words
        assert ({**FIELDS, **changes})["text"] in page.words
        assert (await client.get("/scenes/town/comments")).json()["comments"] == []


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site", "origin": "http://127.0.0.1"},
        {"sec-fetch-site": "same-site"},
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"origin": "http://[bad"},
        {},
    ],
)
async def test_no_other_page_may_write(serving: Serving, headers: dict[str, str]) -> None:
    async with serving() as running, httpx.AsyncClient(base_url=running.http) as client:
        for address, fields in ((LIST, FIELDS), (HIDE, {"comment": "1", "invite": "x"})):
            assert (await client.post(address, data=fields, headers=headers)).status_code == 403
        assert (await client.get("/scenes/town/comments")).json()["comments"] == []


def test_the_origin_is_the_host_that_was_asked() -> None:
    assert is_same_origin({"origin": "https://city.example", "host": "city.example"})
    assert not is_same_origin({"origin": "https://city.example", "host": "city.example:81"})


async def test_what_is_no_form_of_ours_is_refused(serving: Serving) -> None:
    async with serving() as running, visiting(running) as client:
        for status, headers, body in (
            (413, {}, "text=" + "x" * MAX_BODY_BYTES),
            (415, {"content-type": "application/json"}, "{}"),
            (400, {}, "&".join(f"f{number}=1" for number in range(100))),
        ):
            kind = {"content-type": "application/x-www-form-urlencoded"}
            answer = await client.post(LIST, content=body, headers={**kind, **headers})
            assert answer.status_code == status
            assert Page(answer.text).words.strip().endswith(".")


async def test_a_flood_of_forms_is_slowed(serving: Serving) -> None:
    async with serving() as running, visiting(running) as client:
        statuses = [
            (await client.post(LIST, data={**FIELDS, "key": f"flooding-{number}"})).status_code
            for number in range(130)
        ]
        assert statuses.count(303) < 130
        assert set(statuses) == {303, 429}


async def test_a_host_hides_with_a_form_and_it_is_logged(serving: Serving, tmp_path: Path) -> None:
    async with serving() as running, visiting(running) as client:
        await client.post(LIST, data=FIELDS)
        visitors = await read(client)
        assert not any(form.action == HIDE for form in visitors.forms)
        token = invitation(running)
        hosts = await read(client, f"{LIST}?invite={token}")
        form = hosts.form(HIDE)
        assert form.fields == {"invite": token, "comment": "1", "hidden": "yes", "reason": ""}
        answer = await client.post(HIDE, data={**form.fields, "reason": "rude"})
        assert answer.status_code == 303
        assert FIELDS["text"] not in (await read(client)).words
        assert (await client.get("/scenes/town/comments")).json()["comments"] == []
        hidden = await read(client, answer.headers["location"])
        assert FIELDS["text"] in hidden.words
        assert hidden.form(HIDE).fields["hidden"] == "no"
        with closing(sqlite3.connect(tmp_path / "state" / "town.state" / FILE)) as connection:
            rows = connection.execute("SELECT comment, hidden, name, reason FROM audit").fetchall()
        assert rows == [(1, 1, "A host on the plain page", "rude")]


async def test_only_hosts_hide(serving: Serving) -> None:
    async with serving() as running, visiting(running) as client:
        await client.post(LIST, data=FIELDS)
        for token in (
            "",
            "forged",
            invitation(running, Role.VISITOR),
            invitation(running, seconds=-1),
        ):
            fields = {"comment": "1", "hidden": "yes", "reason": "", "invite": token}
            assert (await client.post(HIDE, data=fields)).status_code == 403
        fields = {"comment": "99", "hidden": "yes", "invite": invitation(running)}
        assert (await client.post(HIDE, data=fields)).status_code == 404
        assert (await client.post(HIDE, data={**fields, "comment": "x"})).status_code == 400
        assert FIELDS["text"] in (await read(client)).words


async def test_an_invitation_that_is_over_is_said_and_the_page_is_there(serving: Serving) -> None:
    async with serving() as running, visiting(running) as client:
        answer = await client.get(f"{LIST}?invite={invitation(running, seconds=-1)}")
        assert answer.status_code == 403
        assert "This invitation is over" in answer.text
        assert "What people say" in answer.text


async def test_links_lead_through_all_comments(serving: Serving) -> None:
    async with serving() as running, visiting(running) as client:
        for number in range(5):
            await client.post(
                LIST, data={**FIELDS, "key": f"comment-{number}", "text": f"No {number}."}
            )
        seen: list[str] = []
        address: str | None = f"{LIST}?order=place&limit=2"
        while address is not None:
            page = await read(client, address)
            seen += [one for one in page.ids if one.startswith("comment-")]
            following = page.links.get("Show more")
            address = following and f"{following}&limit=2"
        assert seen == [f"comment-{number}" for number in range(1, 6)]


async def test_json_comes_in_pages_and_says_what_is_wrong(serving: Serving) -> None:
    async with serving() as running, visiting(running) as client:
        for number in range(3):
            await client.post(
                LIST, data={**FIELDS, "key": f"comment-{number}", "text": f"No {number}."}
            )
        first = (await client.get("/scenes/town/comments?limit=2")).json()
        assert [one["id"] for one in first["comments"]] == [3, 2]
        assert first["more"] is True
        rest = (await client.get("/scenes/town/comments?limit=2&after=2")).json()
        assert [one["id"] for one in rest["comments"]] == [1]
        assert rest["more"] is False
        assert rest["comments"][0]["feature_name"] == "Town hall"
        assert rest["comments"][0]["time"].endswith("Z")
        for query in ("order=fame", "limit=0", "limit=201", "after=x"):
            answer = await client.get(f"/scenes/town/comments?{query}")
            assert answer.status_code == 400
            assert answer.json()["error"].endswith(".")


async def test_a_city_that_is_not_there_has_no_comments(serving: Serving) -> None:
    async with serving() as running, visiting(running) as client:
        assert (await client.get("/s/atlantis/comments")).status_code == 404
        assert (await client.post("/s/atlantis/comments/hide", data={})).status_code == 404
        assert (await client.get("/scenes/atlantis/comments")).status_code == 404
