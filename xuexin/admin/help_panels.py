"""What the desk shows of a question: its versions, and both texts when two people wrote at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.urls import reverse

from common.admin import Cell, Panel, moment_text
from common.models import HelpArticle, HelpAudience, HelpVersion
from xuexin.help.articles import FIELD_NAMES, HelpContent, changed_names, content_of
from xuexin.help.reading import Topic

__all__ = ["ReadingPanel", "both_panel", "history_panel"]

_SHOWN: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingPanel(Panel):
    """What readers would see, instead of a table."""

    topics: tuple[Topic, ...] = ()
    remark: str = ""
    submit_label: str = ""


def history_panel(article: HelpArticle, *, may_act: bool) -> Panel:
    """Every version: who, when, what was changed, and the way back to it."""
    versions = list(article.versions.order_by("-number")[: _SHOWN + 1])
    older = {row.number: row for row in versions}
    return Panel.of(
        "历史",
        ("第几版", "什么时候", "谁", "改了什么", "说明", "用回"),
        (
            (
                Cell(
                    text=f"第 {row.number} 版",
                    url=reverse("admin:common_helpversion_change", args=[row.pk]),
                ),
                moment_text(row.written_at),
                row.written_by,
                _change(row, older.get(row.number - 1)),
                row.note,
                _way_back(article, row, may_act=may_act),
            )
            for row in versions[:_SHOWN]
        ),
        note="点版次看那一版全文。" if len(versions) <= _SHOWN else f"最近 {_SHOWN} 版。",
    )


def _change(row: HelpVersion, before: HelpVersion | None) -> str:
    if row.restored_no:
        return f"用回第 {row.restored_no} 版"
    if before is None:
        return "写下" if row.number == 1 else ""
    return "、".join(changed_names(content_of(before), content_of(row)))


def _way_back(article: HelpArticle, row: HelpVersion, *, may_act: bool) -> Cell | str:
    if row.number == article.version_no:
        return "现在这一版"
    if not may_act:
        return ""
    url = reverse("admin:common_helparticle_do", args=[article.pk, "restore"])
    return Cell(text="用回这一版", url=f"{url}?number={row.number}")


def both_panel(article: HelpArticle, *, seen: int, mine: HelpContent | None) -> Sequence[Panel]:
    """What the other wrote beside what it was, for whoever comes second; one's own is in the form."""
    newest = article.versions.get(number=article.version_no)
    former = article.versions.filter(number=seen).first()
    before, now = content_of(former) if former else None, content_of(newest)
    told: list[tuple[str, HelpContent | None]] = [
        (f"你打开时，第 {seen} 版", before),
        (f"{newest.written_by} 改成，第 {newest.number} 版", now),
        ("你写的", mine),
    ]
    names = [
        name
        for name in FIELD_NAMES
        if len({getattr(content, name) for _whose, content in told if content is not None}) > 1
    ]
    return [
        Panel.of(
            "两边的文字",
            (),
            (
                (f"{FIELD_NAMES[name]}：{whose}", _said(content, name))
                for name in names
                for whose, content in told
                if content is not None
            ),
            note=f"{newest.written_by} 在 {moment_text(newest.written_at)} 存了第 {newest.number} 版。"
            "你写的还在下面的表单里：把要留的合进去再存。哪一版都不会丢，历史里都有。",
            more=Cell(
                text=f"看第 {newest.number} 版全文",
                url=reverse("admin:common_helpversion_change", args=[newest.pk]),
            ),
        )
    ]


def _said(content: HelpContent | None, name: str) -> str:
    if content is None:
        return ""
    value = getattr(content, name)
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, HelpAudience):
        return str(value.label)
    return " / ".join(str(value).splitlines())
