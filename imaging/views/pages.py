"""The pages of a verification: contexts made of what is there, no rules."""

from collections.abc import Collection
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.module_loading import import_string

from common.components import ActionButton, FieldRow
from common.http import AuthedRequest
from common.pagetexts import page_lines
from common.policy import allowed
from enrollment.selectors import ShownField, record_fields, record_value
from imaging.forms import ChoiceForm, FillForm, PickForm
from imaging.policies import check_can_withdraw
from imaging.selectors import (
    Phase,
    Verification,
    former_rounds,
    has_receipt,
    open_reopen_of,
    receipt_digest,
    receipt_no,
)
from imaging.selectors.terms import ShownTexts, shown_texts
from imaging.services.verdicts import photo_reasons
from imaging.states import (
    Conclusion,
    ConclusionKind,
    PhotoKind,
    PhotoReason,
    RoundCause,
    lock_moment,
)
from imaging.views.shown import portrait
from imaging.views.sight import seal_sight
from imaging.views.status import (
    again_title,
    answerable,
    badge_of,
    is_wish,
    part_lines,
    proxy_words,
    receipt_rows,
    registered_words,
    round_lines,
    shared_moments,
    stations,
    waiting_words,
)

__all__ = [
    "choose_page",
    "confirm_page",
    "fill_page",
    "pick_page",
    "questions",
    "status_page",
    "waiting_page",
]

PHOTO, DATA = ConclusionKind.PHOTO, ConclusionKind.DATA
_PHOTO_QUESTION = "{label}是你本人，清楚、完整吗？"
_NO_PHOTO_QUESTION = "拍过照，却看不到照片？"


def questions(found: Verification, *, is_change: bool) -> dict[str, Any]:
    """Which parts are asked, and how: what is missing, and for a change also what is not locked."""
    asked = set(found.to_give) if found.is_open else set()
    if is_change:
        asked |= set(found.open_parts)
    kinds = {part.kind for part in asked}
    label = PhotoKind(found.campaign.profile.kind).label
    ask_photo = _PHOTO_QUESTION.format(label=label) if found.photo else _NO_PHOTO_QUESTION
    return {
        "photo": ask_photo if PHOTO in kinds else "",
        "fields": f"上面 {len(record_fields(found.record))} 项都对吗？" if DATA in kinds else "",
        "has_photo": found.photo is not None,
    }


def _grouped(fields: Collection[ShownField]) -> list[tuple[str, list[FieldRow]]]:
    groups: dict[str, list[FieldRow]] = {}
    for field in fields:
        groups.setdefault(field.group, []).append(field.row)
    return list(groups.items())


def _photos(found: Verification) -> dict[str, Any]:
    compared = found.photos.get(PhotoKind.ADMISSION)
    is_compared = found.campaign.profile.kind == PhotoKind.GRADUATION
    return {
        "photo": portrait(found.shown_photo),
        "compared": portrait(compared, compared=True) if is_compared else None,
        "is_compared": is_compared,
    }


def round_words(found: Verification) -> str:
    """Which round, and why it was opened where it is not the first."""
    why = "" if found.cause == RoundCause.FIRST else f"，{found.cause.label}"
    return f"第 {found.round_no} 轮{why}"


def choose_page(
    request: AuthedRequest,
    found: Verification,
    *,
    is_change: bool,
    form: ChoiceForm | None = None,
) -> HttpResponse:
    """Photo and data with a question under each that has no final answer."""
    fields = record_fields(found.record)
    if form is None:
        form = ChoiceForm(
            initial={"seen": seal_sight(found, is_change=is_change)},
            **questions(found, is_change=is_change),
        )
    texts = _texts(found)
    context = {
        "found": found,
        "form": form,
        "silence": texts.silence,
        "help": texts.help,
        "asks_photo": PHOTO in found.member.asked,
        "is_change": is_change,
        "again": again_title(found).replace("|", ""),
        "round": round_words(found),
        "retake": PhotoReason.WANTS_RETAKE
        in photo_reasons(found.campaign, has_photo=found.photo is not None),
        "groups": _grouped(fields),
        "field_count": f"{len(fields)} 项",
        "photo_badge": badge_of(found.photo_part),
        "data_badge": badge_of(found.data),
        "looks": page_lines("page_verify", campaign=found.campaign.title),
        **_photos(found),
    }
    return render(request, "imaging/verify_choose.html", context)


def waiting_page(request: AuthedRequest, found: Verification) -> HttpResponse:
    """The photos of the cohort are not there: why there is nothing to conclude, and the data to read."""
    title, lead, note = waiting_words(found) or ("", "", "")
    fields = record_fields(found.record)
    context = {
        "found": found,
        "title": title.replace("|", ""),
        "lead": lead,
        "note": note,
        "round": round_words(found),
        "groups": _grouped(fields),
        "field_count": f"{len(fields)} 项",
        "steps": stations(found),
    }
    return render(request, "imaging/verify_waiting.html", context)


def confirm_page(
    request: AuthedRequest,
    found: Verification,
    *,
    chosen: Collection[ConclusionKind],
    carried: dict[str, str],
) -> HttpResponse:
    """Name, masked number, the photo, what it is for, and when it will lock."""
    labels = {PHOTO: "照片正确", DATA: "信息正确"}
    said = [labels[kind] for kind in (PHOTO, DATA) if kind in chosen]
    campaign = found.campaign
    context = {
        "found": found,
        "title": "两项都正确，确认提交吗" if len(said) > 1 else f"{said[0]}，确认提交吗",
        "said": said,
        "photo": portrait(found.photo) if PHOTO in chosen else None,
        "number": record_value(found.record, "id_number"),
        "usage": _texts(found).usage if PHOTO in chosen else "",
        "locks_at": lock_moment(
            found.now, window=campaign.window, freeze_at=found.member.sheet_freeze_at
        ),
        "answerable": answerable(found),
        "round": round_words(found),
        "is_final": _is_final(found),
        "carried": carried,
    }
    return render(request, "imaging/verify_confirm.html", context)


