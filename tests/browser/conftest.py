"""A real Chromium, off the network, and the pages that the workflow made of three bundled studies."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, sync_playwright

HERE = Path(__file__).resolve().parent
BUILD = HERE.parents[1] / "build" / "page"
REPORTS = BUILD / "reports"
SHOTS = BUILD / "screenshots"
STUDIES = ("sleep-deprivation", "contraception", "epilepsy")
CALM = (
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


class Visit:
    """A page that is open, with what it said on the console and what it asked for beyond its own file."""

    def __init__(self, page: Page, path: Path) -> None:
        self.page = page
        self.said: list[str] = []
        self.asked: list[str] = []
        self.address = path.as_uri()
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.said.append(str(error)))
        page.on("request", self._see)

    def _hear(self, message: ConsoleMessage) -> None:
        self.said.append(message.text)

    def _see(self, request: Request) -> None:
        if not request.url.startswith((self.address, "data:")):
            self.asked.append(request.url)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    assert found, "chromium is not installed (Debian: the package chromium)"
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=found, args=list(CALM))
        yield browser
        browser.close()


@pytest.fixture
def visit(chromium: Browser):
    """Open a study's page: `visit(study, width=1280, dark=False, scripts=True, media=None)`."""
    contexts = []

    def opened(study: str, width: int = 1280, dark: bool = False, scripts: bool = True, media: str | None = None):
        path = REPORTS / study / "report.html" if study else REPORTS / "index.html"
        context = chromium.new_context(
            viewport={"width": width, "height": 900},
            color_scheme="dark" if dark else "light",
            java_script_enabled=scripts,
            offline=True,
        )
        contexts.append(context)
        made = Visit(context.new_page(), path)
        if media:
            made.page.emulate_media(media=media)
        made.page.goto(path.as_uri())
        return made

    yield opened
    for context in contexts:
        context.close()
