"""Writing a message: checked when it is saved, every saving a version, read at once, never in the way."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import IntegrityError, transaction

from accounts.models import User
from common import outbox
from common.errors import DomainError, InvalidInputError, NotAllowedError, StaleStateError
from common.models import AuditEvent, Channel, MessageText, OutboxMessage
from common.texts import forget
from tests.factories.racing import together
from xuexin.texts.writing import MessageContent, content_of, put_back, restore_text, revise_text

pytestmark = [pytest.mark.unit, pytest.mark.django_db]

Committed = Callable[..., Any]
KEY = "deadline_moved"
WORDS = MessageContent(
    subject="多给几天", body="{批次}延到{新的截止时间}。\n抓紧。", sms="延到{新的截止时间}。"
)
PARAMS = {"campaign": "2026 届", "until_at": "2026-06-18T12:30:00+08:00"}


@pytest.fixture
def text(db: None) -> MessageText:
    """One message of the portal."""
    return MessageText.objects.get(key=KEY)


def write(text: MessageText, actor: Any, now: datetime, **changes: Any) -> MessageText:
    seen = changes.pop("seen", text.version_no)
    content = MessageContent(**{**WORDS_AS, **changes})
    forgotten = revise_text(text=text, content=content, seen=seen, actor=actor, now=now)
    forget()
    return forgotten


WORDS_AS = {"subject": WORDS.subject, "body": WORDS.body, "sms": WORDS.sms}


def read(channel: Channel, **changes: Any) -> tuple[str, str]:
    params = PARAMS | changes
    return outbox.rendered(OutboxMessage(template=KEY, channel=channel, params=params))


def test_words_of_the_office_arrive_on_every_way(
    text: MessageText, li: User, now: datetime
) -> None:
    write(text, li, now)

    assert read(Channel.NOTICE) == (
        "多给几天",
        "2026 届延到6月18日（星期四）12:30。\n抓紧。",
    )
    assert read(Channel.SMS)[1] == "延到6月18日（星期四）12:30。"
    body = read(Channel.EMAIL)[1]
    assert body.startswith("2026 届延到6月18日（星期四）12:30。\n抓紧。\n\n登录：")
    assert "我们不会向你要密码和验证码" in body


def test_sms_without_words_of_its_own_is_the_body_in_one_line(
    text: MessageText, li: User, now: datetime
) -> None:
    write(text, li, now, sms="")

    assert read(Channel.SMS)[1] == "2026 届延到6月18日（星期四）12:30。 抓紧。"


def test_saving_is_a_version_with_who_and_why(text: MessageText, li: User, now: datetime) -> None:
    revise_text(text=text, content=WORDS, seen=0, note="学生看不懂", actor=li, now=now)

    version = text.versions.get()
    assert (text.version_no, version.number, version.note) == (1, 1, "学生看不懂")
    assert content_of(text) == content_of(version) == WORDS
    event = AuditEvent.objects.get(action="text.changed")
    assert (event.object_id, event.actor_id, event.reason) == (
        str(text.pk),
        li.actor_id,
        "学生看不懂",
    )


@pytest.mark.parametrize(
    ("changes", "field", "said"),
    [
        ({"body": "{批次}到{地点}，{新的截止时间}"}, "body", "没有“{地点}”这个变量"),
        ({"subject": "{密码}"}, "subject", "没有“{密码}”这个变量"),
        ({"body": "{{ settings.SECRET_KEY }}{新的截止时间}"}, "body", "变量"),
        ({"body": "{批次}改了。"}, "body", "少了变量{新的截止时间}"),
        ({"sms": "改了。"}, "sms", "少了变量{新的截止时间}"),
        ({"body": "{新的截止时间"}, "body", "花括号没有成对"),
        ({"body": "看 https://phish.example/a {新的截止时间}"}, "body", "不是本站的网址"),
        ({"body": "看 phish.example/a {新的截止时间}"}, "body", "不是本站的网址"),
        ({"body": "看 HTTP://127.0.0.1:8000.evil.example {新的截止时间}"}, "body", "不是本站"),
        ({"body": "看 http://127.0.0.1:8000@evil.example {新的截止时间}"}, "body", "不是本站"),
        ({"body": "javascript://alert {新的截止时间}"}, "body", "不是本站的网址"),
        ({"sms": "t.cn/abc {新的截止时间}"}, "sms", "不是本站的网址"),
        ({"body": "请访问phish.example登录 {新的截止时间}"}, "body", "不是本站的网址"),
        ({"body": "到10.1.2.3/a看 {新的截止时间}"}, "body", "不是本站的网址"),
        ({"subject": " "}, "subject", "请填写标题"),
        ({"body": "\n"}, "body", "请填写正文"),
        ({"subject": "长" * 61}, "subject", "最多 60 个字"),
        ({"sms": "", "body": "长" * 400 + "{新的截止时间}"}, "sms", "最多 335 个"),
    ],
    ids=range(18),
)
def test_what_would_mislead_or_break_is_refused(
    changes: dict[str, Any], field: str, said: str, text: MessageText, li: User, now: datetime
) -> None:
    with pytest.raises(InvalidInputError, match=said) as refusal:
        write(text, li, now, **changes)

    assert refusal.value.field == field
    assert not text.versions.exists()


def test_own_address_may_be_written(text: MessageText, li: User, now: datetime, settings) -> None:
    settings.BASE_URL = "https://xuexin.example.test"

    write(text, li, now, body="{新的截止时间}，看 https://xuexin.example.test/verify/ 和{网址}")

    assert (
        "https://xuexin.example.test/verify/ 和https://xuexin.example.test/"
        in (read(Channel.NOTICE)[1])
    )


def test_value_is_never_read_as_a_place_or_as_markup(
    text: MessageText, li: User, now: datetime, alice: User, client_of
) -> None:
    write(text, li, now, body="<script>alert(1)</script>{批次}{新的截止时间}")
    outbox.queue(
        outbox.Message(
            key="x",
            channel=Channel.NOTICE,
            template=KEY,
            user_id=alice.pk,
            params=PARAMS | {"campaign": "{经办科室}<img src=x onerror=a>"},
        ),
        now=now,
    )

    page = client_of(alice).get("/messages/").content.decode()

    assert "{经办科室}&lt;img src=x onerror=a&gt;" in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<script>alert" not in page


def test_line_end_in_a_value_makes_no_second_header(
    text: MessageText, li: User, now: datetime
) -> None:
    write(text, li, now, subject="{批次}延期")

    assert read(Channel.EMAIL, campaign="2026\r\nBcc: eve@example.test")[0] == (
        "2026 Bcc: eve@example.test延期"
    )


def test_text_that_cannot_be_filled_falls_back_and_is_logged(
    text: MessageText, alice: User, now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    MessageText.objects.filter(pk=text.pk).update(
        is_default=False, subject="坏的", body="{没有的变量}", version_no=1
    )
    forget()
    outbox.queue(
        outbox.Message(
            key="x", channel=Channel.EMAIL, template=KEY, user_id=alice.pk, params=PARAMS
        ),
        now=now,
    )

    with caplog.at_level(logging.ERROR, logger="common.texts"):
        assert outbox.deliver_pending(now=now) == 1

    assert "核对的截止时间延后了" in mail.outbox[0].subject
    assert "deadline_moved" in caplog.text
    assert "2026 届" not in caplog.text


def test_message_without_a_needed_parameter_falls_back(
    text: MessageText, li: User, now: datetime
) -> None:
    write(text, li, now, body="{批次}{新的截止时间}")
    message = OutboxMessage(
        template=KEY, channel=Channel.NOTICE, params={"until_at": PARAMS["until_at"]}
    )

    assert outbox.rendered(message)[0] == "核对的截止时间延后了"


def test_new_words_are_read_after_the_commit_from_the_cache(
    text: MessageText,
    li: User,
    now: datetime,
    django_capture_on_commit_callbacks: Committed,
    django_assert_num_queries: Any,
) -> None:
    assert read(Channel.NOTICE)[0] == "核对的截止时间延后了"
    with django_capture_on_commit_callbacks(execute=True):
        revise_text(text=text, content=WORDS, seen=0, actor=li, now=now)

    with django_assert_num_queries(1):
        assert read(Channel.NOTICE)[0] == "多给几天"
    with django_assert_num_queries(0):
        assert read(Channel.NOTICE)[0] == "多给几天"


def test_security_messages_are_not_the_office_s(now: datetime) -> None:
    MessageText.objects.create(
        key="account_login_code", label="验证码", is_default=False, subject="x", body="x"
    )
    forget()

    read_as = outbox.rendered(
        OutboxMessage(template="account_login_code", channel="EMAIL", params={"code": "123456"})
    )

    assert read_as[0] == "登录验证码 123456"


def test_code_says_it_again_and_the_office_s_words_stay_in_the_history(
    text: MessageText, li: User, now: datetime
) -> None:
    write(text, li, now)

    put_back(text=text, seen=1, actor=li, now=now + timedelta(hours=1))
    forget()

    assert text.is_default
    assert read(Channel.NOTICE)[0] == "核对的截止时间延后了"
    restore_text(text=text, number=1, seen=2, actor=li, now=now + timedelta(hours=2))
    forget()
    assert read(Channel.NOTICE)[0] == "多给几天"
    assert [row.restored_no for row in text.versions.order_by("number")] == [None, None, 1]


@pytest.mark.parametrize(("number", "seen"), [(9, 1), (1, 0)], ids=["no-such", "stale"])
def test_putting_back_looks_first(
    number: int, seen: int, text: MessageText, li: User, now: datetime
) -> None:
    write(text, li, now)

    with pytest.raises(DomainError):
        restore_text(text=text, number=number, seen=seen, actor=li, now=now)


def test_second_of_two_editors_is_told_and_nothing_is_lost(
    text: MessageText, li: User, now: datetime
) -> None:
    write(text, li, now, subject="第一个人的")

    with pytest.raises(StaleStateError, match="别人刚改过"):
        write(text, li, now, subject="第二个人的", seen=0)

    text.refresh_from_db()
    assert (text.subject, text.versions.count()) == ("第一个人的", 1)


def test_same_words_are_no_version(text: MessageText, li: User, now: datetime) -> None:
    write(text, li, now)

    with pytest.raises(InvalidInputError, match="没有改动"):
        write(text, li, now)


def test_only_the_registrar_writes(
    text: MessageText, auditor: User, alice: User, now: datetime
) -> None:
    for actor in (auditor, alice):
        with pytest.raises(NotAllowedError):
            write(text, actor, now)


def test_database_keeps_words_and_default_apart(text: MessageText) -> None:
    for broken in ({"is_default": False}, {"body": "有字"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            MessageText.objects.filter(pk=text.pk).update(**broken)


@pytest.mark.django_db(transaction=True)
def test_of_two_editors_at_the_same_moment_one_is_told(li: User, now: datetime) -> None:
    text = MessageText.objects.get(key=KEY)

    def save(subject: str) -> Callable[[], Any]:
        return lambda: revise_text(
            text=MessageText.objects.get(pk=text.pk),
            content=MessageContent(subject=subject, body=WORDS.body),
            seen=0,
            actor=li,
            now=now,
        )

    told = together([save("甲"), save("乙")])

    text.refresh_from_db()
    assert sorted(bool(each) for each in told) == [False, True]
    assert (text.version_no, text.versions.count()) == (1, 1)
