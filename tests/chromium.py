"""A real browser, Debian's Chromium, for pages that people open."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright


def program() -> str:
    found = os.environ.get("CLAIMWIRE_TEST_CHROMIUM") or next(
        filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
    )
    assert found, "these tests look at pages in Chromium: apt-get install chromium, or name it in CLAIMWIRE_TEST_CHROMIUM"
    return found


@contextmanager
def chromium() -> Iterator[Browser]:
    with sync_playwright() as play:
        # Containers seldom let a browser make a sandbox of its own; what is opened here are our own files.
        browser = play.chromium.launch(executable_path=program(), args=["--no-sandbox"])
        try:
            yield browser
        finally:
            browser.close()


@dataclass
class Opened:
    """A page, and what went wrong with it since it was opened."""

    page: Page
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)


def opened(browser: Browser, file: Path, *, width: int = 1280, dark: bool = False, script: bool = True) -> Opened:
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme="dark" if dark else "light", java_script_enabled=script
    )
    made = Opened(context.new_page())
    made.page.on("request", lambda request: made.requests.append(request.url))
    made.page.on("console", lambda message: made.complaints.append(message.text))
    made.page.on("pageerror", lambda error: made.complaints.append(str(error)))
    made.page.goto(file.as_uri())
    return made
