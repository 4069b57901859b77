"""A record that does not show: why, the one next step, and a second record bound beside the first."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from enrollment.models import Binding, RecordClaim, StudentRecord
from tests.browser.stories import log_in
from tests.factories import people
from tests.factories.enrolment import make_class, make_college, make_record, make_school
from tests.factories.people import PASSWORD

pytestmark = pytest.mark.django_db(transaction=True)

Look = Callable[[Page, str], None]


@pytest.fixture
def look(
    check_accessibility: Callable[[Page], None], photograph: Callable[[Page, str], Path]
) -> Look:
    """axe, and a picture."""

    def at(page: Page, name: str) -> None:
        check_accessibility(page)
        photograph(page, name)

    return at


@pytest.fixture
def second(record: StudentRecord) -> StudentRecord:
    """Alice's record at the affiliated college, which she read first."""
    affiliated = make_school("99998", "远山大学云岭学院")
    group = make_class("文秘 1901 班", college=make_college("人文系", school=affiliated))
    return make_record(
        class_group=group, name=record.name, id_number=record.id_number, level="专科"
    )


def test_second_record_is_bound_beside_the_first(
    page: Page, alice: User, record: StudentRecord, second: StudentRecord, look: Look
) -> None:
    log_in(page, str(alice.email), PASSWORD)
    page.goto("/identity/further/")
    expect(page.get_by_role("heading", level=1)).to_have_text("还有学籍没显示出来")
    expect(page.get_by_label("那条学籍上的姓名")).to_have_value(record.name)
    look(page, "further")

    # A digit is wrong: nothing is told, the claim is offered with what was typed.
    ask_further(page, "2022999999")
    expect(page.get_by_role("heading", level=1)).to_have_text("提交认领")
    expect(page.locator("main")).to_contain_text("2022999999")
    expect(page.locator("body")).not_to_contain_text(second.student_no)
    look(page, "claim-new")
    page.get_by_role("link", name="回去改").click()

    ask_further(page, second.student_no)
    expect(page.locator("body")).to_contain_text("这条学籍已经绑定到你的账号")
    for number in (record.student_no, second.student_no):
        expect(page.get_by_role("link", name=number)).to_be_visible()
    look(page, "further-bound")
    page.get_by_role("link", name=second.student_no).click()
    expect(page.locator("main")).to_contain_text("文秘 1901 班")
    page.goto("/")
    expect(page.get_by_role("link", name="远山大学云岭学院，汉语言文学，专科")).to_be_visible()
    look(page, "home-two-records")
    assert Binding.objects.filter(identity__user=alice).count() == 2
    assert not RecordClaim.objects.exists()


def ask_further(page: Page, number: str) -> None:
    """School and number of the other record."""
    page.get_by_label("学校", exact=True).select_option(label="远山大学云岭学院（99998）")
    page.get_by_label("学号或考生号").fill(number)
    page.get_by_role("button", name="绑定这条学籍").click()


def test_diagnosis_leads_to_its_one_next_step(
    page: Page, eve: User, record: StudentRecord, look: Look
) -> None:
    people.make_identity(eve, name=record.name, number=record.id_number)
    log_in(page, str(eve.email), PASSWORD)
    page.goto("/identity/binding/")
    page.get_by_role("link", name="查一查断在哪一步").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("为什么看不到学籍")
    look(page, "diagnosis")

    # Two digits are swapped: nothing of the roster is told, and the step is one.
    diagnose(page, "22990101999999")
    expect(page.locator(".ui-next")).to_contain_text("查过了")
    expect(page.locator(".ui-next")).to_contain_text("现在轮到")
    expect(page.locator("main .btn-primary")).to_have_count(1)
    expect(page.locator("body")).not_to_contain_text(record.student_no)
    look(page, "diagnosis-unknown")

    diagnose(page, record.candidate_no)
    expect(page.locator(".ui-next")).to_contain_text("只差绑定这一步")
    expect(page.locator("main .btn-primary")).to_have_count(1)
    expect(page.get_by_label("考生号")).to_have_value(record.candidate_no)
    look(page, "diagnosis-ready")
    page.get_by_role("link", name="去绑定").click()
    page.get_by_label("考生号").fill(record.candidate_no)
    page.get_by_role("button", name="找我的学籍").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("已绑定的学籍")
    expect(page.locator("main")).to_contain_text(record.student_no)
    page.goto("/record/")
    expect(page.locator("main")).to_contain_text("汉语言文学 2201 班")


def diagnose(page: Page, number: str) -> None:
    """Answer the three questions."""
    page.get_by_label("考生号").fill(number)
    page.get_by_label("哪一年入学").fill("2022")
    page.get_by_label("不是", exact=True).check(force=True)
    page.get_by_role("button", name="查一查").click()
