"""The receipt of a locked verification as a PDF, for its student."""

from datetime import datetime
from typing import Final

from accounts.models import User
from common.errors import NotAllowedError
from common.ratelimit import Limit, hit
from common.wording import moment_field
from enrollment.selectors import record_value
from imaging.documents.receipt import PrintedPart, PrintedReceipt, render_receipt_pdf
from imaging.selectors import Part, Verification, has_receipt, receipt_digest
from imaging.selectors.classes import field_labels, reason_labels
from imaging.states import Conclusion, ConclusionKind, PhotoKind, ProxyWay

__all__ = ["locked_at", "make_receipt", "printed_receipt"]

RECEIPTS_PER_ACCOUNT: Final = Limit("receipt-account", 30, 3600)


def make_receipt(found: Verification, *, actor: User, now: datetime) -> bytes:
    """The PDF of a locked verification; NotAllowedError before. The same conclusions give the same bytes."""
    if not has_receipt(found):
        raise NotAllowedError("两项结论都锁定以后才有回执。")
    hit(RECEIPTS_PER_ACCOUNT, str(actor.pk), now=now)
    return render_receipt_pdf(printed_receipt(found))


def printed_receipt(found: Verification) -> PrintedReceipt:
    """What stands on the paper: the document number masked, no value of the record that was disputed."""
    record, digest = found.record, receipt_digest(found)
    is_disputed = any(part.state == Conclusion.INCORRECT for part in found.parts)
    return PrintedReceipt(
        school=record.school.name,
        campaign=found.campaign.title,
        number=digest[:12].upper(),
        rows=(
            ("校对批次", found.campaign.title),
            ("轮次", f"第 {found.round_no} 轮，{found.cause.label}"),
            ("回执编号", digest[:12].upper()),
            ("姓名", record.name),
            ("学号", record.student_no),
            ("证件号码", record_value(record, "id_number")),
        ),
        parts=tuple(_part(found, part) for part in found.parts),
        digest=digest,
        stamp="勘误" if is_disputed else "核讫",
        locked_at=locked_at(found),
        is_demo=record.school.is_demo,
    )


def locked_at(found: Verification) -> datetime:
    """When the last of the conclusions locked."""
    moments = [part.row.locks_at for part in found.parts if part.row and part.row.locks_at]
    return max(moments, default=found.member.closes_at)


def _part(found: Verification, part: Part) -> PrintedPart:
    title = "学籍信息"
    if part.kind == ConclusionKind.PHOTO:
        seen = part.row.seen_photo if part.row else None
        label = PhotoKind(found.campaign.profile.kind).label
        title = f"{label}，第 {seen.version_no} 版" if seen else f"{label}，没有照片"
    return PrintedPart(title=title, result=str(part.state.label), rows=tuple(_lines(found, part)))


def _lines(found: Verification, part: Part) -> list[tuple[str, str]]:
    row = part.row
    if row is None or part.is_tacit:
        until = moment_field(found.member.closes_at)
        return [("由谁给出", "到期没有提出有误，按正确算"), ("锁定", until)]
    lines = [("由谁给出", f"老师代录（{row.concluded_by}）" if row.is_proxy else "本人")]
    if row.is_proxy and row.reached_at:
        way = ProxyWay(row.proxy_way).label
        lines.append(("代录依据", f"{way}联系本人，{moment_field(row.reached_at)}"))
    if said := "、".join((*reason_labels(row.reasons), *field_labels(row.wrong_fields))):
        lines.append(("有误之处", said))
    if row.concluded_at and row.locks_at:
        lines.append(("提交", moment_field(row.concluded_at)))
        lines.append(("锁定", moment_field(row.locks_at)))
    return lines
