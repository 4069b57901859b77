"""Chromium on a live server: two screens, axe, the console, and a picture of every failure.

Without playwright or chromium the stories are skipped with the reason; with XUEXIN_BROWSER=required
(set by .ci/browser.sh) the same reason is a failure.

A story asks for `page` (one person), or for `new_page` (a page per person, each with its own cookies);
both run once on a phone and once on a desktop. `check_accessibility(page)` runs axe. A console error, a
script error, a violated Content-Security-Policy or an answer of 5xx fails the story at its end.
"""

import importlib.util
import json
import os
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from pytest_django.live_server_helper import LiveServer

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

FOLDER = Path("var/browser")
KNOWN_FINDINGS = Path(__file__).with_name("known_axe_findings.txt")
SCREENS: dict[str, dict[str, Any]] = {
    "phone": {"viewport": {"width": 360, "height": 740}, "is_mobile": True, "has_touch": True},
    "desktop": {"viewport": {"width": 1280, "height": 800}},
}
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    # A camera that shows a moving test picture, and nobody who has to say yes to it.
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
]
AXE_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]


def chromium_path() -> str | None:
    """The machine's chromium, or the one that CHROMIUM names."""
    candidates = (os.environ.get("CHROMIUM"), "chromium", "chromium-browser", "google-chrome")
    return next((found for name in candidates if name and (found := shutil.which(name))), None)


def missing() -> str:
    """What a browser run lacks on this machine; empty when nothing."""
    if importlib.util.find_spec("playwright") is None:
        return "playwright is not installed (pip install -r requirements-dev.txt)"
    if importlib.util.find_spec("axe_playwright_python") is None:
        return "axe-playwright-python is not installed (pip install -r requirements-dev.txt)"
    if chromium_path() is None:
        return "chromium is not installed (apt-get install chromium)"
    return ""


class WithoutBrowser(pytest.Module):
    """A module of stories on a machine that cannot run them: never imported, reported with the reason."""

    def collect(self) -> Any:
        """Skip, or fail where a browser is required."""
        if os.environ.get("XUEXIN_BROWSER") == "required":
            raise self.CollectError(f"A browser is required here, but {missing()}")
        pytest.skip(missing(), allow_module_level=True)


