"""Every message whose words the office may make its own, with the places that it fills.

Class sheets, reminders and the graduation audit stand in `xuexin.texts.classes`, pages in `pages`.

Not among them: messages about log-in and passwords, about whose a number is, about two accounts of
one person, invitations, identity reviews and the closing of an account. What those say is security
or law, and a wrong word there does harm.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from django.conf import settings

from common.texts import Variable, Wording
from common.wording import moment_sentence, until_sentence
from xuexin.texts.classes import CLASSES
from xuexin.texts.pages import PAGES
from xuexin.texts.places import CAMPAIGN, LATER, moment_place, until_place

__all__ = ["FIXED", "WORDINGS"]

# Beginnings of the templates that stay the code's own.
FIXED: Final = (
    "account_",
    "counter_",
    "identity_",
    "invitation",
    "merge_",
    "own_data_",
    "print_",
    "rescue_",
    # Their sentences turn on what happened; a sentence for every turn is the code's.
    "correction_overdue",
    "own_photo_accepted",
    "photo_claim_lapsed",
    "photo_repaired",
    "report_closed",
    "verification_entered",
)


def _results(found: Sequence[str]) -> str:
    return "、".join(f"“{each}”" for each in found)


def _cause(cause: str) -> str:
    return {
        "PHOTO_CHANGED": "你的照片换了新的一版，原来的结论不再有效。",
        "DATA_CHANGED": "你的学籍关键信息有改动，原来的结论不再有效。",
        "CORRECTED": "你报告的有误已经更正。",
    }.get(cause, "教务处重新开放了你的核对。")


def _conclusions(params: Mapping[str, Any]) -> str:
    return "".join(
        f"{label}：{'正确' if params[name] == 'CORRECT' else '有误'}。"
        for label, name in (("照片", "photo"), ("信息", "data"))
        if params.get(name)
    )


def _request_address(params: Mapping[str, Any]) -> str:
    return f"{settings.BASE_URL}/requests/{int(params['request_id'])}/"


def _outcome(params: Mapping[str, Any]) -> str:
    return "、".join(
        f"{change['label']}{change['result']}"
        for change in params.get("changes", ())
        if change.get("result")
    )


def _time_to_check(params: Mapping[str, Any]) -> str:
    if params.get("is_over"):
        return "核对的截止时间已经过了，请登录看清照片，再联系辅导员或教务处。"
    until = until_sentence(datetime.fromisoformat(params["until_at"]))
    if params.get("from_at"):
        start = moment_sentence(datetime.fromisoformat(params["from_at"]))
        return (
            f"核对 {start} 开始，到 {until} 为止；"
            "到时候看看照片是不是你本人、信息是否正确，分别给出结论。"
        )
    return f"请在 {until} 以前登录，看看照片是不是你本人、信息是否正确，分别给出结论。"


def _afterwards(params: Mapping[str, Any]) -> str:
    if "INCORRECT" in {params.get("photo"), params.get("data")}:
        return "有误的部分会转成勘误，进度登录后可以看到。"
    return "登录后可以看回执。"


def _what_moved(cause: str) -> str:
    return {
        "PHOTO_CHANGED": "照片换了",
        "DATA_CHANGED": "学籍信息有改动",
        "CORRECTED": "已经更正",
    }.get(cause, "教务处重新开放了核对")


_STUDENT_NO: Final = Variable(name="学号", param="student_no", sample="2022049127", is_needed=True)
_SCHOOL: Final = Variable(name="学校", param="school", sample="云水学院")
_KIND: Final = Variable(name="事项", param="kind", sample="学籍信息", is_needed=True)
_REASON: Final = Variable(name="原因", param="reason", sample="场地检修", is_needed=True)
_PLACE: Final = Variable(name="地点", param="place", sample="第一教学楼 201")
_RESULTS: Final = Variable(
    name="结论", param="results", sample=["毕业照片正确", "学籍信息正确"], words=_results
)
_OUTCOME: Final = Variable(name="结果", of_all=_outcome)
_REQUEST: Final = Variable(name="勘误单网址", of_all=_request_address)


def _correction(key: str, label: str, *variables: Variable) -> Wording:
    return Wording(
        key=key, label=label, variables=(_KIND, *variables, _REQUEST), also={"request_id": 7}
    )


def _about_record(key: str, label: str, *variables: Variable) -> Wording:
    return Wording(key=key, label=label, variables=(_STUDENT_NO, *variables))


_CAPTURE: Final = (
    Wording(
        key="capture_cancelled",
        label="拍照：场次取消",
        variables=(
            CAMPAIGN,
            moment_place("原定时间", "starts_at", is_needed=True),
            _PLACE,
            Variable(name="场次", param="kind", sample="集中拍照"),
            _REASON,
        ),
    ),
    Wording(
        key="capture_makeup",
        label="拍照：有补拍可以约",
        variables=(
            CAMPAIGN,
            moment_place("时间", "starts_at", is_needed=True),
            Variable(name="地点", param="place", sample="第一教学楼 201", is_needed=True),
            Variable(name="地址", param="address", sample="云水路 1 号"),
            until_place("预约截止", "bookable_at"),
        ),
    ),
    Wording(
        key="capture_missed",
        label="拍照：没拍上",
        variables=(CAMPAIGN, moment_place("原定时间", "starts_at"), _PLACE),
    ),
    Wording(
        key="capture_moved",
        label="拍照：改时间或地点",
        variables=(
            CAMPAIGN,
            Variable(name="场次", param="kind", sample="集中拍照"),
            moment_place("新的时间", "starts_at", is_needed=True),
            Variable(name="地点", param="place", sample="第一教学楼 201", is_needed=True),
            Variable(name="地址", param="address", sample="云水路 1 号"),
            _REASON,
        ),
    ),
    Wording(
        key="capture_planned",
        label="拍照：时间定了",
        variables=(
            CAMPAIGN,
            moment_place("时间", "starts_at", is_needed=True),
            Variable(name="地点", param="place", sample="第一教学楼 201", is_needed=True),
            Variable(name="地址", param="address", sample="云水路 1 号"),
        ),
    ),
    Wording(
        key="own_photo_returned",
        label="自己交照片：请再交一张",
        variables=(
            CAMPAIGN,
            Variable(
                name="原因", param="reasons", sample=["背景要换", "光线要调"], words="；".join
            ),
        ),
    ),
    Wording(
        key="photo_arrived",
        label="照片到了",
        variables=(CAMPAIGN, Variable(name="核对时间", of_all=_time_to_check, is_needed=True)),
        also={"until_at": LATER, "from_at": "", "is_over": False},
    ),
    Wording(key="photo_claim_accepted", label="照片认领：对上了"),
    Wording(key="photo_claim_refused", label="照片认领：没有通过"),
)
_VERIFYING: Final = (
    Wording(
        key="deadline_moved",
        label="核对：截止时间延后",
        variables=(CAMPAIGN, until_place("新的截止时间", "until_at", is_needed=True)),
    ),
    Wording(
        key="verification_again",
        label="核对：请重新核对",
        variables=(
            CAMPAIGN,
            Variable(name="哪里变了", param="cause", sample="PHOTO_CHANGED", words=_what_moved),
            Variable(name="原因", param="cause", sample="PHOTO_CHANGED", words=_cause),
            until_place("截止时间", "until_at", is_needed=True),
        ),
    ),
    Wording(
        key="verification_locked",
        label="核对：已锁定",
        variables=(
            CAMPAIGN,
            moment_place("锁定时间", "locked_at"),
            Variable(name="结论", of_all=_conclusions, is_needed=True),
            Variable(name="接着怎样", of_all=_afterwards),
        ),
        also={"photo": "CORRECT", "data": "CORRECT"},
    ),
    Wording(
        key="verification_submitted",
        label="核对：已提交",
        variables=(CAMPAIGN, _RESULTS, moment_place("锁定时间", "locks_at")),
    ),
    Wording(
        key="verification_tacit",
        label="核对：按正确算",
        variables=(CAMPAIGN, until_place("截止时间", "closed_at", is_needed=True)),
    ),
    Wording(key="reopen_refused", label="核对：没有重新开放", variables=(CAMPAIGN,)),
)
_STATE: Final = Variable(name="状态", param="state", sample="教务处核实中", is_needed=True)
_CASES: Final = (
    _correction("correction_applied", "勘误：已更正，请再核对", _OUTCOME),
    _correction("correction_closed", "勘误：已更正并办结", _OUTCOME),
    _correction("correction_moved", "勘误：有进展", _STATE),
    _correction("correction_opened", "勘误：已交教务处"),
    _correction(
        "correction_refused",
        "勘误：有答复了",
        Variable(name="谁答复", param="office", sample="教务处"),
    ),
    _correction("correction_returned", "勘误：要补充材料"),
    _correction(
        "correction_taken_back",
        "勘误：上一条通知作废",
        Variable(name="撤回的一步", param="undone", sample="退回补充", is_needed=True),
        _STATE,
    ),
    Wording(key="claim_approved", label="学籍认领：已绑定", variables=(_SCHOOL,)),
    Wording(key="claim_refused", label="学籍认领：有答复了", variables=(_SCHOOL,)),
)
_RECORDS: Final = (
    _about_record(
        "record_duplicate",
        "学籍：重复的已注销",
        Variable(name="保留的学号", param="stays", sample="2022049301", is_needed=True),
    ),
    _about_record("record_duplicate_undone", "学籍：已恢复"),
    _about_record(
        "record_graduated",
        "学籍：学历已登记",
        Variable(name="日期", param="day", sample="2026年06月30日"),
        Variable(name="结果", param="outcome", sample="结业", is_needed=True),
    ),
    _about_record("record_hidden", "学籍：正在核实", _SCHOOL),
    _about_record("record_shown", "学籍：核实完了", _SCHOOL),
    _about_record(
        "record_status_planned",
        "学籍：状态将有变化",
        Variable(name="日期", param="day", sample="2026年07月01日", is_needed=True),
        Variable(name="状态", param="status", sample="休学", is_needed=True),
    ),
    _about_record(
        "record_status_revoked",
        "学籍：状态不变",
        Variable(name="日期", param="day", sample="2026年07月01日"),
        Variable(name="状态", param="status", sample="休学", is_needed=True),
    ),
    Wording(
        key="report_ending",
        label="验证报告：快到期了",
        variables=(
            Variable(name="接收方", param="receiver", sample="远山公司"),
            until_place("到期时间", "expires_at", is_needed=True),
        ),
    ),
)
WORDINGS: Final = (*_CAPTURE, *_VERIFYING, *_CASES, *_RECORDS, *CLASSES, *PAGES)
