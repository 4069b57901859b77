"""What a student hands in with a conclusion, checked before anything is written."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from common.errors import InvalidInputError, StaleStateError
from common.evidence import CleanEvidence
from enrollment.models import StudentRecord
from enrollment.selectors import DISPUTABLE_FIELDS
from imaging.models import Campaign, PhotoVersion
from imaging.selectors.terms import photo_reason_words, reasons_offered
from imaging.states import (
    ConclusionAction,
    ConclusionKind,
    DataReason,
    PhotoReason,
    ProxyWay,
    contradiction,
)

__all__ = [
    "NOTE_LENGTH",
    "VALUE_LENGTH",
    "ProxyContact",
    "Seen",
    "Verdict",
    "check_seen",
    "check_terms",
    "checked",
    "contradiction_words",
    "photo_reasons",
    "proxy_values",
    "seen_of",
]

NOTE_LENGTH: Final = 500
VALUE_LENGTH: Final = 200
# What a student said longer ago was said about something else.
REACHED_WITHIN: Final = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What the page showed: the photo (None for none), the digest, the lock moment of what it replaces.

    `terms_no` are the campaign's rules and texts that stood there; None where no page was involved.
    """

    photo_id: int | None
    digest: str
    locks_at: datetime | None = None
    terms_no: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """One conclusion as handed in: 正确 (ACCEPT) or 有误 (DISPUTE) with its grounds."""

    action: ConclusionAction
    seen: Seen
    reasons: tuple[str, ...] = ()
    wrong_fields: tuple[str, ...] = ()
    proposed: Mapping[str, str] = field(default_factory=dict)
    note: str = ""
    evidence: CleanEvidence | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProxyContact:
    """How and when staff reached the student whose conclusion they enter, and why not the student."""

    way: ProxyWay
    reached_at: datetime
    reason: str

    def checked(self, *, now: datetime) -> "ProxyContact":
        """The same with a reason of decent length and a moment that has been."""
        reason = self.reason.strip()
        if not 0 < len(reason) <= NOTE_LENGTH:
            raise InvalidInputError(
                f"写明学生为什么不能自己核对，{NOTE_LENGTH} 字以内。", field="reason"
            )
        if not now - REACHED_WITHIN <= self.reached_at <= now:
            raise InvalidInputError(
                f"联系到学生的时间要在最近 {REACHED_WITHIN.days} 天里，不能晚于现在。",
                field="reached_at",
            )
        return ProxyContact(way=self.way, reached_at=self.reached_at, reason=reason)


def proxy_values(contact: ProxyContact | None) -> dict[str, Any]:
    """What a conclusion's row keeps of a contact; of none, that the student gave it."""
    return {
        "is_proxy": contact is not None,
        "proxy_way": contact.way if contact else "",
        "proxy_reason": contact.reason if contact else None,
        "reached_at": contact.reached_at if contact else None,
    }


def seen_of(
    record: StudentRecord,
    photo: PhotoVersion | None,
    kind: ConclusionKind,
    *,
    locks_at: datetime | None = None,
) -> Seen:
    """What a page that shows this record and photo has to carry for a conclusion of this kind."""
    if kind == ConclusionKind.DATA:
        return Seen(photo_id=None, digest=record.key_digest, locks_at=locks_at)
    return Seen(
        photo_id=photo.pk if photo else None, digest=record.identity_digest, locks_at=locks_at
    )


def photo_reasons(campaign: Campaign, *, has_photo: bool) -> list[PhotoReason]:
    """The grounds a student may choose from, in the office's order; without a photo that it is missing."""
    return reasons_offered(campaign, has_photo=has_photo)


def check_terms(verdict: Verdict, campaign: Campaign) -> None:
    """StaleStateError when the page showed rules or texts of the campaign that no longer hold."""
    shown = verdict.seen.terms_no
    if shown is not None and shown != campaign.terms_no:
        raise StaleStateError(
            "学校刚刚改了核对的规则或说明，刚才的结论没有提交。请看过新的说明再核对。"
        )


def contradiction_words(reasons: Collection[str], called: Mapping[str, str]) -> str:
    """Which of two chosen reasons that exclude each other to drop; empty when they go together.

    `called` is what each reason is called where it was chosen.
    """
    pair = contradiction(reasons)
    if pair is None:
        return ""
    one, other = (called[reason] for reason in pair)
    return (
        f"“{one}”和“{other}”不能同时选：照片里是你本人，就去掉“{one}”；"
        f"不是你本人，就去掉“{other}”。"
    )


