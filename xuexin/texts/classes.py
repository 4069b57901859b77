"""Messages about class sheets, reminders and the graduation audit whose words the office may write."""

from collections.abc import Mapping
from typing import Any, Final

from django.conf import settings

from common.texts import Variable, Wording
from xuexin.texts.places import CAMPAIGN, until_place

__all__ = ["CLASSES"]


def _sheet_address(params: Mapping[str, Any]) -> str:
    return f"{settings.BASE_URL}/classes/{int(params['class_id'])}/{int(params['campaign_id'])}/"


def _checklist_address(params: Mapping[str, Any]) -> str:
    return f"{settings.BASE_URL}/graduation/{int(params['student_id'])}/"


def _days_left(days: int) -> str:
    return {0: "今天截止", 1: "明天截止"}.get(days, f"还有 {days} 天")


def _without_answer(counts: bool) -> str:  # noqa: FBT001 -- the parameter of a message
    if counts:
        return "到时没有提交，就按“信息正确”算。"
    return "到时没有提交，不会替你算正确。"


def _ending(days: int) -> str:
    if days < 0:
        return "已经截止，有延期的同学"
    return f"还有 {days} 天截止" if days else "今天截止"


def _progress(lines: list[dict[str, Any]]) -> str:
    return "\n".join(
        f"{line['name']}，{line['campaign']}：{line['waiting']} 人没核完"
        f"（共 {line['total']} 人），{_ending(line['days'])}。"
        for line in lines
    )


_CLASS: Final = Variable(
    name="班级", param="class_name", sample="汉语言文学 2201 班", is_needed=True
)
_VERSION: Final = Variable(name="第几版", param="version", sample=4)
_SHEET: Final = Variable(name="反馈表网址", of_all=_sheet_address)
_PLACE: Final = {"class_id": 7, "campaign_id": 9}
_AUDIT: Final = Variable(name="审核", param="audit", sample="2026 届毕业资格审核", is_needed=True)
_CHECKLIST: Final = Variable(name="清单网址", of_all=_checklist_address)


def _sheet(key: str, label: str, *variables: Variable) -> Wording:
    return Wording(
        key=key,
        label=f"反馈表：{label}",
        variables=(_CLASS, *(variables or (_VERSION,)), _SHEET),
        also=_PLACE,
        foot="messages/_sheet_end.txt",
    )


def _graduation(key: str, label: str, *variables: Variable) -> Wording:
    return Wording(
        key=key,
        label=f"毕业资格审核：{label}",
        variables=(_AUDIT, *variables, _CHECKLIST),
        also={"student_id": 7},
        foot="messages/_graduation_end.txt",
    )


_SHEETS: Final = (
    _sheet("sheet_to_sign", "等辅导员签名"),
    _sheet("sheet_to_seal", "等学院审核"),
    _sheet("sheet_without_college", "没有学院，等教务处代办"),
    Wording(
        key="sheet_handed_in",
        label="反馈表：等教务处接收",
        variables=(
            CAMPAIGN,
            Variable(name="几个班", param="count", sample=3, is_needed=True),
            Variable(
                name="哪些班",
                param="classes",
                sample="历史学 2201 班、物理学 2201 班、法学 2201 班",
            ),
        ),
        also={"campaign_id": 9},
        foot="messages/_handed_in_end.txt",
    ),
    _sheet("sheet_accepted", "教务处已接收"),
    _sheet("sheet_returned", "被退回"),
    _sheet("sheet_renewed", "要重新定稿"),
    _sheet("sheet_stale", "有变化，已失效"),
    _sheet("sheet_changed", "接收后有变化"),
    _sheet("sheet_reopened", "可以补交", until_place("补交截止时间", "until_at", is_needed=True)),
)
_REMINDERS: Final = (
    Wording(
        key="reminder",
        label="提醒：还没核完",
        variables=(
            CAMPAIGN,
            Variable(name="还有几天", param="days", sample=3, words=_days_left),
            until_place("截止时间", "until_at", is_needed=True),
            Variable(
                name="不提交会怎样",
                param="counts_silence",
                sample=False,
                words=_without_answer,
                is_needed=True,
            ),
        ),
        foot="messages/_reminder_end.txt",
    ),
    Wording(
        key="reminder_digest",
        label="提醒：辅导员每天的进度",
        variables=(
            Variable(name="没核完的人数", param="waiting", sample=12),
            Variable(
                name="各班进度",
                param="lines",
                sample=[
                    {
                        "campaign_id": 9,
                        "class_id": 7,
                        "campaign": "2026 届毕业校对",
                        "name": "汉语言文学 2201 班",
                        "waiting": 12,
                        "total": 31,
                        "days": 3,
                    }
                ],
                words=_progress,
                is_needed=True,
            ),
        ),
    ),
)
_GRADUATION: Final = (
    _graduation(
        "graduation_opened",
        "开始了，请核对清单",
        until_place("核对截止时间", "until_at", is_needed=True),
    ),
    _graduation("graduation_answered", "异议有答复了"),
    _graduation("graduation_decided", "有结果了"),
    _graduation("graduation_reopened", "要重新审核"),
    _graduation(
        "graduation_certificate",
        "证书到学院了",
        Variable(name="学院", param="college", sample="人文学院", is_needed=True),
    ),
    _graduation("graduation_handed", "证书已经发出"),
)
CLASSES: Final = (*_SHEETS, *_REMINDERS, *_GRADUATION)
