"""What the desk shows of a message: how it arrives, its versions, both texts when two wrote at once."""

from collections.abc import Iterator, Sequence
from typing import Final

from django.conf import settings
from django.urls import reverse

from common import outbox
from common.admin import Cell, Panel, facts, moment_text
from common.models import Channel, MessageText, MessageTextVersion, OutboxMessage
from common.rehearsal import REHEARSAL_MARK
from common.texts import CATALOG, sms_parts, words_read
from xuexin.texts.writing import FIELD_NAMES, MessageContent, content_of

__all__ = ["both_panel", "history_panel", "reading_panels"]

_SHOWN: Final = 50


def reading_panels(text: MessageText) -> Sequence[Panel]:
    """What arrives on each way, with sample values."""
    wording = CATALOG[text.key]
    words = None if text.is_default else (text.subject, text.body, text.sms)
    read = {
        channel: words_read(
            OutboxMessage(template=text.key, channel=channel, params=wording.samples()), words
        )
        or outbox.default_words(text.key, wording.samples(), channel)
        for channel in Channel
    }
    if wording.is_page:
        lines = read[Channel.NOTICE][1].splitlines()
        return [facts("页面上会看到（变量用例子填上）", ((wording.label, line) for line in lines))]
    return [facts("收到的人会看到（变量用例子填上）", _lines(read), note=_length(read))]


def _lines(read: dict[Channel, tuple[str, str]]) -> Iterator[tuple[str, str]]:
    subject, body = read[Channel.NOTICE]
    yield "站内消息", subject
    yield from (("", line) for line in body.splitlines() if line)
    subject, body = read[Channel.EMAIL]
    yield "邮件", f"【{settings.SITE_NAME}】{subject}"
    yield from (("", line) for line in body.splitlines() if line)
    yield "短信", _sms(read)


def _sms(read: dict[Channel, tuple[str, str]]) -> str:
    return f"【{settings.SITE_NAME}】{read[Channel.SMS][1]}"


def _length(read: dict[Channel, tuple[str, str]]) -> str:
    length = len(_sms(read))
    return (
        f"短信 {length} 个字，按 {sms_parts(length)} 条计费。演练批次的前面都有{REHEARSAL_MARK}。"
    )


def history_panel(text: MessageText, *, may_act: bool) -> Panel:
    """Every version: who, when, and the way back to it."""
    versions = list(text.versions.order_by("-number")[:_SHOWN])
    return Panel.of(
        "历史",
        ("第几版", "什么时候", "谁", "标题", "说明", "用回"),
        (
            (
                Cell(
                    text=f"第 {row.number} 版",
                    url=reverse("admin:common_messagetextversion_change", args=[row.pk]),
                ),
                moment_text(row.written_at),
                row.written_by,
                _title(row),
                row.note,
                _way_back(text, row, may_act=may_act),
            )
            for row in versions
        ),
        empty="还没有改过，用的是系统的文字。",
    )


def _title(row: MessageTextVersion) -> str:
    shown = row.subject or "系统的文字"
    return f"用回第 {row.restored_no} 版：{shown}" if row.restored_no else shown


def _way_back(text: MessageText, row: MessageTextVersion, *, may_act: bool) -> Cell | str:
    if row.number == text.version_no:
        return "现在这一版"
    if not may_act:
        return ""
    url = reverse("admin:common_messagetext_do", args=[text.pk, "restore"])
    return Cell(text="用回这一版", url=f"{url}?number={row.number}")


def both_panel(text: MessageText, *, seen: int, mine: MessageContent | None) -> Sequence[Panel]:
    """What the other wrote beside what it was, for whoever comes second; one's own is in the form."""
    newest = text.versions.get(number=text.version_no)
    former = text.versions.filter(number=seen).first()
    told = [
        (f"你打开时，第 {seen} 版", content_of(former) if former else None),
        (f"{newest.written_by} 改成，第 {newest.number} 版", content_of(newest)),
        ("你写的", mine),
    ]
    return [
        Panel.of(
            "两边的文字",
            (),
            (
                (f"{label}：{whose}", " / ".join(getattr(content, name).splitlines()))
                for name, label in FIELD_NAMES.items()
                for whose, content in told
                if content is not None
            ),
            note=f"{newest.written_by} 在 {moment_text(newest.written_at)} 存了第 {newest.number} 版。"
            "你写的还在下面的表单里：把要留的合进去再存。哪一版都不会丢，历史里都有。",
        )
    ]
