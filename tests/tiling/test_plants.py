"""What a plant is and how large: by its words, its numbers, and the box of its geometry."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from citiverse_tiling.transforms.plants import (
    LEAST_M,
    TALLEST_M,
    PlantKind,
    PlantSize,
    plant_kind,
    plant_size,
)


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ({"species": "Tilia cordata"}, PlantKind.TREE_BROADLEAF),
        ({"species": "Picea abies"}, PlantKind.TREE_CONIFER),
        ({"species": "Populus nigra 'Italica'"}, PlantKind.TREE_COLUMNAR),
        ({"species": "Buxus sempervirens"}, PlantKind.SHRUB),
        ({"species": "Gemeine Fichte"}, PlantKind.TREE_CONIFER),
        ({"class": "1060"}, PlantKind.TREE_CONIFER),
        ({"class": "1000"}, PlantKind.SHRUB),
        ({"species": "unknown", "function": "hedge"}, PlantKind.SHRUB),
        ({"class": "tree-columnar"}, PlantKind.TREE_COLUMNAR),
        ({}, PlantKind.TREE_BROADLEAF),
    ],
)
def test_the_first_word_that_says_something_counts(said: dict[str, str], kind: PlantKind) -> None:
    assert plant_kind(said, 8.0) is kind


def test_a_low_plant_of_which_nothing_is_said_is_a_shrub() -> None:
    assert plant_kind({}, 1.2) is PlantKind.SHRUB


@pytest.mark.parametrize(
    ("said", "box", "size"),
    [
        ({"height": 12.0, "crownDiameter": 7.0}, (1.0, 1.0, 1.0), PlantSize(12.0, 7.0)),
        ({"height": 1200.0, "height.uom": "cm"}, (4.0, 6.0, 1.0), PlantSize(12.0, 5.0)),
        ({"height": "7.5"}, (0.0, 0.0, 0.0), PlantSize(7.5, 4.5)),
        ({"height": "tall"}, (2.0, 4.0, 9.0), PlantSize(9.0, 3.0)),
        ({"height": 0.0}, (2.0, 4.0, 9.0), PlantSize(9.0, 3.0)),
        ({"height": 4000.0}, (2.0, 4.0, 9.0), PlantSize(9.0, 3.0)),
        ({"height": 10.0, "class": "1060"}, (0.0, 0.0, 0.0), PlantSize(10.0, 4.0)),
    ],
)
def test_numbers_come_before_the_box(
    said: dict[str, str | float], box: tuple[float, float, float], size: PlantSize
) -> None:
    assert plant_size(said, box) == pytest.approx(size)


def test_a_point_that_says_no_height_has_no_size() -> None:
    assert plant_size({"species": "Tilia"}, (0.0, 0.0, 0.0)) is None


NUMBERS = st.one_of(st.floats(), st.text(max_size=8), st.integers(), st.booleans())


@settings(max_examples=100)
@given(
    st.dictionaries(st.sampled_from(["height", "crownDiameter", "height.uom", "species"]), NUMBERS),
    st.tuples(*[st.floats(0, 1e6)] * 3),
)
def test_every_plant_that_has_a_size_is_as_large_as_plants_are(
    said: dict[str, str | float | bool], box: tuple[float, float, float]
) -> None:
    size = plant_size(said, box)
    if size is not None:
        assert LEAST_M <= size.height <= TALLEST_M
        assert 0 < size.crown <= TALLEST_M