def _texts(found: Verification) -> ShownTexts:
    return shown_texts(
        found.member, school_name=found.record.school.name, closes_at=found.closes_at
    )


def _is_final(found: Verification) -> bool:
    """Whether what is handed in now locks at once."""
    return found.campaign.window_hours == 0 or found.member.sheet_freeze_at <= found.now


def pick_page(request: AuthedRequest, found: Verification, form: PickForm) -> HttpResponse:
    """First step of 有误: what is wrong."""
    context = {"found": found, "form": form, "steps": stations(found), **_also(form)}
    return render(request, "imaging/verify_pick.html", context)


def fill_page(request: AuthedRequest, found: Verification, form: FillForm) -> HttpResponse:
    """Second step of 有误: what is right, with a note and a proof."""
    rights = [
        (form[f"proposed_{name}"], record_value(found.record, name, whole_number=True) or "（空）")
        for name in form.picked_fields()
    ]
    context = {
        "found": found,
        "form": form,
        "rights": rights,
        "steps": stations(found),
        "is_final": _is_final(found),
        "is_missing": form.disputes("photo") and found.photo is None,
        "answerable": answerable(found),
        "told": import_string(settings.DISPUTE_RULES)(
            found.record,
            form.picked_fields(),
            is_data=form.disputes("info"),
            is_photo=form.disputes("photo"),
            now=found.now,
        ),
        **_also(form),
    }
    return render(request, "imaging/verify_fill.html", context)


def _also(form: PickForm) -> dict[str, str]:
    """The part that is handed in as right together with the wrong one."""
    for name, label in (("photo", "照片正确"), ("info", "信息正确")):
        if str(form[name].value() or "") == Conclusion.CORRECT:
            return {"also": label}
    return {"also": ""}


_HEADS = {
    Phase.COMING: ("还没开始核对", "到时候再来，这里会告诉你看什么。"),
    Phase.MISSED: ("已截止，没有核对", "你没有在截止以前给出全部结论，请联系辅导员或教务处。"),
    Phase.PROVISIONAL: ("已提交，还没锁定", "你不用再做什么。想改，现在还可以。"),
    Phase.CLOSED: ("已锁定，核对完成", ""),
    Phase.DISPUTED: ("有误，已锁定", "有误的部分转给学校办理，进度在“勘误”里看。"),
    Phase.REGISTERED: ("已登记学历，不能再改", ""),
}
_WISH = ("希望重拍，已锁定", "照片是你本人。能不能重拍由教务处决定，进度在“勘误”里看。")


def status_page(request: AuthedRequest, found: Verification) -> HttpResponse:
    """How it stands: not begun, missed, provisional with the clock, or locked with the receipt."""
    count = len(record_fields(found.record))
    title, lead = _head(found)
    last = max(
        (part.row for part in found.open_parts if part.row and part.row.locks_at),
        key=lambda row: row.locks_at or found.now,
        default=None,
    )
    may_withdraw = bool(found.open_parts) and all(
        part.row is not None
        and allowed(check_can_withdraw, request.user, part.row, member=found.member, now=found.now)
        for part in found.open_parts
    )
    context = {
        "found": found,
        "title": title,
        "lead": lead,
        "now": found.now,
        "lines": part_lines(found, field_count=count),
        "steps": stations(found),
        "clock": last,
        "seen": seal_sight(found, is_change=True) if may_withdraw else "",
        "change": ActionButton(
            label="不撤回，直接修改",
            url=f"{reverse('imaging:verify_record', args=[found.record.pk])}?change=1",
            tone="link",
        ),
        "round": round_words(found),
        "registered": registered_words(found),
        "former": round_lines(former_rounds(found.member)) if found.round_no > 1 else [],
        "proxied": proxy_words(found),
        "is_locked": has_receipt(found),
        **(_receipt(found, count) if has_receipt(found) else {}),
        **_photos(found),
    }
    return render(request, "imaging/verify_status.html", context)


def _head(found: Verification) -> tuple[str, str]:
    """Title and lead of how it stands."""
    if any(part.is_tacit for part in found.parts):
        return "已截止，按正确算", "你没有在截止以前提出有误，学籍信息按正确算。"
    if (waiting := waiting_words(found)) is not None:
        return waiting[0].replace("|", ""), waiting[1]
    if found.phase == Phase.DISPUTED and _is_only_wish(found):
        return _WISH
    return _HEADS[found.phase]


def _is_only_wish(found: Verification) -> bool:
    wrong = [part for part in found.parts if part.state == Conclusion.INCORRECT]
    return bool(wrong) and all(is_wish(part) for part in wrong)


def _receipt(found: Verification, count: int) -> dict[str, Any]:
    is_disputed = any(part.state == Conclusion.INCORRECT for part in found.parts)
    may_reopen = found.registered is None
    return {
        "is_disputed": is_disputed,
        "receipt": receipt_rows(found, field_count=count),
        "moments": shared_moments(found),
        "receipt_no": receipt_no(found),
        "digest": receipt_digest(found),
        "may_reopen": may_reopen,
        "reopen": open_reopen_of(found.member) if may_reopen else None,
    }
