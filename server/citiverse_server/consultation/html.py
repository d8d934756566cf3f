"""The comments as a plain page: typed values in, HTML out, every word of a visitor escaped.

No scripts and no 3D. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from .listing import rfc3339
from .requests import MAX_REASON_LENGTH, MAX_TEXT_LENGTH

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..protocol import CommentInfo
    from .store import Order

MAX_NAME_LENGTH = 40
MAX_SEARCH_LENGTH = 200
CURRENT = ' aria-current="page"'


@dataclass(frozen=True, slots=True)
class Row:
    """One comment, where it hangs and in which variant, in words; "" for the city as it is."""

    comment: CommentInfo
    place: str
    variant: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """A feature that a comment may be about."""

    feature: str
    words: str


@dataclass(frozen=True, slots=True)
class Form:
    """What has been filled in so far; `choices` are the features that the search found."""

    key: str
    search: str = ""
    choices: tuple[Choice, ...] = ()
    more_choices: bool = False
    feature: str = ""
    name: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class View:
    """Everything that the page shows. `invitation` is passed on by its links and forms.

    `problem` is a sentence about what went wrong, `done` one about what went well.
    """

    scene: str
    title: str
    rows: tuple[Row, ...]
    form: Form
    order: Order = "time"
    next_after: int | None = None
    is_later_page: bool = False
    invitation: str = ""
    is_host: bool = False
    problem: str = ""
    done: str = ""


def page(view: View, style: str) -> str:
    """The whole document."""
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark">'
        f"<title>{'Problem: ' if view.problem else ''}Comments · {escape(view.title)}</title>"
        f"<style>{style}</style></head>\n<body>\n"
        f"<header><h1>Comments on {escape(view.title)}</h1>"
        f'<nav aria-label="This city"><a href="/s/{escape(view.scene)}">Walk in the city</a>'
        '<a href="#write">Write a comment</a></nav></header>\n<main>\n'
        f"{''.join(_messages(view))}{_list(view)}{_writing(view)}</main>\n</body></html>\n"
    )


def sentence(title: str, text: str, style: str) -> str:
    """A page that says one thing."""
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{style}</style></head>\n"
        f"<body><main><h1>{escape(title)}</h1><p>{escape(text)}</p></main></body></html>\n"
    )


def _messages(view: View) -> Iterator[str]:
    if view.problem:
        yield f'<p class="problem" role="alert">{escape(view.problem)}</p>\n'
    if view.done:
        yield f'<p class="done" role="status">{escape(view.done)}</p>\n'


def _list(view: View) -> str:
    orders = (("time", "Newest first"), ("place", "From north to south"))
    links = "".join(
        f'<a href="{_address(view, order=order)}"{CURRENT if order == view.order else ""}>'
        f"{words}</a>"
        for order, words in orders
    )
    rows = "".join(_row(view, row) for row in view.rows)
    said = f'<ol class="comments">{rows}</ol>\n' if rows else "<p>Nobody has said anything yet.</p>"
    if not rows and view.is_later_page:
        said = "<p>There is nothing more.</p>"
    return (
        '<section aria-labelledby="said"><h2 id="said">What people say</h2>\n'
        f'<nav aria-label="Order">{links}</nav>\n{said}{_pages(view)}</section>\n'
    )


def _pages(view: View) -> str:
    links = []
    if view.is_later_page:
        links.append(f'<a href="{_address(view, order=view.order)}">Back to the start</a>')
    if view.next_after is not None:
        onwards = _address(view, order=view.order, after=str(view.next_after))
        links.append(f'<a rel="next" href="{onwards}">Show more</a>')
    return f'<nav aria-label="Pages">{"".join(links)}</nav>\n' if links else ""


def _row(view: View, row: Row) -> str:
    comment = row.comment
    moment = datetime.fromtimestamp(comment.time // 1_000_000, UTC)
    when = f"{moment.day} {moment:%B %Y, %H:%M} UTC"
    badge = ' <span class="badge">host</span>' if comment.role == "host" else ""
    hidden = '<p class="warning">Hidden: only hosts see this.</p>' if comment.hidden else ""
    # Words of any direction stay among themselves.
    return (
        f'<li id="comment-{comment.id}"><article><h3><bdi>{escape(comment.name)}</bdi>{badge}</h3>'
        f'<p class="by"><time datetime="{rfc3339(comment.time)}">{when}</time>, '
        f"<bdi>{escape(row.place)}</bdi>{_in_variant(row)}</p>"
        f'<p class="text" dir="auto">{escape(comment.text)}</p>{hidden}'
        f'<a href="/s/{escape(view.scene)}#at={_at(comment)}">See the place in the city</a>'
        f"{_hiding(view, comment) if view.is_host else ''}</article></li>\n"
    )


def _in_variant(row: Row) -> str:
    return f", in “<bdi>{escape(row.variant)}</bdi>”" if row.variant else ""


def _at(comment: CommentInfo) -> str:
    """The point, the viewpoint and the variant, as the web client reads them behind `#at=`."""
    places = (comment.position, comment.eye, comment.orientation)
    parts = [",".join(f"{number:.4f}" for number in place) for place in places]
    return ";".join([*parts, escape(comment.variant)] if comment.variant else parts)


def _hiding(view: View, comment: CommentInfo) -> str:
    act = "Show again" if comment.hidden else "Hide"
    reason = f"reason-{comment.id}"
    whose = escape(f"{act}: comment {comment.id} by {comment.name}")
    return (
        f'<details><summary aria-label="{whose}">{act}</summary>'
        f'<form method="post" action="/s/{escape(view.scene)}/comments/hide">{_invitation(view)}'
        f'<input type="hidden" name="comment" value="{comment.id}">'
        f'<input type="hidden" name="hidden" value="{"no" if comment.hidden else "yes"}">'
        f'<label for="{reason}">Why?</label>'
        f'<input type="text" id="{reason}" name="reason" maxlength="{MAX_REASON_LENGTH}">'
        f"<button>{act}</button></form></details>"
    )


def _writing(view: View) -> str:
    form = view.form
    return (
        '<section aria-labelledby="write"><h2 id="write">Write a comment</h2>\n'
        f'<form class="search" role="search" method="get" action="{_here(view)}#write">'
        f"{_invitation(view)}"
        '<label for="search">First find the building that it is about, '
        "by its name or its address</label>"
        f'<input type="search" id="search" name="q" maxlength="{MAX_SEARCH_LENGTH}" '
        f'value="{escape(form.search)}"><button>Find</button></form>\n'
        f"{_found(view)}</section>\n"
    )


def _found(view: View) -> str:
    form = view.form
    if not form.choices:
        none = "Nothing here has such a name or address. Try fewer or other words."
        return f'<p class="hint" role="status">{none}</p>\n' if form.search else ""
    first = form.feature or (form.choices[0].feature if len(form.choices) == 1 else "")
    choices = "".join(
        f'<label class="choice"><input type="radio" name="feature" required '
        f'value="{escape(choice.feature)}"{" checked" if choice.feature == first else ""}> '
        f"<bdi>{escape(choice.words)}</bdi></label>"
        for choice in form.choices
    )
    more = '<p class="hint">There are more. Add a word to find them.</p>'
    return (
        f'<form class="add" method="post" action="{_here(view)}">{_invitation(view)}'
        f'<input type="hidden" name="key" value="{escape(form.key)}">'
        f'<input type="hidden" name="q" value="{escape(form.search)}">'
        f"<fieldset><legend>What is it about?</legend>{choices}"
        f"{more if form.more_choices else ''}</fieldset>"
        '<label for="name">Your name (you may leave it out)</label>'
        f'<input type="text" id="name" name="name" maxlength="{MAX_NAME_LENGTH}" '
        f'autocomplete="nickname" value="{escape(form.name)}">'
        '<label for="text">What would you like to say?</label>'
        f'<textarea id="text" name="text" rows="5" required maxlength="{MAX_TEXT_LENGTH}" '
        f'aria-describedby="shared">\n{escape(form.text)}</textarea>'
        '<p class="hint" id="shared">Everyone can read your name and what you say.</p>'
        "<button>Send</button></form>\n"
    )


def _invitation(view: View) -> str:
    if not view.invitation:
        return ""
    return f'<input type="hidden" name="invite" value="{escape(view.invitation)}">'


def _here(view: View) -> str:
    return f"/s/{escape(view.scene)}/comments"


def _address(view: View, **parameters: str) -> str:
    if view.invitation:
        parameters["invite"] = view.invitation
    return f"{_here(view)}?{escape(urlencode(parameters))}"
