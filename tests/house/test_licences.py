"""Everything that a plain install brings may be used by anyone: no GPL, AGPL or LGPL."""

from __future__ import annotations

import re
from importlib.metadata import Distribution, distribution

import pytest
from packaging.requirements import Requirement

ALLOWED = (
    "apache", "bsd", "cc0", "eclipse", "epl-2.0", "isc", "mit", "mozilla public license 2.0",
    "mpl-2.0", "psf", "python software", "unlicense", "zlib",
)  # fmt: skip
FORBIDDEN = re.compile(r"\b(A?GPL|LGPL|General Public|Lesser)", re.IGNORECASE)


def runtime_distributions() -> tuple[str, ...]:
    """Names of all that `pip install citiverse` brings, by walking the requirements."""
    found: set[str] = set()
    waiting = ["citiverse"]
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        found.add(name)
        for line in distribution(name).requires or ():
            requirement = Requirement(line)
            if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
                waiting.append(requirement.name.lower())
    return tuple(sorted(found))


def licence(package: Distribution) -> str:
    """What the package says of itself: its licence expression, its classifiers, or its words."""
    said = package.metadata.json
    classifiers = [
        value.rpartition(" :: ")[2]
        for value in said.get("classifier", ())
        if value.startswith("License ::")
    ]
    words = said.get("license_expression") or "; ".join(classifiers) or said.get("license", "")
    return str(words).strip().partition("\n")[0]


@pytest.mark.parametrize("name", runtime_distributions())
def test_its_licence_is_allowed(name: str) -> None:
    words = licence(distribution(name))
    assert words, f"{name} states no licence"
    choices = re.split(r"\bOR\b|;", words)
    good = [c for c in choices if any(a in c.lower() for a in ALLOWED) and not FORBIDDEN.search(c)]
    assert good, f"{name}: {words}"


def test_the_walk_finds_what_is_needed_indirectly() -> None:
    assert {"numpy", "lxml", "anyio", "click"} & set(runtime_distributions()) >= {
        "numpy",
        "lxml",
        "anyio",
    }
