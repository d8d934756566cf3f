"""Classes that no standard names keep theirs, as long as there are few of them."""

from __future__ import annotations

from citiverse_tiling.sources.foreign_classes import ANY, LONGEST_NAME, MAX_CLASSES, ForeignClasses


def test_row_28_a_class_keeps_its_name_until_there_are_too_many() -> None:
    classes = ForeignClasses()
    names = [f"Thing{number}" for number in range(MAX_CLASSES)]
    assert [classes.name(name) for name in names] == names
    assert classes.name("OneMore") == ANY
    assert classes.name("Thing7") == "Thing7"
    assert classes.name("Bridge") == "Bridge"
    assert classes.name("Room") == "Room"


def test_a_name_without_end_is_cut() -> None:
    assert ForeignClasses().name("x" * 10_000) == "x" * LONGEST_NAME
