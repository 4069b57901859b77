"""The gallery: every component on a phone and on a desktop, and what the scripts do to them."""

from collections.abc import Callable

import pytest
from playwright.sync_api import FilePayload, Page, expect
from pytest_django.live_server_helper import LiveServer

pytestmark = [
    pytest.mark.urls("tests.browser.gallery_urls"),
    pytest.mark.django_db(transaction=True),
]

LEAST_TO_TOUCH = 43.5
TOO_SMALL = """
  [...document.querySelectorAll("a, button, summary, input:not([type=hidden]), select, textarea")]
    .map((part) => [part, (part.closest("label") || part).getBoundingClientRect().height])
    .filter(([part, height]) => height && height < LEAST && !part.closest(".ui-skip"))
    .map(([part]) => part.outerHTML.slice(0, 90))
""".replace("LEAST", str(LEAST_TO_TOUCH))


@pytest.fixture
def gallery(page: Page, live_server: LiveServer) -> Page:
    """The gallery, with its scripts at work."""
    page.goto(f"{live_server.url}/ui/")
    expect(page.locator("[data-ui-print]")).to_be_visible()
    return page


def test_components_have_no_accessibility_findings(
    gallery: Page, check_accessibility: Callable[[Page], None]
) -> None:
    check_accessibility(gallery)


def test_components_fit_the_screen_and_the_finger(gallery: Page) -> None:
    overflow = "document.documentElement.scrollWidth - document.documentElement.clientWidth"

    assert gallery.evaluate(overflow) == 0
    assert gallery.evaluate(TOO_SMALL) == []


def test_confirmation_opens_over_the_page_and_gives_the_focus_back(
    gallery: Page, check_accessibility: Callable[[Page], None]
) -> None:
    opener = gallery.get_by_role("link", name="看确认框")
    opener.click()
    dialog = gallery.get_by_role("dialog", name="两项都正确，确认提交吗")
    expect(dialog).to_be_visible()
    check_accessibility(gallery)

    dialog.get_by_role("link", name="回去再看").click()

    expect(dialog).to_have_count(0)
    expect(opener).to_be_focused()
    assert gallery.url.endswith("/ui/")


def test_escape_closes_the_confirmation(gallery: Page) -> None:
    gallery.get_by_role("link", name="看确认框").click()
    dialog = gallery.get_by_role("dialog")
    expect(dialog).to_be_visible()

    gallery.keyboard.press("Escape")

    expect(dialog).to_have_count(0)


def test_confirmation_is_a_page_of_its_own_without_a_script(
    page: Page, live_server: LiveServer, check_accessibility: Callable[[Page], None]
) -> None:
    page.goto(f"{live_server.url}/ui/?show=confirm")

    expect(page.get_by_role("heading", level=1, name="两项都正确，确认提交吗")).to_be_visible()
    check_accessibility(page)


def test_password_strength_knows_the_persons_own_words(gallery: Page) -> None:
    password = gallery.locator("#id_password")
    word = gallery.locator("[data-ui-strength-for=id_password]")

    password.fill("y7#Kd!p2Qz-u")
    expect(word).to_have_attribute("data-level", "3")

    gallery.locator("#id_email").fill("shenruoxi@example.test")
    password.fill("shenruoxi!7")
    expect(word).to_have_attribute("data-level", "1")
    expect(word).to_contain_text("弱")


def test_chosen_file_is_shown_with_its_size(gallery: Page) -> None:
    gallery.locator("#id_evidence").set_input_files(
        FilePayload(name="证明.pdf", mimeType="application/pdf", buffer=b"%" * 6_000_000)
    )

    expect(gallery.locator("[data-ui-file-info=id_evidence]")).to_have_text(
        "证明.pdf，5.7 MB，超过 5 MB，请换小一点的"
    )


def test_second_click_is_not_sent(gallery: Page) -> None:
    sent: list[str] = []
    gallery.on(
        "request",
        lambda request: sent.append(request.url) if request.is_navigation_request() else None,
    )

    gallery.get_by_role("button", name="保存").dblclick(no_wait_after=True)
    gallery.wait_for_url("**/ui/?**")

    assert len(sent) == 1


def test_first_error_has_the_focus(gallery: Page) -> None:
    expect(gallery.locator(".ui-errors")).to_be_focused()


def test_without_a_script_nothing_is_offered_that_needs_one(
    new_page: Callable[..., Page], live_server: LiveServer
) -> None:
    page = new_page(javascript=False)
    page.goto(f"{live_server.url}/ui/")

    expect(page.locator("[data-ui-print]")).to_be_hidden()
    expect(page.locator("[data-ui-copy]")).to_be_hidden()
    expect(page.get_by_role("timer")).to_contain_text("小时")