def pytest_pycollect_makemodule(module_path: Path, parent: Any) -> pytest.Module | None:
    """Stories import playwright at the top; where it is absent they are not imported."""
    if module_path.parent != Path(__file__).parent or not missing():
        return None
    return WithoutBrowser.from_parent(parent, path=module_path)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder is a browser test."""
    for item in items:
        if item.path.parent == Path(__file__).parent:
            item.add_marker(pytest.mark.browser)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """Photograph the open pages when the story itself fails, while they are still open."""
    report = yield
    if report.when == "call" and report.failed:  # type: ignore[attr-defined]
        for number, watched in enumerate(getattr(item, "watched_pages", [])):
            watched.keep(f"{item.name}-{number}" if number else item.name)
    return report


@dataclass
class WatchedPage:
    """A page with everything that went wrong on it."""

    page: "Page"
    errors: list[str] = field(default_factory=list)

    def watch(self) -> None:
        """Note console errors, script errors and server errors."""
        self.page.on("console", self._note_message)
        self.page.on("pageerror", lambda error: self.errors.append(f"script error: {error}"))
        self.page.on("response", self._note_response)

    def _note_message(self, message: Any) -> None:
        # Chromium reports every 4xx answer as a console error; a story may well meet a 404 on purpose.
        expected = re.match(
            r"Failed to load resource: the server responded with a status of 4\d\d", message.text
        )
        if message.type == "error" and not expected:
            self.errors.append(f"console: {message.text} ({self.page.url})")

    def _note_response(self, response: Any) -> None:
        if response.status >= 500:
            self.errors.append(f"{response.status}: {response.url}")

    def keep(self, name: str) -> None:
        """Leave a picture, the source and the errors in var/browser, as far as the page still answers."""
        from playwright.sync_api import Error  # noqa: PLC0415 -- absent in a bare environment

        FOLDER.mkdir(parents=True, exist_ok=True)
        stem = FOLDER / re.sub(r"[^\w.-]+", "_", name)
        try:
            stem.with_suffix(".html").write_text(self.page.content())
            self.page.screenshot(path=stem.with_suffix(".png"), full_page=True)
        except Error as error:
            # A page that hangs is one failed story, not the end of all.
            self.errors.append(f"not photographed: {error}")
        stem.with_suffix(".txt").write_text("\n".join([self.page.url, *self.errors]))


@pytest.fixture(scope="session")
def chromium() -> Iterator["Browser"]:
    """One browser for the whole run."""
    from playwright.sync_api import expect, sync_playwright  # noqa: PLC0415 -- absent in a bare environment

    # What is asserted gets as long as what is clicked (set_default_timeout below).
    expect.set_options(timeout=10_000)
    # Playwright's synchronous interface keeps an event loop in this thread; the ORM is only used outside of it.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=CHROMIUM_FLAGS)
        yield browser
        browser.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture(params=SCREENS)
def screen(request: pytest.FixtureRequest) -> str:
    """`phone` (360×740) or `desktop` (1280×800)."""
    return str(request.param)


@pytest.fixture
def new_page(
    request: pytest.FixtureRequest, chromium: "Browser", live_server: LiveServer, screen: str
) -> Iterator[Callable[..., "Page"]]:
    """A fresh browser per call, `javascript=False` for one without scripts; fails on errors at the end."""
    contexts: list[BrowserContext] = []
    watched: list[WatchedPage] = []
    request.node.watched_pages = watched

    def open_page(*, javascript: bool = True) -> "Page":
        context = chromium.new_context(
            base_url=live_server.url,
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            java_script_enabled=javascript,
            accept_downloads=True,
            **SCREENS[screen],
        )
        context.set_default_timeout(10_000)
        contexts.append(context)
        page = context.new_page()
        watched.append(WatchedPage(page))
        watched[-1].watch()
        return page

    yield open_page
    errors = [error for one in watched for error in one.errors]
    for context in contexts:
        context.close()
    assert errors == []


@pytest.fixture
def page(new_page: Callable[..., "Page"]) -> "Page":
    """One person's page."""
    return new_page()


@pytest.fixture
def check_accessibility() -> Callable[["Page"], None]:
    """Assert that axe finds nothing beyond the committed list, and that nothing is wider than the screen."""
    from axe_playwright_python.sync_playwright import Axe  # noqa: PLC0415 -- absent in a bare environment

    known = known_findings()

    def check(page: "Page") -> None:
        # A click returns when the next page is reached, not when it is drawn; half a page has no heading.
        page.wait_for_load_state("load")
        # Without `preload`, which writes style sheets into the page and so breaks its own policy.
        options = {"runOnly": {"type": "tag", "values": AXE_RULES}, "preload": False}
        answer = Axe().run(page, options=options)
        found = [
            f"{violation['id']} at {' '.join(map(str, node['target']))}: {violation['help']}"
            for violation in answer.response["violations"]
            for node in violation["nodes"]
            if not any(
                rule == violation["id"] and re.search(pattern, " ".join(map(str, node["target"])))
                for path, rule, pattern in known
                if re.search(path, page.url)
            )
        ]
        assert found == [], json.dumps(found, ensure_ascii=False, indent=1)
        wide, screen_width = page.evaluate(
            "() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]"
        )
        assert wide <= screen_width, (
            f"{page.url} is {wide} px wide on a screen of {screen_width} px"
        )

    return check


@pytest.fixture
def photograph(screen: str) -> Callable[["Page", str], Path]:
    """Keep a full picture of a page as var/browser/<name>-<screen>.png, for people to look at."""

    def take(page: "Page", name: str) -> Path:
        FOLDER.mkdir(parents=True, exist_ok=True)
        path = FOLDER / f"{name}-{screen}.png"
        page.screenshot(path=path, full_page=True)
        return path

    return take


def known_findings() -> list[tuple[str, str, str]]:
    """(address pattern, axe rule, target pattern) of findings in Django's own admin widgets."""
    if not KNOWN_FINDINGS.exists():
        return []
    lines = (line.split("#")[0].strip() for line in KNOWN_FINDINGS.read_text().splitlines())
    return [
        (path, rule, pattern)
        for path, rule, pattern in (line.split(None, 2) for line in lines if line)
    ]
