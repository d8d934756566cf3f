"""Over HTTPS: all on the page's one connection; tiles by their address where it is set so."""

from __future__ import annotations

import ssl
import urllib.request
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from browser.conftest import enter, serving, until
from citiverse.certificates import Files, make

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import BrowserContext

pytestmark = pytest.mark.browser

PROTOCOLS = """[...new Set(['navigation', 'resource'].flatMap(
    kind => performance.getEntriesByType(kind).map(entry => entry.nextHopProtocol)))]"""


@pytest.fixture
def certificate(tmp_path: Path) -> Files:
    files = Files(tmp_path / "certificate")
    make(files, ("localhost",), datetime.now(UTC))
    return files


def count(url: str, metric: str, authority: Path) -> int:
    trust = ssl.create_default_context(cafile=authority)
    with urllib.request.urlopen(f"{url}/metrics", context=trust, timeout=5) as answer:
        lines = answer.read().decode().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{metric} "))


@pytest.mark.parametrize("delivery", ["value", "reference"])
def test_page_and_stream_share_one_connection_of_http_2(
    new_context: Callable[..., BrowserContext], lamps: Path, certificate: Files, delivery: str
) -> None:
    tls = ("--tls-cert", str(certificate.server), "--tls-key", str(certificate.server_key))
    with serving(lamps, options=(*tls, "--delivery", delivery)) as served:
        url = served.url.replace("127.0.0.1", "localhost")
        page = new_context(ignore_https_errors=True).new_page()
        enter(page, f"{url}/s/lamps")
        assert page.evaluate("isSecureContext")
        assert page.evaluate(PROTOCOLS) == ["h2"]
        assert page.evaluate("citiverse.stats().tiles") > 0
        authority = certificate.authority
        assert count(url, "citiverse_sessions_total", authority) == 1
        assert count(url, "citiverse_sessions_http2_total", authority) == 1
        fetched = count(url, "citiverse_http_tiles_total", authority)
        assert (fetched > 0) == (delivery == "reference")
        until(page, "citiverse.stats().link === 'open'")
