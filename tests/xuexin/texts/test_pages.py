"""Words on pages in the office's own: begun with the code's, filled, escaped, back again."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from common.errors import InvalidInputError
from common.models import MessageText
from common.pagetexts import page_lines
from common.texts import forget
from enrollment.models import StudentRecord
from tests.factories.imaging import make_campaign, make_member, make_photo
from xuexin.texts.pages import PAGES
from xuexin.texts.writing import MessageContent, put_back, revise_text

pytestmark = [pytest.mark.page, pytest.mark.django_db]
ClientOf = Callable[[User], Client]


def write(key: str, body: str, li: User, now: datetime) -> MessageText:
    text = MessageText.objects.get(key=key)
    content = MessageContent(subject=text.label, body=body)
    revise_text(text=text, content=content, seen=text.version_no, actor=li, now=now)
    forget()
    return MessageText.objects.get(key=key)


def test_start_page_says_what_the_office_wrote_and_the_code_s_again(
    li: User, now: datetime
) -> None:
    assert "锁定以后，在班级的反馈表上签名" in Client().get("/").content.decode()

    text = write("page_start", "先注册\n再看<b>照片</b>，{经办科室}", li, now)
    page = Client().get("/").content.decode()
    assert "<li>先注册</li>" in page
    assert "再看&lt;b&gt;照片&lt;/b&gt;，" in page
    assert "锁定以后，在班级的反馈表上签名" not in page

    put_back(text=text, seen=text.version_no, actor=li, now=now)
    forget()
    assert "锁定以后，在班级的反馈表上签名" in Client().get("/").content.decode()


def test_pages_of_verification_and_sheet_say_it(
    record: StudentRecord, alice: User, chen: User, li: User, client_of: ClientOf
) -> None:
    now = timezone.now()
    make_photo(record)
    member = make_member(
        record,
        make_campaign(
            opens_at=now - timedelta(days=1),
            closes_at=now + timedelta(days=2),
            sheet_freeze_at=now + timedelta(days=3),
        ),
    )
    verify = reverse("imaging:verify_record", args=[record.pk])
    sheet = reverse("corrections:sheet_page", args=[record.class_group_id, member.campaign_id])
    assert "五官清楚，没有变形" in client_of(alice).get(verify).content.decode()
    assert "定稿后下载 PDF 打印，请同学逐个签名。" in client_of(chen).get(sheet).content.decode()

    write("page_verify", "{批次}：看清楚眼镜反光", li, now)
    write("page_sheet", "打印两份，一份留学院。", li, now)

    assert (
        f"{member.campaign.title}：看清楚眼镜反光" in client_of(alice).get(verify).content.decode()
    )
    assert "定稿后打印两份，一份留学院。" in client_of(chen).get(sheet).content.decode()


@pytest.mark.parametrize("wording", PAGES, ids=lambda each: each.key)
def test_unknown_place_is_refused(wording: object, li: User, now: datetime) -> None:
    with pytest.raises(InvalidInputError, match="姓名"):
        write(wording.key, "{姓名}，请看", li, now)  # type: ignore[attr-defined]

    assert page_lines(wording.key, campaign="x")  # type: ignore[attr-defined]


def test_long_text_of_a_page_is_no_sms(li: User, now: datetime) -> None:
    write("page_start", "长" * 900, li, now)

    assert page_lines("page_start") == ["长" * 900]


def test_desk_asks_for_the_text_alone_and_shows_the_page(li: User, client_of: ClientOf) -> None:
    text = MessageText.objects.get(key="page_start")
    desk, url = client_of(li), reverse("admin:common_messagetext_do", args=[text.pk, "change"])
    form = desk.get(url).content.decode()
    assert ('name="body"' in form, 'name="sms"' in form, 'name="subject"' in form) == (
        True,
        False,
        False,
    )
    given = {"body": "先注册\n再看照片", "seen": "0", "note": ""}
    preview = desk.post(url, given).content.decode()
    assert "页面上会看到" in preview
    assert "短信" not in preview.partition('id="content"')[2]

    answer = desk.post(url, given | {"_confirmed": "1"}, follow=True).content.decode()

    assert "页面上马上是教务处写的文字" in answer
    text.refresh_from_db()
    assert (text.body, text.sms, text.is_default) == ("先注册\n再看照片", "", False)
