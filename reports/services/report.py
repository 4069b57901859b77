"""A report is issued, extended, closed."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.contrib.auth.hashers import make_password
from django.db import transaction

from accounts.models import User
from common import audit, outbox
from common.errors import InvalidInputError, StaleStateError
from common.models import Channel
from common.outbox import Message
from common.ratelimit import Limit, hit
from enrollment.models import StudentRecord
from reports.documents.pinyin import LONGEST, is_reading_of
from reports.matching import new_code
from reports.models import VerificationReport
from reports.models.report import code_index
from reports.policies import check_can_close, check_can_extend, check_can_issue
from reports.selectors import content_digest, draft_content, needs_free_latin, photo_for
from reports.states import (
    MONTHS,
    PIN_LONGEST,
    PIN_SHORTEST,
    PURPOSE_LONGEST,
    RECEIVER_LONGEST,
    ReportLanguage,
    ReportPurpose,
    months_on,
)

ISSUES: Final = Limit("report_issue", 20, 24 * 3600)
_MOVED = "这份报告刚刚变过，请看过现在的样子再决定"


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What the student chose; `latin_name` is confirmed by the student for an English report."""

    purpose: ReportPurpose
    purpose_text: str = ""
    receiver: str
    fields: tuple[str, ...]
    with_photo: bool = False
    language: ReportLanguage = ReportLanguage.ZH
    months: int
    pin: str = ""
    latin_name: str = ""


def seen_digest(record: StudentRecord, draft: Draft, *, now: datetime) -> str:
    """What a preview showed, so that nothing else is issued."""
    photo = photo_for(record, now=now) if draft.with_photo else None
    return f"{content_digest(record, draft.fields).hex()}-{photo.pk if photo else ''}"


@transaction.atomic
def issue_report(
    *, record: StudentRecord, draft: Draft, seen: str, actor: User, now: datetime
) -> VerificationReport:
    """Freeze what the student saw in the preview under a new code.

    Refuses when the record has changed since the preview, or the limit of live reports is reached.
    """
    hit(ISSUES, actor.actor_id, now=now)
    # Two tabs count the live reports one after the other. Rows that only refer to the record (a photo
    # that is put forward) need not wait: this transaction will refer to the photo.
    record = StudentRecord.objects.select_for_update(of=("self",), no_key=True).get(pk=record.pk)
    check_can_issue(actor, record, now=now)
    _check(draft, record, now=now)
    if seen != seen_digest(record, draft, now=now):
        raise StaleStateError("学籍内容或照片刚刚变过，请重新看一遍预览再生成")
    report = _create(record, draft, actor=actor, now=now)
    audit.record(
        "report.issued",
        actor=actor,
        now=now,
        obj=report,
        subject=record,
        details={
            "purpose": draft.purpose,
            "language": draft.language,
            "fields": [name for name, *_ in report.content],
            "with_photo": report.photo_id is not None,
            "with_pin": bool(draft.pin),
            "expires_at": report.expires_at.isoformat(),
        },
    )
    return report


def _create(
    record: StudentRecord, draft: Draft, *, actor: User, now: datetime
) -> VerificationReport:
    content = draft_content(
        record, draft.fields, language=draft.language, latin_name=draft.latin_name
    )
    code = new_code()
    return VerificationReport.objects.create(
        record=record,
        identity=record.binding.identity,
        photo=photo_for(record, now=now) if draft.with_photo else None,
        purpose=draft.purpose,
        purpose_text=draft.purpose_text or None,
        receiver=draft.receiver,
        language=draft.language,
        content=content.as_json(),
        content_digest=content_digest(record, draft.fields),
        code=code,
        code_index=code_index(code),
        pin_hash=make_password(draft.pin) if draft.pin else "",
        issued_at=now,
        issued_by=actor.actor_label,
        expires_at=months_on(now, draft.months),
    )


@transaction.atomic
def extend_report(
    *, report: VerificationReport, months: int, actor: User, now: datetime
) -> VerificationReport:
    """Let the report last up to six months from now, also after it has ended."""
    StudentRecord.objects.select_for_update(of=("self",), no_key=True).get(pk=report.record_id)
    check_can_extend(actor, report, now=now)
    expires_at = months_on(now, _month_count(months))
    if expires_at <= report.expires_at:
        raise InvalidInputError("这样不会更长，请选更长的有效期", field="months")
    moved = VerificationReport.objects.filter(
        pk=report.pk, expires_at=report.expires_at, closed_at=None
    ).update(expires_at=expires_at, expiry_announced_at=None)
    if moved != 1:
        raise StaleStateError(_MOVED)
    audit.record(
        "report.extended",
        actor=actor,
        now=now,
        obj=report,
        subject=report.record,
        details={
            "before": report.expires_at.isoformat(),
            "after": expires_at.isoformat(),
        },
    )
    report.expires_at, report.expiry_announced_at = expires_at, None
    return report


