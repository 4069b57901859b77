"""One verification in words: badges, stations and sentences, for the home page and its own page."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from common.components import FieldRow, TimelineStep, Tone
from common.wording import date_cn, local, moment_sentence, moment_short, until_sentence
from imaging.models import VerificationRound
from imaging.selectors import Part, Phase, Verification
from imaging.states import (
    Conclusion,
    ConclusionKind,
    PhotoMatter,
    ProxyWay,
    RoundCause,
    photo_matter,
)

__all__ = [
    "Badge",
    "PartLine",
    "again_title",
    "answerable",
    "badge_of",
    "is_wish",
    "part_lines",
    "proxy_words",
    "receipt_rows",
    "registered_words",
    "round_lines",
    "shared_moments",
    "stations",
    "waiting_words",
]

_AGAIN = {
    RoundCause.PHOTO_CHANGED: "照片换了，|请重新核对",
    RoundCause.DATA_CHANGED: "学籍信息有改动，|请重新核对",
    RoundCause.CORRECTED: "已经更正，|请再核对一次",
    RoundCause.REOPENED: "已重新开放，|请再核对一次",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Badge:
    """State as tone and word."""

    tone: Tone
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PartLine:
    """One of the two parts in a list."""

    title: str
    note: str
    badge: Badge


def again_title(verification: Verification) -> str:
    """The headline when something must be checked again, else empty."""
    cause = verification.again_because
    return _AGAIN[cause] if cause and verification.to_give else ""


def answerable(verification: Verification) -> str:
    """What the student answers for, said before the click (seeds 000, 002, 003, 004)."""
    name = verification.record.name
    if verification.campaign.counts_silence:
        return f"我是{name}本人，自己看过，对这个结论负责。判错了的后果由我承担。"
    return (
        f"我是{name}本人，自己看过，对这个结论负责。"
        "判错了，证书和学历注册会跟着错，更正要凭证明，重办证书的时间和后果由我承担。"
    )


def waiting_words(verification: Verification) -> tuple[str, str, str] | None:
    """Title, text and note while the photos of the cohort are not there (C-48), the same on every page."""
    if not verification.lacks_cohort_photos:
        return None
    campaign, until = verification.campaign, until_sentence(verification.closes_at)
    if verification.phase == Phase.MISSED:
        text = (
            f"{until} 截止时，你们学校的照片还没到，不算你没核对。"
            "教务处会另外定时间，定了会发消息给你。"
        )
        return "已截止，|照片还没到", text, ""
    if not verification.awaits_photos:
        return None
    capture_ends_at = campaign.capture_closes_at
    where = (
        f"{campaign.graduating_class} 届的照片还没到学校。"
        if capture_ends_at is None or capture_ends_at <= verification.now
        else f"{campaign.graduating_class} 届还在拍照，到 {until_sentence(capture_ends_at)} 为止，"
        "没拍的先去拍。"
    )
    text = f"{where}照片到了、公布以后，这里开放核对，也会发消息给你。"
    anyway = moment_sentence(verification.opens_anyway_at)
    note = (
        f"核对现在定在 {until} 截止；照片到得晚，由教务处延后。"
        f"照片一直没到，{anyway}也开放，可以先核对学籍信息。"
    )
    return "照片还没到，|先不用核对", text, note


def registered_words(verification: Verification) -> str:
    """When the conclusions were frozen, and by what."""
    found = verification.registered
    if found is None:
        return ""
    day, conferred = date_cn(local(found.at).date()), date_cn(found.conferred_date)
    return (
        f"{day}学校登记了你的学历（{found.outcome}，{conferred}）。照片和信息随证书登记，"
        "核对结论从那时起固定，以后换照片、改信息都不影响它。"
    )


def proxy_words(verification: Verification) -> list[str]:
    """What staff entered, how and when the student was reached, and why; one sentence for one call."""
    titles = {ConclusionKind.PHOTO: "照片", ConclusionKind.DATA: "信息"}
    calls: dict[tuple[str, str], list[str]] = {}
    for part in verification.parts:
        row = part.row
        if row is None or not part.is_given or not row.is_proxy or row.reached_at is None:
            continue
        how = (
            f"{moment_sentence(row.reached_at)}{ProxyWay(row.proxy_way).label}联系你，"
            f"原因是：{row.proxy_reason or '（已到期销毁）'}"
        )
        calls.setdefault((row.concluded_by, how), []).append(titles[part.kind])
    return [
        f"{'和'.join(parts)}的结论是老师（{by}）代你录入的。{how}"
        for (by, how), parts in calls.items()
    ]


def is_wish(part: Part) -> bool:
    """A 有误 that is only the wish for a retake: the photo is the student's own."""
    return (
        part.kind == ConclusionKind.PHOTO
        and part.state == Conclusion.INCORRECT
        and part.row is not None
        and photo_matter(part.row.reasons) is PhotoMatter.RETAKE
    )


