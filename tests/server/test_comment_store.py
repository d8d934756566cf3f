"""The comments on the disk: once each, whole, in order, and nobody's by mistake."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import AbstractContextManager, closing
from dataclasses import replace
from pathlib import Path
from typing import TypedDict, Unpack

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from citiverse_server.consultation.requests import Author, Hide, Post
from citiverse_server.consultation.store import (
    FILE,
    NEWEST,
    Model,
    PageQuery,
    Store,
    newest,
    open_store,
    page,
)
from citiverse_server.errors import Refusal, RequestRefused, StateError
from citiverse_server.manifest import ModelFile
from server.scenes import FEATURE

VISITOR = Author("Quiet Heron", "visitor", "a-session")
HOST = Author("The host", "host", "her-session")
POST = Post(
    author=VISITOR,
    key="key-00000",
    text="A bench here, please.",
    feature=FEATURE,
    position=(1.5, 2.25, 3.0),
    eye=(8.0, -3.0, 4.6),
    orientation=(0.5, -0.5, -0.5, 0.5),
)
Opened = Callable[[], AbstractContextManager[Store]]


@pytest.fixture
def opened(scene: Path, tmp_path: Path) -> Opened:
    return lambda: open_store(tmp_path / "town.state", scene / "features.sqlite")


class Changes(TypedDict, total=False):
    text: str
    feature: str
    position: tuple[float, float, float]
    eye: tuple[float, float, float]
    orientation: tuple[float, float, float, float]


def post(number: int, **changes: Unpack[Changes]) -> Post:
    return replace(POST, key=f"key-{number:05}", **changes)


def refusal(store: Store, request: Post | Hide) -> RequestRefused:
    with pytest.raises(RequestRefused) as refused, store.transaction():
        store.do(request, 0)
    return refused.value


def test_what_it_needs_to_leave_for_elsewhere_is_kept(scene: Path, tmp_path: Path) -> None:
    # A copy, as the scene is everybody's.
    features = Path(shutil.copy(scene / "features.sqlite", tmp_path))
    with closing(sqlite3.connect(features)) as connection, connection:
        connection.execute(
            "UPDATE feature SET source_id = '3VyCVOy7v1$f4ZtYc2vlAk', attributes = ? WHERE id = ?",
            ('{"ifcClass": "IfcWall"}', FEATURE),
        )
    files = (ModelFile("tower.ifc", "9f" * 32, [1.0, 0, 0, 20, 0, 1, 0, 30, 0, 0, 1, 33]),)
    planes = ((20.0, 30.0, 36.0, 0.0, 0.0, 1.0),)
    about = replace(POST, variant="a", fov=1.125, planes=planes, files=files)
    with open_store(tmp_path / "town.state", features) as store, store.transaction():
        kept = store.do(about, 1_000).comment
    assert (kept.variant, kept.fov, kept.planes) == ("a", 1.125, list(planes))
    found = page(tmp_path / "town.state", PageQuery())
    assert found.comments == [kept]
    assert found.models == [Model("3VyCVOy7v1$f4ZtYc2vlAk", files)]


def test_comments_of_one_variant_are_found_by_it(opened: Opened, tmp_path: Path) -> None:
    with opened() as store, store.transaction():
        for number, variant in enumerate(["", "a", "b", "a"]):
            store.do(replace(post(number), variant=variant), number)
    found = {
        variant: [one.variant for one in page(tmp_path / "town.state", query).comments]
        for variant, query in ((name, PageQuery(variant=name)) for name in ("", "a", "c"))
    }
    assert found == {"": [""], "a": ["a", "a"], "c": []}


def test_a_key_is_for_one_variant(opened: Opened) -> None:
    with opened() as store:
        with store.transaction():
            store.do(POST, 0)
        assert refusal(store, replace(POST, variant="a")).code is Refusal.KEY_REUSED


def test_what_was_kept_before_there_were_variants_is_still_there(
    opened: Opened, tmp_path: Path
) -> None:
    with opened() as store, store.transaction():
        kept = store.do(POST, 1_000).comment
    with closing(sqlite3.connect(tmp_path / "town.state" / FILE)) as connection, connection:
        for column in ("variant", "fov", "planes", "guid", "files"):
            connection.execute(f"ALTER TABLE comment DROP COLUMN {column}")
        connection.execute("PRAGMA user_version = 1")
    assert page(tmp_path / "town.state", PageQuery(variant="")).comments == [kept]
    assert page(tmp_path / "town.state", PageQuery(variant="a")).comments == []
    with opened() as store:
        assert store.newest() == [kept]
        with store.transaction():
            store.do(replace(post(2), variant="a"), 2_000)
    assert len(page(tmp_path / "town.state", PageQuery()).comments) == 2


def test_what_was_committed_is_there_after_opening_again(opened: Opened, tmp_path: Path) -> None:
    with opened() as store, store.transaction():
        kept = store.do(POST, 1_000).comment
    with opened() as store:
        assert store.newest() == [kept]
    assert newest(tmp_path / "town.state") == [kept]
    assert (kept.name, kept.role, kept.text, kept.feature) == (
        "Quiet Heron",
        "visitor",
        "A bench here, please.",
        FEATURE,
    )
    assert (kept.time, kept.position, kept.eye) == (1_000, POST.position, POST.eye)
    assert kept.orientation == POST.orientation


def test_what_was_not_committed_is_not_there(opened: Opened) -> None:
    with opened() as store:
        with contextlib.suppress(KeyboardInterrupt), store.transaction():
            store.do(POST, 1_000)
            raise KeyboardInterrupt
        assert store.newest() == []


def test_the_same_comment_again_is_the_same(opened: Opened) -> None:
    with opened() as store, store.transaction():
        first = store.do(POST, 1_000)
        again = store.do(replace(POST, author=HOST), 2_000)
    assert (first.changed, again.changed) == (True, False)
    assert again.comment == first.comment


@pytest.mark.parametrize(
    "changes",
    [
        {"text": "No bench."},
        {"feature": ""},
        {"position": (1.5, 2.25, 3.1)},
        {"eye": (0.0, 0.0, 0.0)},
        {"orientation": (0.0, 0.0, 0.0, 1.0)},
    ],
)
def test_another_comment_with_the_key_is_refused(opened: Opened, changes: Changes) -> None:
    with opened() as store:
        with store.transaction():
            store.do(post(1), 0)
        refused = refusal(store, post(1, **changes))
        assert (refused.code, refused.key) == (Refusal.KEY_REUSED, "key-00001")
        assert len(store.newest()) == 1


def test_a_comment_is_about_what_the_scene_has(opened: Opened) -> None:
    with opened() as store:
        assert refusal(store, post(1, feature="town/ATLANTIS")).code is Refusal.BAD_COMMENT
        assert store.newest() == []


def test_hiding_and_showing_are_logged_with_who_and_why(opened: Opened, tmp_path: Path) -> None:
    with opened() as store:
        with store.transaction():
            number = store.do(POST, 0).comment.id
            hidden = store.do(Hide(HOST, number, True, "names a neighbour"), 1_000)
            again = store.do(Hide(HOST, number, True, "twice"), 2_000)
            shown = store.do(Hide(HOST, number, False, ""), 3_000)
        assert (hidden.comment.hidden, again.changed, shown.comment.hidden) == (True, False, False)
        assert refusal(store, Hide(HOST, 99, True, "")).code is Refusal.UNKNOWN_COMMENT
    with closing(sqlite3.connect(tmp_path / "town.state" / FILE)) as connection:
        rows = connection.execute(
            "SELECT comment, hidden, time, name, session, reason FROM audit"
        ).fetchall()
    assert rows == [
        (number, 1, 1_000, "The host", "her-session", "names a neighbour"),
        (number, 0, 3_000, "The host", "her-session", ""),
    ]


def test_the_newest_come_oldest_first(opened: Opened) -> None:
    with opened() as store:
        with store.transaction():
            for number in range(NEWEST + 3):
                store.do(post(number), number)
        assert [comment.time for comment in store.newest()] == list(range(3, NEWEST + 3))


def test_pages_by_time_and_by_place_leave_nothing_out(opened: Opened, tmp_path: Path) -> None:
    places = [(10.0, -70.0), (5.0, 120.0), (90.0, 130.0), (-3.0, 149.0), (0.0, -20.0)]
    with opened() as store, store.transaction():
        for number, (x, y) in enumerate(places):
            store.do(post(number, feature="", position=(x, y, 0.0)), number)
        store.do(Hide(HOST, 2, True, ""), 9)
    folder = tmp_path / "town.state"
    assert all_of(folder, PageQuery("time", limit=2)) == [5, 4, 3, 1]
    assert all_of(folder, PageQuery("place", limit=2)) == [4, 3, 5, 1]
    assert all_of(folder, PageQuery("place", limit=2, with_hidden=True)) == [4, 2, 3, 5, 1]


def all_of(folder: Path, query: PageQuery) -> list[int]:
    found: list[int] = []
    more = True
    while more:
        after = found[-1] if found else None
        answer = page(folder, replace(query, after=after))
        found += [comment.id for comment in answer.comments]
        more = answer.more
    return found


def test_a_full_disk_loses_nothing_and_room_makes_it_well(scene: Path, tmp_path: Path) -> None:
    with open_store(tmp_path / "state", scene / "features.sqlite") as store:
        with store.transaction():
            store.do(post(0), 0)
        store._connection.execute("PRAGMA max_page_count = 1")
        stored = 1
        while commits(store, post(stored, text="x" * 1000)):
            stored += 1
        assert len(store.newest()) == stored
        store._connection.execute("PRAGMA max_page_count = 1000000")
        with store.transaction():
            assert store.do(post(stored), 0).changed


def commits(store: Store, request: Post) -> bool:
    try:
        with store.transaction():
            store.do(request, 0)
    except sqlite3.OperationalError as error:
        if "full" not in str(error):
            raise
        return False
    return True


def test_a_newer_schema_is_left_alone(opened: Opened, tmp_path: Path) -> None:
    with opened():
        pass
    with closing(sqlite3.connect(tmp_path / "town.state" / FILE)) as connection:
        connection.execute("PRAGMA user_version = 3")
    with pytest.raises(StateError, match="written by a newer version") as refused, opened():
        pass
    assert "use the newer version" in str(refused.value)
    assert newest(tmp_path / "town.state") == []


def test_one_process_at_a_time_writes(opened: Opened) -> None:
    with opened(), pytest.raises(StateError, match="another server"), opened():
        pass


def test_what_is_no_database_is_left_alone(opened: Opened, tmp_path: Path) -> None:
    (tmp_path / "town.state").mkdir()
    file = tmp_path / "town.state" / FILE
    file.write_text("shopping list " * 500)
    with pytest.raises(StateError, match="not a database"), opened():
        pass
    assert file.read_text().startswith("shopping list")


KEYS = st.integers(0, 5)
TEXTS = st.sampled_from(["one", "two"])


@settings(max_examples=15)
@given(sent=st.lists(st.lists(st.tuples(KEYS, TEXTS), max_size=4), max_size=8))
def test_however_it_is_sent_each_key_is_stored_once(
    scene: Path, sent: list[list[tuple[int, str]]]
) -> None:
    """Batches of keys and texts, among them replays and reused keys, with a restart after each."""
    wanted: dict[int, str] = {}
    with tempfile.TemporaryDirectory() as folder:
        for batch in sent:
            with open_store(Path(folder), scene / "features.sqlite") as store, store.transaction():
                for key, text in batch:
                    first = wanted.setdefault(key, text)
                    if first == text:
                        assert store.do(post(key, text=text), 0).comment.text == text
                    else:
                        with pytest.raises(RequestRefused):
                            store.do(post(key, text=text), 0)
        assert [comment.text for comment in newest(Path(folder))] == list(wanted.values())
