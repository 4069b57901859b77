"""A graduation: results come in, college and office decide, a masked notice, an objection, a certificate in hand."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import User
from corrections.models import (
    AuditedStudent,
    AuditObjection,
    Certificate,
    GraduationAudit,
    ResultImport,
)
from corrections.states.graduation import (
    AuditState,
    CertificateState,
    ItemSource,
    ObjectionState,
    ResultState,
)
from enrollment.models import ClassGroup, StudentRecord
from tests.browser.stories import log_in
from tests.factories import enrolment
from tests.factories.graduation import make_audit, make_audited
from tests.factories.people import PASSWORD

pytestmark = pytest.mark.django_db(transaction=True)

HOUR = timedelta(hours=1)
SUBMIT = "main form [type=submit], #content form [type=submit]"
Check = Callable[[Page], None]
Photograph = Callable[[Page, str], Path]


@dataclass(frozen=True)
class Cast:
    """Who takes part."""

    alice: User
    chen: User
    li: User
    secretary: User


@pytest.fixture
def cast(alice: User, chen: User, li: User, secretary: User) -> Cast:
    """A student, her counsellor, the office, and the college."""
    return Cast(alice, chen, li, secretary)


@pytest.fixture
def audit(record: StudentRecord, class_group: ClassGroup) -> GraduationAudit:
    """A round that takes answers, with Alice and two others, without results."""
    made = make_audit(
        items=[
            ("学分", ItemSource.IMPORT),
            ("学费", ItemSource.IMPORT),
            ("处分", ItemSource.SANCTIONS),
        ],
        confirm_until=timezone.now() + 24 * HOUR,
    )
    make_audited(record, made, marks={})
    for name, number in (("江镕", "2022040128"), ("古丽米热·艾比布拉", "2022040129")):
        other = enrolment.make_record(name=name, student_no=number, class_group=class_group)
        make_audited(other, made, marks={})
    return made


def desk(page: Page, model: str, pk: int, deed: str = "") -> None:
    """The page of a row at the desk, or of one of its deeds."""
    page.goto(f"/admin/corrections/{model}/{pk}/{f'do/{deed}' if deed else 'change'}/")


def moment(hours: int) -> str:
    """As a field for moments takes it: Beijing time."""
    return (timezone.now() + (8 + hours) * HOUR).strftime("%Y-%m-%dT%H:%M")


def import_results(page: Page, audit: GraduationAudit, folder: Path, check: Check) -> None:
    """The office hands in a list and looks at it before it does anything."""
    path = folder / "结果.csv"
    path.write_text(
        "学号,姓名,学分,学费\n"
        "2022040127,沈若溪,达到（152/150）,达到\n"
        "2022040128,江镕,达到,达到\n"
        "2022040129,,没达到（148/150）,达到\n"
    )
    page.goto("/admin/corrections/resultimport/add/")
    page.locator("select[name=audit]").select_option(str(audit.pk))
    page.locator("input[name=file]").set_input_files(path)
    page.locator(SUBMIT).last.click()
    expect(page.locator("body")).to_contain_text("148/150")
    check(page)
    desk(page, "resultimport", ResultImport.objects.get().pk, "apply")
    page.locator(SUBMIT).last.click()
    page.wait_for_url("**/change/")


def settle(page: Page, cast: Cast, audit: GraduationAudit, check: Check) -> None:
    """The college proposes what the items give; the office decides."""
    log_in(page, str(cast.secretary.email), PASSWORD)
    page.goto(f"/graduation/colleges/{audit.pk}/")
    check(page)
    page.get_by_role("button", name="按各项目得出的提出").click()
    expect(page.locator("body")).to_contain_text("已提出 3 人")
    log_in(page, str(cast.li.email), PASSWORD)
    desk(page, "graduationaudit", audit.pk, "decide-all")
    expect(page.locator("body")).to_contain_text("3 人")
    check(page)
    page.locator(SUBMIT).last.click()
    page.wait_for_url("**/change/")
    assert audit.students.filter(state=ResultState.DECIDED).count() == 3


def test_graduation_from_the_results_to_the_certificate(
    page: Page,
    cast: Cast,
    audit: GraduationAudit,
    tmp_path: Path,
    check_accessibility: Check,
    photograph: Photograph,
) -> None:
    log_in(page, str(cast.li.email), PASSWORD)
    import_results(page, audit, tmp_path, check_accessibility)
    photograph(page, "graduation-results")
    settle(page, cast, audit, check_accessibility)
    desk(page, "graduationaudit", audit.pk)
    check_accessibility(page)
    photograph(page, "graduation-round")

    desk(page, "graduationaudit", audit.pk, "publish")
    page.locator("[name=opens_at]").fill(moment(-1))
    page.locator("[name=closes_at]").fill(moment(48))
    page.locator("[name=text]").fill("有异议请在公示期内提出，教务处 0990-0000000。")
    check_accessibility(page)
    page.locator(SUBMIT).last.click()
    page.wait_for_url("**/change/")

    student_objects(page, cast.alice, audit, check_accessibility, photograph)
    counsellor_looks(page, cast.chen, check_accessibility, photograph)
    office_answers(page, cast.li, check_accessibility)
    certificate_goes_out(page, cast, audit, check_accessibility, photograph)

    log_in(page, str(cast.alice.email), PASSWORD)
    page.goto("/graduation/")
    check_accessibility(page)
    page.goto(f"/graduation/{audit.students.get(record__student_no='2022040127').pk}/")
    expect(page.locator("body")).to_contain_text("准予毕业")
    check_accessibility(page)
    photograph(page, "graduation-student")


def student_objects(
    page: Page, alice: User, audit: GraduationAudit, check: Check, photograph: Photograph
) -> None:
    """The notice shows nobody's whole name, and not who failed; who reads it may object under a name."""
    page.context.clear_cookies()
    page.goto(f"/graduation/notices/{audit.pk}/")
    expect(page.locator("tbody tr")).to_have_count(2)
    for whole in ("沈若溪", "2022040127", "古丽米热"):
        expect(page.locator("body")).not_to_contain_text(whole)
    check(page)
    photograph(page, "graduation-notice")
    log_in(page, str(alice.email), PASSWORD)
    page.goto(f"/graduation/notices/{audit.pk}/object/")
    page.locator("[name=name]").fill("沈若溪")
    page.locator("[name=contact]").fill("15500000000")
    page.locator("[name=reason]").fill("我的专业写错了，应该是汉语国际教育。")
    check(page)
    photograph(page, "graduation-notice-object")
    page.locator("main form [type=submit]").last.click()
    expect(page.locator("body")).to_contain_text("已收到")


