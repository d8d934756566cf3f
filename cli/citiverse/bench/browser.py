"""A real browser before a real server, for the benchmarks of the page."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from citiverse.bench.usage import BenchError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from playwright.sync_api import Browser

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
FLAGS = ("--use-angle=swiftshader", "--enable-unsafe-swiftshader")


@contextmanager
def opened(bench: str) -> Iterator[Browser | None]:
    """Chromium that draws in software; None, and a word why, where it isn't to be had."""
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
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=executable, args=list(FLAGS), chromium_sandbox=False
        )
        yield browser
        browser.close()


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
