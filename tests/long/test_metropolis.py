"""Ten times the city costs ten times the work, and no more memory to speak of."""

from __future__ import annotations

import pytest

from citiverse.bench import metropolis

pytestmark = pytest.mark.long


@pytest.mark.usefixtures("data")
def test_a_metropolis_costs_as_much_for_each_building_as_a_tenth_of_it() -> None:
    rows = {row.metric: row for row in metropolis.run(quick=True)}
    assert rows["tiles"].value > 500
    assert [row.metric for row in rows.values() if not row.reached] == []
