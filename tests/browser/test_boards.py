"""Those who chase others look at their boards: the counsellor at the classes, the college at its own."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from corrections.states import RequestState
from enrollment.models import StudentRecord
from imaging.states import ConclusionKind
from tests.browser.stories import log_in
from tests.factories import enrolment
from tests.factories.corrections import make_request
from tests.factories.imaging import make_campaign, make_conclusion, make_member, make_photo
from tests.factories.people import PASSWORD

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def evening(record: StudentRecord, li: User) -> StudentRecord:
    """Eight days into a campaign: two classes of the college, some done day by day, two cases open."""
    now = datetime.now(tz=UTC)
    campaign = make_campaign(
        opens_at=now - timedelta(days=8),
        closes_at=now + timedelta(days=4),
        sheet_freeze_at=now + timedelta(days=5),
    )
    second = enrolment.make_class("汉语言文学 2202 班")
    assert record.class_group is not None
    for group in (record.class_group, second):
        for serial in range(6):
            made = enrolment.make_record(class_group=group)
            make_photo(made)
            member = make_member(made, campaign)
            for kind in ConclusionKind if serial < 4 and group == second else ():
                make_conclusion(member, kind, at=now - timedelta(days=6 - serial))
    members = [make_member(each, campaign) for each in (record, enrolment.make_record())]
    make_request(members[0].record, RequestState.SUBMITTED, member=members[0])
    make_request(members[1].record, RequestState.OFFICE_REVIEW, member=members[1], handler=li)
    return record


def fits(page: Page) -> bool:
    """Whether nothing has to be scrolled sideways."""
    return not page.evaluate("document.documentElement.scrollWidth > window.innerWidth")


@pytest.mark.usefixtures("evening")
def test_counsellor_and_college_look_at_their_boards(
    page: Page,
    chen: User,
    secretary: User,
    check_accessibility: Callable[[Page], None],
    photograph: Callable[[Page, str], Path],
) -> None:
    log_in(page, str(chen.email), PASSWORD)
    page.goto("/classes/")
    expect(page.locator("main")).to_contain_text("还没办完的，等了多久")
    expect(page.locator("main")).not_to_contain_text("汉语言文学 2202 班")
    check_accessibility(page)
    photograph(page, "board-counsellor")
    assert fits(page)

    log_in(page, str(secretary.email), PASSWORD)
    page.get_by_role("link", name="人文学院").first.click()

    expect(page.locator("main svg[role=img]")).to_be_visible()
    expect(page.locator("main")).to_contain_text("到每天结束时，结论都交了的人数")
    expect(page.locator("main")).to_contain_text("还没有人接")
    expect(page.locator(".ui-bars a")).to_have_text(["汉语言文学 2201 班", "汉语言文学 2202 班"])
    check_accessibility(page)
    photograph(page, "board-college")
    assert fits(page)
    page.get_by_role("link", name="汉语言文学 2201 班").click()
    expect(page.locator("main")).to_contain_text("没核完的人")