def round_lines(rounds: Iterable[VerificationRound]) -> list[tuple[str, str]]:
    """Former rounds as title and note: why it was opened, what was concluded in it and went no further."""
    titles = {ConclusionKind.PHOTO: "照片", ConclusionKind.DATA: "信息"}
    return [
        (
            f"第 {each.round_no} 轮，{each.get_cause_display()}",
            "；".join(
                f"{titles[ConclusionKind(row.kind)]}{row.get_state_display()}"
                for row in each.conclusions.all()
            )
            or "结论带到了下一轮",
        )
        for each in rounds
    ]


def badge_of(part: Part) -> Badge:
    """The part's state in one place: tone and label."""
    if not part.is_valid:
        return Badge(tone=Tone.DUE, label="要重新核对")
    if not part.is_given:
        return Badge(tone=Tone.TODO, label=Conclusion.PENDING.label)
    by = "（代录）" if part.row is not None and part.row.is_proxy else ""
    word = "希望重拍" if is_wish(part) else f"{part.state.label}{by}"
    if part.is_open:
        return Badge(tone=Tone.DUE, label=f"{word}，未锁定")
    if part.is_tacit:
        return Badge(tone=Tone.LOCKED, label="没有提出有误，按正确算")
    tone = Tone.LOCKED if part.state == Conclusion.CORRECT else Tone.DISPUTED
    return Badge(tone=tone, label=f"{word}，已锁定")


def part_lines(verification: Verification, *, field_count: int) -> list[PartLine]:
    """Photo and data as two lines with their badges."""
    photo = verification.photo
    notes = {
        ConclusionKind.PHOTO: f"第 {photo.version_no} 版" if photo else "还没有照片",
        ConclusionKind.DATA: f"{field_count} 项",
    }
    titles = {ConclusionKind.PHOTO: "照片", ConclusionKind.DATA: "信息"}
    waived = PartLine(
        title="照片", note="这次不用交", badge=Badge(tone=Tone.DONE, label="免交照片")
    )
    return [
        *([waived] if verification.member.photo_waived_at is not None else []),
        *(
            PartLine(title=titles[part.kind], note=notes[part.kind], badge=badge_of(part))
            for part in verification.parts
        ),
    ]


def stations(verification: Verification) -> list[TimelineStep]:
    """The way from handing in to registration, with the present station marked."""
    rows = [part.row for part in verification.parts if part.is_given and part.row]
    given = max((row.concluded_at for row in rows if row.concluded_at), default=None)
    locks = max((row.locks_at for row in rows if row.locks_at), default=None)
    whole = not verification.to_give
    locked = whole and not verification.open_parts
    registered = verification.registered
    is_missed = verification.phase == Phase.MISSED or (registered is not None and not whole)
    is_disputed = locked and any(row.state == Conclusion.INCORRECT for row in rows)
    correcting = [TimelineStep(label="教务处勘误", state="now", note="办好以后，你再核对一次")]
    return [
        TimelineStep(
            label="你已提交" if whole else "没有提交" if is_missed else "你提交",
            state="done" if whole else "broken" if is_missed else "now",
            note=moment_short(given) if whole and given else _until(verification),
        ),
        TimelineStep(
            label="已锁定" if locked else "锁定",
            state="lock" if locked else "now" if whole else "todo",
            note=moment_short(locks) if whole and locks else _window(verification),
        ),
        *(correcting if is_disputed and registered is None else []),
        *_last_stations(verification, is_next=locked and not is_disputed),
    ]


