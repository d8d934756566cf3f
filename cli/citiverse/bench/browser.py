"""A real browser before a real server, for the benchmarks of the page."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from citiverse.bench.usage import BenchError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from playwright.sync_api import Browser

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
FLAGS = ("--use-angle=swiftshader", "--enable-unsafe-swiftshader")


@contextmanager
def opened(bench: str, inside: Sequence[str] = ()) -> Iterator[Browser | None]:
    """Chromium that draws in software; None, and a word why, where it isn't to be had.

    `inside` is a command that starts it, where it isn't to run as any other program does.
    """
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        print(f"bench {bench} needs the Python package playwright: left out.", file=sys.stderr)
        yield None
        return
    executable = os.environ.get("CITIVERSE_BROWSER") or next(
        filter(None, map(shutil.which, BROWSERS)), None
    )
    if executable is None:
        print(f"bench {bench} needs Chromium or Chrome: left out.", file=sys.stderr)
        yield None
        return
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(
            executable_path=_starter(Path(folder), (*inside, executable)) if inside else executable,
            args=list(FLAGS),
            chromium_sandbox=False,
        )
        yield browser
        browser.close()


def _starter(folder: Path, command: Sequence[str]) -> Path:
    """A program that starts another with all arguments of its own."""
    script = folder / "browser"
    script.write_text(f'#!/bin/sh\nexec {shlex.join(command)} "$@"\n')
    script.chmod(0o755)
    return script


@contextmanager
def serving(scene: Path, settings: Mapping[str, str] | None = None) -> Iterator[str]:
    """The address of a server of this scene or city; `settings` are added to its environment.

    Raises BenchError.
    """
    command = (sys.executable, "-m", "citiverse", "serve", str(scene), "--port", "0")
    environment = {**os.environ, **(settings or {})}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as server:
        assert server.stdout is not None
        try:
            line = next((line for line in server.stdout if line.startswith("http")), None)
            if line is None:
                raise BenchError("the server ended before it listened")
            yield line.strip()
        finally:
            server.terminate()
