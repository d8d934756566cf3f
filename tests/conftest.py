"""Fixtures for all tests: the real city data, where it is at hand."""

from __future__ import annotations

import os
from pathlib import Path

import hypothesis
import pytest

REPOSITORY = Path(__file__).resolve().parent.parent
DATA = Path(os.environ.get("CITIVERSE_DATA", REPOSITORY.parent / "shared" / "data"))


# How long an example takes says how busy the machine is, not whether it is right.
hypothesis.settings.register_profile("unhurried", deadline=None)
hypothesis.settings.load_profile("unhurried")


def pytest_addoption(parser: pytest.Parser) -> None:
    """What tests/long/test_fuzz.py breaks files with, and for how long."""
    parser.addoption("--fuzz-seed", type=int, default=1, help="number of the first case")
    parser.addoption("--fuzz-seconds", type=float, default=300.0, help="how long to go on")


@pytest.fixture(scope="session")
def data() -> Path:
    """Folder of real open city data; tests that need it skip where it is absent."""
    if not DATA.is_dir():
        pytest.skip(f"real city data not found at {DATA} (set CITIVERSE_DATA)")
    return DATA