@transaction.atomic
def close_report(
    *, report: VerificationReport, reason: str = "", actor: User, now: datetime
) -> VerificationReport:
    """End the report for good: its code shows from now on that it is closed, and nothing else.

    Staff give a reason, which the owner is told.
    """
    check_can_close(actor, report, now=now)
    is_owner = report.identity.user_id == actor.pk
    reason = reason.strip()
    if not is_owner and not reason:
        raise InvalidInputError("写清楚为什么关闭，学生会看到", field="reason")
    closed = VerificationReport.objects.filter(pk=report.pk, closed_at=None).update(
        closed_at=now, closed_by=actor.actor_label, close_reason=reason
    )
    if closed != 1:
        raise StaleStateError(_MOVED)
    report.closed_at, report.closed_by, report.close_reason = now, actor.actor_label, reason
    audit.record(
        "report.closed", actor=actor, now=now, obj=report, subject=report.record, reason=reason
    )
    if not is_owner:
        _tell_owner(report, now=now)
    return report


def _tell_owner(report: VerificationReport, *, now: datetime) -> None:
    for channel in (Channel.NOTICE, Channel.EMAIL):
        message = Message(
            key=f"report:{report.pk}:closed:{channel}",
            channel=channel,
            template="report_closed",
            user_id=report.identity.user_id,
            params={"report_id": report.pk, "closed_at": now.isoformat()},
            secret_params={"reason": report.close_reason},
        )
        outbox.queue(message, now=now)


def _check(draft: Draft, record: StudentRecord, *, now: datetime) -> None:
    """What a form checks too, for callers without one."""
    if draft.purpose == ReportPurpose.OTHER and not draft.purpose_text.strip():
        raise InvalidInputError("写一句做什么用", field="purpose_text")
    if len(draft.purpose_text) > PURPOSE_LONGEST:
        raise InvalidInputError(f"用途最多 {PURPOSE_LONGEST} 个字", field="purpose_text")
    if not draft.receiver.strip() or len(draft.receiver) > RECEIVER_LONGEST:
        raise InvalidInputError("填写报告交给谁，单位或学校的名称", field="receiver")
    _month_count(draft.months)
    if draft.with_photo and photo_for(record, now=now) is None:
        raise InvalidInputError("这份学籍还没有照片，不能在报告里放照片", field="fields")
    check_pin(draft.pin)
    if draft.language == ReportLanguage.EN:
        check_latin_name(draft.latin_name, record)


def _month_count(months: int) -> int:
    if months not in MONTHS:
        raise InvalidInputError("有效期从一个月到六个月", field="months")
    return months


def check_pin(pin: str) -> None:
    """Digits only, four to eight, not one repeated."""
    if not pin:
        return
    if not (pin.isascii() and pin.isdigit() and PIN_SHORTEST <= len(pin) <= PIN_LONGEST):
        raise InvalidInputError(f"PIN 用 {PIN_SHORTEST} 到 {PIN_LONGEST} 位数字", field="pin")
    if len(set(pin)) == 1:
        raise InvalidInputError("PIN 不要用同一个数字", field="pin")


def check_latin_name(latin: str, record: StudentRecord) -> None:
    """The spelling must read the record's name: an English report never renames anybody.

    Where papers decide (interpunct, Hong Kong, Macao, Taiwan, abroad) any Latin letters are taken;
    the name in the record stands beside them anyway.
    """
    if not latin.strip():
        raise InvalidInputError("填写姓名的拼写", field="latin_name")
    letters = "".join(c for c in latin if c not in " '’-.·")
    if len(latin) > LONGEST or not (letters.isascii() and letters.isalpha()):
        raise InvalidInputError("只用英文字母，可以有空格、短横和撇号", field="latin_name")
    if not needs_free_latin(record) and not is_reading_of(latin, record.name):
        raise InvalidInputError(
            "这个拼写和姓名的读音对不上。姓在前、名在后，ü 写作 YU，比如 LYU", field="latin_name"
        )
