"""The access ledger: who opened somebody's photo, number or proof, when and why, and what was erased.

Made from rows that the opening itself has written (`FileView`, `AuditEvent`) and from the proofs of
erasures. Names of staff are not shown: their office role, and the name under which they act for a class.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import F, Q, QuerySet, Value

from accounts.models import OfficeRole, User
from common.models import AuditEvent, FileView, PurgeProof
from enrollment.models import Assignment, StudentRecord

__all__ = ["LedgerEntry", "ledger_entries", "ledger_rows", "own_accesses"]

# The end of an action's name says that somebody looked at a person's data, or for the person.
_LOOKED = (".viewed", ".revealed", ".searched")
_WHAT = {
    "record.viewed": "学籍页面，号码打星号",
    "record.revealed": "完整证件号码",
    "correction.viewed": "勘误单，号码打星号",
    "correction.revealed": "勘误里的完整号码",
    "case.viewed": "你报告的有误和说明",
    "report.viewed": "验证报告的用途、公开的项目和查验记录",
    "entry.viewed": "照片的采集信息",
    "review.viewed": "当面核实的办理页面",
    "ticket.viewed": "采集号",
    "ownphoto.viewed": "自己交的照片和量到的数值",
    "capturevisit.viewed": "拍照报到时核对：打星号的姓名和号码",
    "captureabsence.viewed": "拍照请假的原因",
    "countervisit.viewed": "柜台核对页面：姓名、学号、打星号的号码、没办结的事",
    "printaddress.revealed": "照片收件人、电话、地址，交给采集单位寄照片",
    "printaddress.viewed": "照片收件信息，打星号",
    "capturecard.revealed": "纸质采集卡：姓名、学号",
    "identity.viewed": "实名信息，号码打星号",
    "identity.revealed": "完整姓名和证件号码",
    "number.searched": "按证件号码查找你",
    "provincepack.revealed": "勘误的原值和应为（有完整证件号码）和证明材料，用于报省里审批",
    "registration.revealed": "学籍信息（有完整证件号码）和毕业照片，用于学历登记",
    "user.viewed": "账号页面，联系方式打星号",
    "user.revealed": "邮箱和手机号",
}
_FILES = {
    "photo": "照片",
    "original": "照片的原始文件",
    "evidence": "证明材料",
    "review": "当面核实的材料",
}
_OWN = {
    "account.logged_in": "登录",
    "export.requested": "申请导出全部数据",
    "export.downloaded": "下载导出的数据",
}
_EVENT, _VIEW, _ERASED = "event", "view", "erased"


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerEntry:
    """One line: who opened what, when, why; or what was erased by which rule."""

    at: datetime
    who: str
    role: str
    what: str
    why: str
    is_erasure: bool = False
    digest: str = ""


def _record_ids(user: User) -> list[str]:
    mine = StudentRecord.objects.filter(binding__identity__user=user).order_by()
    return [str(pk) for pk in mine.values_list("pk", flat=True)]


def _events(user: User, records: list[str]) -> "QuerySet[AuditEvent]":
    looked = Q()
    for ending in _LOOKED:
        looked |= Q(action__endswith=ending)
    about = Q(subject_id__in=records)
    about |= Q(object_type="accounts.user", object_id=str(user.pk))
    identity = getattr(user, "identity", None)
    if identity is not None:
        about |= Q(object_type="accounts.declaredidentity", object_id=str(identity.pk))
    return AuditEvent.objects.filter(looked, about).exclude(actor_id=str(user.pk))


def ledger_rows(user: User) -> "QuerySet[Any]":
    """(source, key, moment) of everything that others opened and that was erased, the newest first.

    What the person opened is left out. A page of it becomes text with `ledger_entries`.
    """
    records = _record_ids(user)
    events = _events(user, records).annotate(source=Value(_EVENT), at=F("occurred_at"))
    views = (
        FileView.objects.filter(subject_id__in=records)
        .exclude(viewer_id=str(user.pk))
        .annotate(source=Value(_VIEW), at=F("viewed_at"))
    )
    erased = PurgeProof.objects.filter(
        Q(subject_id__in=records) | Q(owner_id=str(user.pk))
    ).annotate(source=Value(_ERASED), at=F("erased_at"))
    columns = ("source", "pk", "at")
    return (
        events.order_by()
        .values_list(*columns)
        .union(
            views.order_by().values_list(*columns),
            erased.order_by().values_list(*columns),
            all=True,
        )
        .order_by("-at", "source", "-pk")
    )


def ledger_entries(rows: Iterable[tuple[str, int, datetime]]) -> list[LedgerEntry]:
    """The chosen rows of `ledger_rows` as text, in their order."""
    chosen = list(rows)
    keys: dict[str, list[int]] = {_EVENT: [], _VIEW: [], _ERASED: []}
    for source, pk, _ in chosen:
        keys[source].append(pk)
    events = AuditEvent.objects.in_bulk(keys[_EVENT])
    views = FileView.objects.select_related("file").defer("file__original_name")
    seen = views.in_bulk(keys[_VIEW])
    erased = PurgeProof.objects.in_bulk(keys[_ERASED])
    names = _Names(
        [event.actor_id for event in events.values()] + [view.viewer_id for view in seen.values()]
    )
    found = []
    for source, pk, _ in chosen:
        if source == _EVENT:
            found.append(_of_event(events[pk], names))
        elif source == _VIEW:
            found.append(_of_view(seen[pk], names))
        else:
            found.append(_of_proof(erased[pk]))
    return found


def _of_event(event: AuditEvent, names: "_Names") -> LedgerEntry:
    role, name = names.at(event.actor_id, event.actor_label, event.occurred_at)
    return LedgerEntry(
        at=event.occurred_at,
        who=f"{role}{name}",
        role=role,
        what=_WHAT.get(event.action, "你的资料"),
        why=event.reason or _where(event) or "办理业务",
    )


def _where(event: AuditEvent) -> str:
    """Somebody who looks for a number gives no reason; the list says what it was looked for in."""
    place = event.details.get("列表") if event.action == "number.searched" else None
    return f"在“{place}”里查找" if place else ""


def _of_view(view: FileView, names: "_Names") -> LedgerEntry:
    role, name = names.at(view.viewer_id, view.viewer_label, view.viewed_at)
    return LedgerEntry(
        at=view.viewed_at,
        who=f"{role}{name}",
        role=role,
        what=_FILES.get(view.file.kind, "文件"),
        why=view.purpose,
    )


def _of_proof(proof: PurgeProof) -> LedgerEntry:
    return LedgerEntry(
        at=proof.erased_at,
        who=proof.erased_by,
        role=proof.erased_by,
        what=f"销毁：{proof.kind}",
        why=proof.rule,
        is_erasure=True,
        digest=proof.sha256,
    )


class _Names:
    """What people were at a moment: office role, or role in a class with the name used there."""

    def __init__(self, actor_ids: Iterable[str]) -> None:
        people = {int(each) for each in actor_ids if each.isdigit()}
        self._offices: dict[str, list[OfficeRole]] = {}
        self._classes: dict[str, list[Assignment]] = {}
        for office in OfficeRole.objects.filter(user__in=people).order_by("granted_at"):
            self._offices.setdefault(str(office.user_id), []).append(office)
        for held in Assignment.objects.filter(user__in=people).order_by("starts_at"):
            self._classes.setdefault(str(held.user_id), []).append(held)

    def at(self, actor_id: str, label: str, moment: datetime) -> tuple[str, str]:
        """The role at the moment, and the name that goes with it; the label alone for the system."""
        if not actor_id:
            return label, ""
        for office in self._offices.get(actor_id, ()):
            if office.granted_at <= moment and not (office.ended_at and office.ended_at <= moment):
                return str(office.get_role_display()), f"（{label}）"
        for held in self._classes.get(actor_id, ()):
            if held.starts_at <= moment and not (held.ends_at and held.ends_at <= moment):
                name = f" {held.display_name}" if held.display_name else f"（{label}）"
                return str(held.get_role_display()), name
        return "学校工作人员", f"（{label}）"


def own_accesses(user: User, *, limit: int = 20) -> list[LedgerEntry]:
    """What the person did alone, the newest first: shown apart, so that it hides nobody else's look."""
    rows = AuditEvent.objects.filter(actor_id=str(user.pk), action__in=_OWN).order_by("-pk")
    return [
        LedgerEntry(at=row.occurred_at, who="你自己", role="本人", what=_OWN[row.action], why="")
        for row in rows[:limit]
    ]
