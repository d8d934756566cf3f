"""One thread writes: everyone is answered, many share a commit, and who comes too late is told."""

from __future__ import annotations

import queue
from typing import TYPE_CHECKING

import pytest

from citiverse_server.consultation.requests import Author, Post
from citiverse_server.consultation.store import newest
from citiverse_server.consultation.writer import MAX_WAITING, Writer, Written
from citiverse_server.errors import Refusal, RequestRefused

if TYPE_CHECKING:
    from pathlib import Path

ANNA = Author("Anna", "visitor", "s-1")


def post(key: str) -> Post:
    return Post(ANNA, key, "A bench.", "", (1.0, 2.0, 3.0), (0.0, 0.0, 1.7), (0.0, 0.0, 0.0, 1.0))


def test_the_writer_answers_everyone_and_ends_when_all_is_written(
    scene: Path, tmp_path: Path
) -> None:
    written: queue.Queue[Written] = queue.Queue()
    writer = Writer(tmp_path, scene / "features.sqlite", written.put)
    assert writer.open() == []
    for number in range(MAX_WAITING):
        writer.submit(number, post(f"key-{number:04}"), number)
    with pytest.raises(RequestRefused) as refused:
        writer.submit(999, post("key-0999"), 999)
    assert (refused.value.code, refused.value.key) == (Refusal.NOT_STORED, "key-0999")
    writer.start()
    writer.close()
    batches = [written.get_nowait() for _ in range(written.qsize())]
    answers = [number for batch in batches for number, _ in batch.answers]
    assert answers == list(range(MAX_WAITING))
    assert len(batches) < MAX_WAITING / 10, "many comments share one commit"
    assert len(newest(tmp_path)) == 200