def _last_stations(verification: Verification, *, is_next: bool) -> list[TimelineStep]:
    """What the school does with it: a freshman signs no sheet."""
    if verification.campaign.counts_silence:
        return [
            TimelineStep(
                label="用于新生学籍注册",
                state="now" if is_next else "todo",
                note="学校统一上报",
            )
        ]
    freeze = until_sentence(verification.member.sheet_freeze_at)
    if found := verification.registered:
        return [
            TimelineStep(label="班级交反馈表", state="done", note=f"{freeze} 定稿"),
            TimelineStep(
                label="已登记学历",
                state="lock",
                note=f"{date_cn(local(found.at).date())}，不能再改",
            ),
        ]
    return [
        TimelineStep(
            label="班级交反馈表",
            state="now" if is_next else "todo",
            note=f"{freeze} 定稿；你要在纸上签名",
        ),
        TimelineStep(label="用于学历注册", state="todo", note="学校统一上报"),
    ]


def _until(verification: Verification) -> str:
    until = until_sentence(verification.closes_at)
    is_over = verification.phase in {Phase.MISSED, Phase.REGISTERED}
    return f"{until} 已截止" if is_over else f"{until} 以前"


def _window(verification: Verification) -> str:
    hours = verification.campaign.window_hours
    return f"你提交 {hours} 小时以后" if hours else "你提交时"


def receipt_rows(verification: Verification, *, field_count: int) -> list[FieldRow]:
    """What a receipt says: who, what, when; no value of the record beyond name and number."""
    record, row = verification.record, verification.photo_part.row
    seen = row.seen_photo if row else None
    sizes = {
        ConclusionKind.PHOTO: f"，第 {seen.version_no} 版" if seen else "，没有照片",
        ConclusionKind.DATA: f"，{field_count} 项",
    }
    titles = {ConclusionKind.PHOTO: "照片", ConclusionKind.DATA: "信息"}
    together = bool(shared_moments(verification))
    return [
        FieldRow(label="姓名", value=record.name),
        FieldRow(label="学号", value=record.student_no, kind="student_no"),
        FieldRow(label="轮次", value=f"第 {verification.round_no} 轮，{verification.cause.label}"),
        *([FieldRow(label="照片", value="免交")] if verification.member.photo_waived_at else []),
        *(
            FieldRow(
                label=titles[part.kind],
                value=f"{_said(part)}{sizes[part.kind]}",
                note="" if together else _moments(part),
            )
            for part in verification.parts
        ),
    ]


def _said(part: Part) -> str:
    by = "（老师代录）" if part.row is not None and part.row.is_proxy else ""
    wish = "（是本人，希望重拍）" if is_wish(part) else ""
    return f"{part.state.label}{wish}{by}"


def shared_moments(verification: Verification) -> list[tuple[str, datetime]]:
    """When both parts were handed in and lock together, which is the rule; else each says its own."""
    given = {part.row.concluded_at for part in verification.parts if part.row}
    locks = {part.row.locks_at for part in verification.parts if part.row}
    if len(given) > 1 or len(locks) > 1:
        return []
    return [("提交", at) for at in given if at] + [("锁定", at) for at in locks if at]


def _moments(part: Part) -> str:
    if part.row is None or part.row.concluded_at is None or part.row.locks_at is None:
        return ""
    return f"{moment_short(part.row.concluded_at)} 提交，{moment_short(part.row.locks_at)} 锁定"
