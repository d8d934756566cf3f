"""Lines for Prometheus (exposition format 0.0.4)."""

from __future__ import annotations


def block(name: str, kind: str, text: str, value: int) -> str:
    """A metric with one value."""
    return f"{head(name, kind, text)}\n{name} {value}"


def head(name: str, kind: str, text: str) -> str:
    """What comes before the values of a metric."""
    return f"# HELP {name} {text}\n# TYPE {name} {kind}"


def labelled(name: str, labels: dict[str, str], value: float) -> str:
    """One of several values of a metric."""
    inside = ",".join(f'{label}="{_escaped(text)}"' for label, text in labels.items())
    return f"{name}{{{inside}}} {value}"


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
