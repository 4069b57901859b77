"""A whole campaign evening: student, monitor, counsellor, college, office; a return, a late class, a refusal."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from playwright.sync_api import Page, expect

from accounts.models import User
from common.wording import local
from corrections.models import ClassSheet, CorrectionRequest, HandInReopening, ProxySignature
from corrections.services.evidence import keep_evidence
from corrections.states import RequestState, SheetState
from enrollment.models import StudentRecord
from imaging.models import Campaign
from tests.browser.evening import (
    CLASS,
    HOUR,
    Class,
    Look,
    enter,
    enter_with_code,
    let_key_fields_in,
    open_account,
    open_sheet,
    refuse,
    send,
    stage_class,
    take_step,
)
from tests.factories.corrections import make_dispute, make_proof, make_request, picture_bytes
from tests.factories.imaging import make_member
from tests.factories.people import PASSWORD
from tests.factories.sheets import make_sheet

pytestmark = pytest.mark.django_db(transaction=True)

NewPage = Callable[[], Page]
WHY_BACK = "第 2 行没有签名，请补签。"
WHY_NOT = "与公安部门的登记一致，不予更正。"


@pytest.fixture
def look(
    check_accessibility: Callable[[Page], None], photograph: Callable[[Page, str], Path]
) -> Look:
    """A picture and axe."""

    def at(page: Page, name: str) -> None:
        page.wait_for_load_state("load")
        photograph(page, f"evening-{name}")
        check_accessibility(page)

    return at


@pytest.fixture(autouse=True)
def once_in_a_story(settings) -> None:
    """Who has proved it is not asked again, however slow the machine."""
    settings.ACCOUNT_REAUTHENTICATION_TIMEOUT = 3_600


@pytest.fixture
def evening(record: StudentRecord, monitor: User) -> Class:
    """The class in the last hours of its campaign."""
    return stage_class(record, StudentRecord.objects.get(binding__identity__user=monitor))


def test_students_conclude_and_the_sheet_goes_up_comes_back_and_is_accepted(
    new_page: NewPage,
    evening: Class,
    alice: User,
    monitor: User,
    chen: User,
    secretary: User,
    li: User,
    look: Look,
) -> None:
    let_key_fields_in(evening.group.school, li)
    classmate = open_account(evening.classmate, "gulimire@example.test")
    conclude_right(new_page(), alice, look)
    conclude_wrong(student := new_page(), classmate, look)
    ask_for_another_name(student, look)

    with time_machine.travel(evening.campaign.sheet_freeze_at + timedelta(minutes=1), tick=True):
        desks = {name: new_page() for name in ("monitor", "chen", "secretary", "li")}
        enter(desks["monitor"], monitor)
        compile_sheet(desks["monitor"], evening, look)
        enter(desks["chen"], chen)
        enter_with_code(desks["secretary"], secretary)
        hand_in(desks, look, "first")
        enter_with_code(desks["li"], li)
        return_sheet(desks["li"], look)
        open_sheet(desks["monitor"])
        expect(desks["monitor"].locator("main")).to_contain_text(WHY_BACK)
        look(desks["monitor"], "returned")
        take_step(desks["monitor"], "定稿", "已定稿")
        hand_in(desks, look, "second")
        accept_sheet(desks["li"], look)
        open_sheet(desks["monitor"])
        expect(desks["monitor"].locator("main")).to_contain_text("教务处已接收")
        look(desks["monitor"], "accepted")

    states = ClassSheet.objects.order_by("version_no").values_list("state", flat=True)
    assert list(states) == [SheetState.RETURNED, SheetState.ACCEPTED]
    strong = ClassSheet.objects.get(version_no=2).signatures.filter(has_second_factor=True)
    assert strong.count() == 3


def conclude_right(page: Page, student: User, look: Look) -> None:
    """Both parts right."""
    enter(page, student)
    page.get_by_role("link", name="开始核对").click()
    look(page, "verify")
    for name in ("photo", "info"):
        page.locator(f"input[name={name}]").first.check(force=True)
    page.get_by_role("button", name="下一步，再看一遍").click()
    page.get_by_role("dialog").get_by_role("button", name="确认提交").click()
    expect(page.get_by_role("button", name="撤回，重新核对")).to_be_visible()


def conclude_wrong(page: Page, student: User, look: Look) -> None:
    """The photo is right, the name is not."""
    enter(page, student)
    page.get_by_role("link", name="开始核对").click()
    page.locator("input[name=photo][value=CORRECT]").check(force=True)
    page.locator("input[name=info][value=INCORRECT]").check(force=True)
    page.get_by_role("button", name="下一步，再看一遍").click()
    page.get_by_label("姓名", exact=True).check(force=True)
    look(page, "wrong-pick")
    page.get_by_role("button", name="下一步").click()
    page.get_by_label("姓名", exact=True).fill("古丽米热·艾比布勒")
    look(page, "wrong-fill")
    page.get_by_role("button", name="提交有误结论").click()
    expect(page.locator("main")).to_contain_text("有误")


def ask_for_another_name(page: Page, look: Look) -> None:
    """A key field: the rules, the draft with two proofs, handed in."""
    page.goto("/requests/")
    page.get_by_role("link", name="申请勘误").click()
    look(page, "rules")
    page.get_by_label("学籍信息").check(force=True)
    page.get_by_role("button", name="看过了，开始填写").click()
    page.get_by_label("姓名应为").fill("古丽米热·艾比布勒")
    page.get_by_role("textbox", name="说明").fill("身份证和户口本上都是“勒”。")
    for title in ("身份证", "户口本"):
        page.get_by_label("这份材料是").select_option(title)
        page.get_by_label("证明材料").set_input_files(
            {"name": f"{title}.jpg", "mimeType": "image/jpeg", "buffer": picture_bytes()}
        )
        page.get_by_role("button", name="保存草稿").click()
        expect(page.get_by_role("link", name=title)).to_be_visible()
    look(page, "draft")
    page.get_by_role("button", name="提交", exact=True).click()
    expect(page.locator("main")).to_contain_text("已提交")
    look(page, "handed-in")


def compile_sheet(page: Page, evening: Class, look: Look) -> None:
    """A remark and a proxy for who is away, then the freeze."""
    open_sheet(page)
    page.get_by_role("link", name="写备注、登记代签").click()
    look(page, "notes")
    name = evening.away.name
    page.get_by_role("link", name=name).click()
    page.get_by_role("textbox", name="备注").fill("在外地实习，已电话通知")
    look(page, "note")
    page.get_by_role("button", name="保存备注").click()
    page.get_by_role("link", name=name).click()
    page.get_by_label("代签人姓名").fill("林一")
    page.get_by_label("怎么联系到本人").select_option("PHONE")
    page.get_by_label("谁联系的本人").fill("秦川")
    agreed = local(datetime.now(tz=UTC) - HOUR)
    page.get_by_label("本人什么时候同意的").fill(f"{agreed:%Y-%m-%dT%H:%M}")
    page.get_by_label("为什么不能本人签").fill("在外地实习，赶不回来。")
    page.get_by_role("button", name="登记代签").click()
    expect(page.locator("main")).to_contain_text("林一代签")
    assert ProxySignature.objects.get().member.record_id == evening.away.pk
    page.get_by_role("link", name="回到反馈表").click()
    expect(page.locator("main")).to_contain_text("在外地实习，已电话通知")
    expect(page.locator("main")).to_contain_text("信息有误：姓名")
    look(page, "draft-sheet")
    take_step(page, "定稿", "已定稿")


def hand_in(desks: dict[str, Page], look: Look, which: str) -> None:
    """The counsellor signs, the college approves, seals and hands in."""
    open_sheet(desks["chen"])
    take_step(desks["chen"], "辅导员签名", "已签名")
    open_sheet(desks["secretary"])
    desks["secretary"].get_by_role("link", name="学院审核盖章").click()
    if which == "first":
        prove_again(desks["secretary"], look)
    look(desks["secretary"], f"seal-{which}")
    desks["secretary"].get_by_role("button", name="学院审核盖章").click()
    expect(desks["secretary"].locator("body")).to_contain_text("已审核盖章")
    take_step(desks["secretary"], "上交教务处", "已上交教务处")
    look(desks["secretary"], f"handed-in-{which}")


def prove_again(page: Page, look: Look) -> None:
    """Before the college's name goes to it: the password once more."""
    expect(page.get_by_role("heading", level=1)).to_have_text("再输一次密码")
    look(page, "prove-again")
    page.locator("input[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="继续").click()


def open_at_desk(page: Page) -> None:
    """The sheet that waits for the office."""
    page.goto("/admin/corrections/classsheet/?waiting=office")
    page.locator("#result_list a").filter(has_text=CLASS).first.click()


def return_sheet(page: Page, look: Look) -> None:
    """The office looks, and sends it back with a reason."""
    open_at_desk(page)
    look(page, "office")
    page.get_by_role("link", name="退回", exact=True).click()
    page.get_by_label("退回原因").fill(WHY_BACK)
    look(page, "office-return")
    send(page)
    expect(page.locator("body")).to_contain_text("已退回，班级要重新定稿、签名")


def accept_sheet(page: Page, look: Look) -> None:
    """The next version is accepted."""
    open_at_desk(page)
    page.get_by_role("link", name="接收", exact=True).click()
    prove_again(page, look)
    look(page, "office-accept")
    send(page)
    expect(page.locator("body")).to_contain_text("已接收，班级和学院会收到通知")


def test_late_class_is_refused_until_the_office_lets_it_in(
    new_page: NewPage, evening: Class, secretary: User, li: User, look: Look
) -> None:
    campaign, now = evening.campaign, datetime.now(tz=UTC)
    moments = {"closes_at": now - 3 * HOUR, "sheet_freeze_at": now - 2 * HOUR}
    Campaign.objects.filter(pk=campaign.pk).update(**moments)
    campaign.members.update(**moments)
    campaign.refresh_from_db()
    make_sheet(campaign, evening.group, SheetState.COLLEGE_SEALED, at=now)
    college, office = new_page(), new_page()
    enter(college, secretary)
    open_sheet(college)
    expect(college.get_by_role("link", name="上交教务处")).to_be_visible()

    # The deadline goes by while the page is open.
    Campaign.objects.filter(pk=campaign.pk).update(hand_in_at=now - HOUR)
    college.get_by_role("link", name="上交教务处").click()
    expect(college.locator("body")).to_contain_text("现在不能“上交教务处”")
    expect(college.locator("main")).to_contain_text("现在交算迟交，请先联系教务处")
    expect(college.get_by_role("link", name="上交教务处")).to_have_count(0)
    look(college, "late")

    enter(office, li)
    office.goto("/admin/corrections/handinreopening/add/")
    office.get_by_label("校对批次").select_option(index=1)
    office.get_by_label("班级").select_option(index=1)
    until = local(now + 2 * HOUR)
    office.get_by_label("补交截止").fill(f"{until:%Y-%m-%dT%H:%M}")
    office.get_by_label("理由").fill("班长住院，材料晚了一天")
    look(office, "reopen")
    send(office)
    expect(office.locator("body")).to_contain_text("已允许补交")
    look(office, "reopened")

    college.reload()
    expect(college.locator("main")).to_contain_text("教务处允许这个班补交")
    expect(college.locator("main")).not_to_contain_text("现在交算迟交")
    look(college, "let-in")
    college.get_by_role("link", name="上交教务处").click()
    prove_again(college, look)
    college.get_by_role("button", name="上交教务处").click()
    expect(college.locator("body")).to_contain_text("已上交教务处")
    assert ClassSheet.objects.get().state == SheetState.SUBMITTED
    assert HandInReopening.objects.get().reason == "班长住院，材料晚了一天"


@pytest.fixture
def case(record: StudentRecord, alice: User) -> CorrectionRequest:
    """Alice's wrong name, handed in with a proof."""
    now = datetime.now(tz=UTC)
    member = make_member(record)
    dispute = make_dispute(member, at=now - 40 * HOUR)
    request = make_request(record, member=member, conclusion=dispute, submitted_at=now - 10 * HOUR)
    keep_evidence(make_proof(), request=request, title="身份证", actor=alice, now=now)
    return request


def test_key_field_goes_to_the_province_and_is_refused(
    new_page: NewPage,
    alice: User,
    secretary: User,
    li: User,
    case: CorrectionRequest,
    look: Look,
    tmp_path: Path,
) -> None:
    college, office, student = new_page(), new_page(), new_page()
    enter(college, secretary)
    vouch_for(college, case, look)
    enter(office, li)
    report_to_province(office, case, look)
    pack = take_pack(office, look)
    answer(office, refuse(pack, tmp_path, why=WHY_NOT), look)

    enter(student, alice)
    student.goto("/requests/")
    look(student, "own-cases")
    student.locator("main").get_by_role("link", name="学籍信息").click()
    expect(student.locator("main")).to_contain_text("教务处的答复")
    expect(student.locator("main")).to_contain_text(WHY_NOT)
    look(student, "refused")
    student.get_by_role("link", name="不认可答复").click()
    student.get_by_label("你的不同意见").fill("户口本上一直是谿，派出所可以作证。")
    look(student, "disagree")
    student.get_by_role("button", name="记下我的意见").click()
    expect(student.locator("main")).to_contain_text("派出所可以作证")
    expect(student.get_by_role("link", name="不认可答复")).to_have_count(0)
    look(student, "disagreed")
    case.refresh_from_db()
    assert (case.state, case.disagreement) == (
        RequestState.REFUSED,
        "户口本上一直是谿，派出所可以作证。",
    )


def vouch_for(page: Page, case: CorrectionRequest, look: Look) -> None:
    """The college takes the case, looks, and forwards it with its word."""
    page.goto("/classes/")
    page.get_by_role("link", name="学院要核实的勘误").click()
    look(page, "college-cases")
    page.get_by_role("link", name=case.record.student_no).click()
    page.get_by_label("学院受理").check(force=True)
    page.get_by_role("button", name="确定").click()
    expect(page.locator("main")).to_contain_text("学院核实中")
    page.get_by_label("报教务处").check(force=True)
    page.get_by_label("说明").fill("身份证与申请一致，同意上报。")
    look(page, "college-case")
    page.get_by_role("button", name="确定").click()
    expect(page.locator("main")).to_contain_text("教务处核实中")


def report_to_province(page: Page, case: CorrectionRequest, look: Look) -> None:
    """The office reports the key field to the province."""
    page.goto("/admin/corrections/correctionrequest/")
    look(page, "office-cases")
    page.goto(f"/admin/corrections/correctionrequest/{case.pk}/change/")
    look(page, "office-case")
    page.get_by_role("link", name="报省里审批").click()
    page.locator("#id_note").fill("材料齐全，报省里审批。")
    send(page)
    expect(page.locator("body")).to_contain_text("已记下，等省里批复")


def take_pack(page: Page, look: Look) -> Path:
    """A pack is made, looked at and downloaded."""
    page.goto("/admin/corrections/provincepack/add/")
    page.get_by_label("学校").select_option(index=1)
    page.locator("#id_reason").fill("交省教育厅学生处")
    look(page, "pack-new")
    send(page)
    expect(page.locator("body")).to_contain_text("包里的勘误单")
    look(page, "pack")
    page.get_by_role("link", name="下载数据包").click()
    page.locator("#id_reason").fill("交省教育厅学生处")
    with page.expect_download() as download:
        send(page)
    return Path(download.value.path())


def answer(page: Page, table: Path, look: Look) -> None:
    """The table comes back, is looked at line by line, and registered."""
    page.goto("/admin/corrections/provinceanswer/add/")
    page.get_by_label("数据包").select_option(index=1)
    page.get_by_label("批复表").set_input_files(table)
    look(page, "answer-new")
    send(page)
    expect(page.locator("body")).to_contain_text("会登记")
    look(page, "answer-lines")
    page.get_by_role("link", name="登记答复").click()
    look(page, "answer-apply")
    send(page)
    expect(page.locator("body")).to_contain_text("已登记 1 张，0 行没有登记")
    look(page, "answer-done")
