"""What a stranger asks may cost no more than a question is worth, in time and in memory."""

from __future__ import annotations

import math

import numpy as np
import pytest

from citiverse_server.overlays.model import Thing
from citiverse_server.overlays.registry import Registry
from citiverse_server.standards.sensorthings.catalogue import (
    MAX_COLUMNS,
    EntityTable,
    catalogue,
)
from citiverse_server.standards.sensorthings.entities import Place
from citiverse_server.standards.sensorthings.evaluate import where
from citiverse_server.standards.sensorthings.parser import parse_expression
from citiverse_server.standards.sensorthings.problems import QueryError
from citiverse_server.standards.sensorthings.tables import Budget, Frame

CORNERS = 150


def things(count: int = 3) -> EntityTable:
    registry = Registry()
    for number in range(count):
        registry.add_thing(Thing(f"t-{number}", f"Thing {number}", owner="Town"))
    table = catalogue(registry, lambda _: Place(13.0, 52.0), lambda _: ()).tables["Thing"]
    assert isinstance(table, EntityTable)
    return table


def ring(step: int) -> str:
    """A ring of corners around a town; every `step`-th is next, so that 1 crosses nothing."""
    turns = [2.0 * math.pi * step * at / CORNERS for at in (*range(CORNERS), 0)]
    corners = ",".join(f"{13 + math.cos(one):.2f} {52 + math.sin(one):.2f}" for one in turns)
    return f"geography'POLYGON(({corners}))'"


def ask(condition: str, table: EntityTable, budget: Budget) -> int:
    frame = Frame({"Thing": table}, "Thing", np.arange(table.size), budget)
    return len(where(parse_expression(condition), frame, 0))


def test_ever_new_names_inside_of_a_property_are_not_kept() -> None:
    table = things()
    for number in range(10 * MAX_COLUMNS):
        table.column(("properties", f"x{number}"))
        assert table.column(("properties", "owner")).values.tolist() == ["Town"] * 3
    assert len(table._columns) == MAX_COLUMNS


def test_an_area_that_crosses_itself_is_refused() -> None:
    with pytest.raises(QueryError, match="crosses itself"):
        ask(f"geo.length({ring(74)}) gt 1", things(), Budget())


def test_corners_of_both_geometries_are_paid_for() -> None:
    table, budget = things(), Budget()
    heavy = f"st_overlaps({ring(1)},{ring(1)})"
    for _ in range(5):
        assert ask(heavy, table, budget) == 0
    with pytest.raises(QueryError, match="too much work"):
        ask(heavy, table, budget)
