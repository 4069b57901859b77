"""Messages of sheets, reminders and the graduation audit in the office's words: what stays ours stays."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from django.conf import settings

from accounts.models import User
from common import outbox
from common.errors import InvalidInputError
from common.models import Channel, MessageText, OutboxMessage
from common.outbox import default_words
from common.texts import CATALOG, Wording, forget
from corrections.services.sheet_steps import freeze_sheet
from corrections.states import SheetState
from enrollment.models import StudentRecord
from tests.factories.imaging import make_campaign, make_member
from tests.factories.sheets import make_sheet
from xuexin.texts.classes import CLASSES
from xuexin.texts.writing import begin_with, revise_text

pytestmark = [pytest.mark.unit, pytest.mark.django_db]


def write(key: str, li: User, now: datetime, **words: str) -> None:
    """The office's words for this message, begun with the code's own."""
    text = MessageText.objects.get(key=key)
    content = replace(begin_with(CATALOG[key]), **words)  # type: ignore[arg-type]  # words alone are given
    revise_text(text=text, content=content, seen=0, actor=li, now=now)
    forget()


def mail_of(wording: Wording, **changes: Any) -> str:
    params = wording.samples() | changes
    message = OutboxMessage(template=wording.key, channel=Channel.EMAIL, params=params)
    return outbox.rendered(message)[1]


def test_the_three_groups_are_the_office_s() -> None:
    keys = {wording.key for wording in CLASSES}

    assert len(keys) == len(CLASSES) == 18
    assert keys <= set(MessageText.objects.values_list("key", flat=True))


@pytest.mark.parametrize("wording", CLASSES, ids=lambda each: each.key)
def test_code_says_it_on_every_way(wording: Wording) -> None:
    for channel in Channel:
        subject, body = default_words(wording.key, wording.samples(), channel)
        assert subject
        assert body
        assert "{" not in f"{subject}{body}"


@pytest.mark.parametrize("wording", CLASSES, ids=lambda each: each.key)
def test_mail_in_the_office_s_words_keeps_the_foot_of_the_code(
    wording: Wording, li: User, now: datetime
) -> None:
    own = default_words(wording.key, wording.samples(), Channel.EMAIL)[1]
    note = default_words(wording.key, wording.samples(), Channel.NOTICE)[1]
    if not own.startswith(note):  # its links stand between the lines, or it goes to the site alone
        note = own

    write(wording.key, li, now, subject="教务处自己的标题")

    body = mail_of(wording)
    assert "我们不会向你要密码和验证码" in body
    foot = own.removeprefix(note).strip()
    assert body.endswith(foot)


def test_reminder_in_the_office_s_words_keeps_the_way_out_of_reminders(
    li: User, now: datetime
) -> None:
    write("reminder", li, now, body="{批次}{还有几天}，{截止时间}为止。{不提交会怎样}")

    body = mail_of(CATALOG["reminder"], days=0, counts_silence=True)

    assert body.startswith(
        "2026 届毕业校对今天截止，6月18日（星期四）12:30为止。到时没有提交，就按“信息正确”算。"
    )
    assert f"不想再收到这样的提醒：{settings.BASE_URL}/" in body


@pytest.mark.parametrize(
    ("key", "body", "missing"),
    [
        ("reminder", "{批次}快截止了。{不提交会怎样}", "截止时间"),
        ("reminder", "{截止时间}为止。", "不提交会怎样"),
        ("sheet_returned", "反馈表退回了。", "班级"),
        ("graduation_opened", "{审核}开始了。", "核对截止时间"),
        ("graduation_certificate", "{审核}：证书到了。", "学院"),
    ],
)
def test_what_matters_may_not_be_left_out(
    key: str, body: str, missing: str, li: User, now: datetime
) -> None:
    with pytest.raises(InvalidInputError, match=missing):
        write(key, li, now, body=body, subject="标题", sms="")


def test_digest_has_a_line_for_every_class(li: User, now: datetime) -> None:
    write("reminder_digest", li, now, body="{各班进度}\n共 {没核完的人数} 人。")
    (line,) = CATALOG["reminder_digest"].samples()["lines"]
    lines = [line, line | {"days": 0, "name": "法学 2201 班"}, line | {"days": -1, "waiting": 1}]

    body = mail_of(CATALOG["reminder_digest"], lines=lines, waiting=25)

    assert body.startswith(
        "汉语言文学 2201 班，2026 届毕业校对：12 人没核完（共 31 人），还有 3 天截止。\n"
        "法学 2201 班，2026 届毕业校对：12 人没核完（共 31 人），今天截止。\n"
        "汉语言文学 2201 班，2026 届毕业校对：1 人没核完（共 31 人），已经截止，有延期的同学。\n"
        "共 25 人。"
    )


def test_step_of_a_sheet_sends_the_office_s_words(
    record: StudentRecord, chen: User, monitor: User, li: User, now: datetime
) -> None:
    write("sheet_to_sign", li, now, subject="请签{班级}", body="{班级}第 {第几版} 版，{反馈表网址}")
    campaign = make_campaign(sheet_freeze_at=now, closes_at=now)
    make_member(record, campaign)
    assert record.class_group is not None
    sheet = make_sheet(campaign, record.class_group, SheetState.DRAFT)

    freeze_sheet(sheet=sheet, actor=monitor, now=now)

    told = OutboxMessage.objects.filter(user=chen, template="sheet_to_sign")
    notice = told.get(channel=Channel.NOTICE)
    page = f"{settings.BASE_URL}/classes/{sheet.class_group_id}/{campaign.pk}/"
    words = f"汉语言文学 2201 班第 {sheet.version_no} 版，{page}"
    assert outbox.rendered(notice) == ("请签汉语言文学 2201 班", words)