def counsellor_looks(page: Page, chen: User, check: Check, photograph: Photograph) -> None:
    """The own class: who passes, what the other one lacks and whom to ask, no note; nothing to press."""
    log_in(page, str(chen.email), PASSWORD)
    page.goto("/")
    page.get_by_role("link", name="本班的毕业资格审核").click()
    check(page)
    page.locator("main a[href*='/graduation/classes/']").first.click()
    expect(page.locator("tbody")).to_contain_text("学分：没达到，问：")
    expect(page.locator("tbody")).not_to_contain_text("148/150")  # written for college and student
    expect(page.locator("main form")).to_have_count(0)
    check(page)
    photograph(page, "graduation-class")


def office_answers(page: Page, li: User, check: Check) -> None:
    """The objection is looked into and answered."""
    log_in(page, str(li.email), PASSWORD)
    desk(page, "auditobjection", AuditObjection.objects.get().pk, "answer")
    page.locator("[name=action][value=REJECT]").check()
    page.locator("[name=answer]").fill("已核实，名册上的专业没有错。")
    check(page)
    page.locator(SUBMIT).last.click()
    page.wait_for_url("**/change/")
    assert AuditObjection.objects.get().state == ObjectionState.REJECTED


def certificate_goes_out(
    page: Page,
    cast: Cast,
    audit: GraduationAudit,
    check: Check,
    photograph: Photograph,
) -> None:
    """Printed while the notice runs; fetched and handed out when it is over, not before."""
    student = AuditedStudent.objects.get(record__student_no="2022040127")
    desk(page, "auditedstudent", student.pk, "certificate")
    page.locator("[name=number]").fill("999991202605000001")
    page.locator(SUBMIT).last.click()
    page.wait_for_url("**/change/")
    desk(page, "graduationaudit", audit.pk)
    expect(page.locator("a[href*='/do/fetch/']")).to_have_count(0)

    # The days of the notice go by.
    GraduationAudit.objects.filter(pk=audit.pk).update(notice_closes_at=timezone.now())
    desk(page, "graduationaudit", audit.pk, "fetch")
    page.locator("select[name=college]").select_option(label="人文学院")
    page.locator("[name=fetcher]").fill("周老师")
    check(page)
    page.locator(SUBMIT).last.click()
    page.wait_for_url("**/change/")

    log_in(page, str(cast.secretary.email), PASSWORD)
    page.goto(f"/graduation/colleges/{audit.pk}/certificates/")
    check(page)
    photograph(page, "graduation-certificates")
    page.get_by_role("link", name="沈若溪").click()
    page.locator("[name=taker][value=SELF]").check()
    check(page)
    photograph(page, "graduation-receipt")
    page.get_by_role("button", name="核对过身份证，发证").click()
    expect(page.locator("body")).to_contain_text("已登记领取")
    assert Certificate.objects.get().state == CertificateState.HANDED
    assert GraduationAudit.objects.get().state == AuditState.NOTICE
