"""What the sheet page says of a version: where it stands, who signed when, what comes next."""

from dataclasses import dataclass

from common.components import TimelineStep, Tone
from common.wording import moment_sentence
from corrections.models import ClassSheet, ProxySignature, SheetSignature
from corrections.selectors.lines import SheetLine
from corrections.selectors.versions import versions_of
from corrections.states import FROZEN_SHEETS, SIGNED_STEPS, SheetState
from enrollment.models import ClassGroup
from imaging.models import Campaign

_CHANGED = "已接收后有变化"
_TONES = {
    SheetState.DRAFT: Tone.TODO,
    SheetState.ACCEPTED: Tone.DONE,
    SheetState.RETURNED: Tone.BLOCKED,
    SheetState.STALE: Tone.BLOCKED,
    SheetState.WITHDRAWN: Tone.BLOCKED,
}
_PAST = frozenset({SheetState.RETURNED, SheetState.STALE, SheetState.WITHDRAWN})


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionRow:
    """One version in the list of all."""

    title: str
    note: str
    tone: Tone
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteRow:
    """One student with what was written beside the row."""

    member_id: int
    title: str
    result: str
    proxy: str
    is_pending: bool


def standing_label(sheet: ClassSheet, *, stale: bool) -> tuple[Tone, str]:
    """How the version is called: its state, or that what it printed has changed."""
    if stale and sheet.state == SheetState.ACCEPTED:
        return Tone.DISPUTED, _CHANGED
    if stale:
        return Tone.BLOCKED, SheetState.STALE.label
    return _TONES.get(SheetState(sheet.state), Tone.DUE), sheet.get_state_display()


def way_of(sheet: ClassSheet, *, stale: bool) -> list[TimelineStep]:
    """Each step that was signed with who and when, then those to come; none comes on stale paper."""
    signed = list(sheet.signatures.order_by("signed_at", "pk")) if sheet.pk else []
    steps = [
        TimelineStep(label=row.get_step_display(), state="done", note=_signed(row))
        for row in signed
    ]
    if stale:
        return [*steps, TimelineStep(label="定稿后有变化", state="broken", note="要另起一版")]
    if SheetState(sheet.state) in _PAST:
        return steps
    done = {row.step for row in signed}
    awaited = [step for step in SIGNED_STEPS[len(done) :] if step not in done]
    return steps + [
        TimelineStep(label=step.label, state="todo" if place else "now")
        for place, step in enumerate(awaited)
    ]


def signer_label(row: SheetSignature) -> str:
    """Who signed: name, role, and whose deputy."""
    who = row.signer_name or row.signed_by
    if not row.is_deputy:
        return f"{who}（{row.get_role_display()}）"
    of_whom = f"，代{row.deputy_for}" if row.deputy_for else ""
    return f"{who}（代理{row.get_role_display()}{of_whom}）"


def _signed(row: SheetSignature) -> str:
    words = [signer_label(row), moment_sentence(row.signed_at), row.note or ""]
    return "，".join(filter(None, words))


def version_rows(campaign: Campaign, class_group: ClassGroup) -> list[VersionRow]:
    """Every version, the newest first, with why the past ones ended."""
    return [
        VersionRow(
            title=f"第 {sheet.version_no} 版",
            note=_version_note(sheet),
            tone=_TONES.get(SheetState(sheet.state), Tone.DUE),
            label=sheet.get_state_display(),
        )
        for sheet in versions_of(campaign, class_group)
    ]


def _version_note(sheet: ClassSheet) -> str:
    words = []
    if sheet.frozen_at is not None:
        digits = sheet.content_hash[:12].upper()
        words.append(f"{moment_sentence(sheet.frozen_at)} 定稿，{sheet.row_count} 人")
        words.append(f"版本 {digits[:4]} {digits[4:8]} {digits[8:]}")
    if sheet.ended_at is not None:
        words.append(f"{moment_sentence(sheet.ended_at)} {sheet.get_state_display()}")
    if sheet.end_reason:
        words.append(f"原因：{sheet.end_reason}")
    return "；".join(words)


def return_reason(sheet: ClassSheet) -> str:
    """Why the version before this draft went back; empty when it did not."""
    if sheet.state != SheetState.DRAFT or sheet.version_no == 1:
        return ""
    before = versions_of(sheet.campaign, sheet.class_group).filter(version_no=sheet.version_no - 1)
    found = before.filter(state=SheetState.RETURNED).first()
    return (found.end_reason or "") if found else ""


def note_rows(sheet: ClassSheet, lines: list[SheetLine]) -> list[NoteRow]:
    """The students in the order of the sheet, each with remark and proxy signature."""
    proxies = (
        {row.member_id: row for row in ProxySignature.objects.filter(sheet=sheet)}
        if sheet.pk
        else {}
    )
    return [
        NoteRow(
            member_id=line.standing.found.member_id,
            title=f"{line.position}　{line.standing.found.name}",
            result=line.result,
            proxy=_proxy(proxies.get(line.standing.found.member_id)),
            is_pending=bool(line.standing.pending_parts),
        )
        for line in lines
    ]


def _proxy(row: ProxySignature | None) -> str:
    if row is None:
        return ""
    return f"{row.signer_name}代签，{row.get_way_display()}征得本人同意"


def is_frozen(sheet: ClassSheet) -> bool:
    """Whether the version has frozen its rows and is still in hand."""
    return SheetState(sheet.state) in FROZEN_SHEETS