def check_seen(
    verdict: Verdict, kind: ConclusionKind, *, record: StudentRecord, photo: PhotoVersion | None
) -> None:
    """StaleStateError when what was on the page is no longer what is there."""
    now_there = seen_of(record, photo, kind)
    if verdict.seen.photo_id != now_there.photo_id and kind == ConclusionKind.PHOTO:
        raise StaleStateError("照片刚刚换了新的一版，刚才的结论没有提交。请看过新照片再核对。")
    if verdict.seen.digest != now_there.digest:
        raise StaleStateError("学籍信息刚刚有改动，刚才的结论没有提交。请看过新信息再核对。")


def checked(
    verdict: Verdict, kind: ConclusionKind, *, campaign: Campaign, has_photo: bool
) -> Verdict:
    """The verdict with only what belongs to it, or InvalidInputError naming what is missing."""
    if verdict.action == ConclusionAction.WITHDRAW:
        raise InvalidInputError("请选择“正确”或“有误”。")
    if verdict.action == ConclusionAction.ACCEPT:
        if kind == ConclusionKind.PHOTO and not has_photo:
            raise InvalidInputError("还看不到照片，不能判为正确。", field="photo")
        if verdict.reasons or verdict.wrong_fields:
            raise InvalidInputError(
                "选了“正确”，又选了有误的原因，两样只能有一样。都对，就去掉原因；有错，就选“有误”。",
                field="photo" if kind == ConclusionKind.PHOTO else "info",
            )
        return Verdict(action=verdict.action, seen=verdict.seen)
    note = verdict.note.strip()
    if len(note) > NOTE_LENGTH:
        raise InvalidInputError(f"说明请写在 {NOTE_LENGTH} 字以内。", field="note")
    if kind == ConclusionKind.PHOTO:
        return _photo_dispute(verdict, note, campaign, has_photo=has_photo)
    return _data_dispute(verdict, note)


def _photo_dispute(verdict: Verdict, note: str, campaign: Campaign, *, has_photo: bool) -> Verdict:
    words = campaign.reason_words
    if not set(verdict.reasons) <= set(photo_reasons(campaign, has_photo=has_photo)):
        raise InvalidInputError("这个原因不能选，请重新选择。", field="photo_reasons")
    reasons = tuple(reason for reason in PhotoReason if reason in verdict.reasons)
    if not reasons:
        raise InvalidInputError("请选择照片有误的原因，至少一项。", field="photo_reasons")
    called = {reason.value: photo_reason_words(words, reason)[0] for reason in reasons}
    if said := contradiction_words(reasons, called):
        raise InvalidInputError(said, field="photo_reasons")
    if PhotoReason.OTHER in reasons and not note:
        other = photo_reason_words(words, PhotoReason.OTHER)[0]
        raise InvalidInputError(f"选了“{other}”，请写明照片哪里不对。", field="note")
    return Verdict(
        action=verdict.action,
        seen=verdict.seen,
        reasons=reasons,
        note=note,
        evidence=verdict.evidence,
    )


def _data_dispute(verdict: Verdict, note: str) -> Verdict:
    wrong = tuple(name for name in DISPUTABLE_FIELDS if name in set(verdict.wrong_fields))
    if len(wrong) != len(set(verdict.wrong_fields)):
        raise InvalidInputError("有一项不能在这里报错，请重新选择。", field="wrong_fields")
    reasons = set(verdict.reasons) - {DataReason.FIELD_WRONG}
    if wrong:
        reasons.add(DataReason.FIELD_WRONG)
    if not reasons or not reasons <= set(DataReason):
        raise InvalidInputError("请选择哪一项不对，至少一项。", field="wrong_fields")
    if DataReason.OTHER in reasons and not note:
        raise InvalidInputError("选了“其他”，请写明哪里不对。", field="note")
    return Verdict(
        action=verdict.action,
        seen=verdict.seen,
        reasons=tuple(reason for reason in DataReason if reason in reasons),
        wrong_fields=wrong,
        proposed=_right_values(verdict.proposed, wrong),
        note=note,
        evidence=verdict.evidence,
    )


def _right_values(given: Mapping[str, str], wrong: tuple[str, ...]) -> dict[str, str]:
    proposed = {name: value.strip() for name, value in given.items() if value.strip()}
    if foreign := set(proposed) - set(wrong):
        raise InvalidInputError("只能给有误的字段写正确内容。", field=f"proposed_{min(foreign)}")
    for name in wrong:
        label = DISPUTABLE_FIELDS[name]
        if not proposed.get(name):
            raise InvalidInputError(f"请填写{label}应该是什么。", field=f"proposed_{name}")
        if len(proposed[name]) > VALUE_LENGTH:
            raise InvalidInputError(
                f"{label}请写在 {VALUE_LENGTH} 字以内。", field=f"proposed_{name}"
            )
    return proposed
