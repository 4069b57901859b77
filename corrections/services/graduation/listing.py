"""What a round is made of: its items and its students, and the round that follows from it."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

from django.db import IntegrityError, transaction

from accounts.models import User
from common import audit as trail
from common.errors import InvalidInputError, NotAllowedError, StaleStateError
from common.rehearsal import REHEARSAL_MARK
from corrections.models import AuditedStudent, AuditItem, GraduationAudit, ItemMark
from corrections.policies.graduation import check_can_change_list, check_is_office
from corrections.services.graduation.words import short_text
from corrections.states.graduation import (
    SECOND_ROUND,
    AuditOutcome,
    AuditState,
    ItemSource,
    ItemState,
)
from enrollment.models import School, StudentRecord
from enrollment.selectors import has_status
from enrollment.states import ENROLLED
from imaging.models import Campaign

__all__ = [
    "DEFAULT_ITEMS",
    "NewItem",
    "add_item",
    "create_audit",
    "draw_students",
    "held_audit",
    "next_round",
    "remove_item",
]

_CHUNK: Final = 500
_STALE: Final = "这次审核刚刚有了变化，请刷新后再看。"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewItem:
    """One line of a checklist as the office writes it."""

    title: str
    source: ItemSource
    ask_whom: str
    is_required: bool = True
    otherwise: AuditOutcome = AuditOutcome.COMPLETE


# What schools ask for in practice; a round begins with these, and the office changes them.
DEFAULT_ITEMS: Final = (
    NewItem(title="学分", source=ItemSource.IMPORT, ask_whom="学院教学秘书"),
    NewItem(title="必修课程", source=ItemSource.IMPORT, ask_whom="学院教学秘书"),
    NewItem(
        title="毕业论文（设计）",
        source=ItemSource.IMPORT,
        ask_whom="指导教师、学院教学秘书",
    ),
    NewItem(title="体质健康测试", source=ItemSource.IMPORT, ask_whom="体育部"),
    NewItem(
        title="学费",
        source=ItemSource.IMPORT,
        ask_whom="财务处",
        otherwise=AuditOutcome.DEFER,
    ),
    NewItem(
        title="处分",
        source=ItemSource.SANCTIONS,
        ask_whom="辅导员",
        otherwise=AuditOutcome.DEFER,
    ),
    NewItem(
        title="毕业照片核对",
        source=ItemSource.PHOTO,
        ask_whom="辅导员",
        otherwise=AuditOutcome.DEFER,
    ),
    NewItem(
        title="学籍信息核对",
        source=ItemSource.DATA,
        ask_whom="辅导员",
        otherwise=AuditOutcome.DEFER,
    ),
    NewItem(
        title="学历登记",
        source=ItemSource.REGISTRATION,
        ask_whom="教务处学籍科",
        is_required=False,
    ),
)


@transaction.atomic
def create_audit(
    *,
    school: School,
    graduating_class: int,
    title: str,
    confirm_until: datetime,
    campaign: Campaign | None = None,
    items: Sequence[NewItem] = DEFAULT_ITEMS,
    actor: User,
    now: datetime,
) -> GraduationAudit:
    """The first round of a cohort, with its checklist; nobody is on the list yet."""
    check_is_office(actor)
    if confirm_until <= now:
        raise InvalidInputError("学生核对截止要晚于现在。", field="confirm_until")
    if title.strip().startswith(REHEARSAL_MARK) and not school.is_demo:
        message = f"名称不能以{REHEARSAL_MARK}开头，不然通知发不出去。"
        raise InvalidInputError(message, field="title")
    if campaign is not None and not campaign.schools.filter(pk=school.pk).exists():
        raise InvalidInputError("这所学校不在这个校对批次里。", field="campaign")
    made = _create(
        school=school,
        graduating_class=graduating_class,
        round_no=1,
        title=short_text(title, field="title", most=100, message="写上名称。"),
        campaign=campaign,
        confirm_until=confirm_until,
        actor=actor,
        now=now,
    )
    AuditItem.objects.bulk_create(
        AuditItem(audit=made, position=number, **asdict(item))
        for number, item in enumerate(items, start=1)
    )
    return made


def _create(*, actor: User, now: datetime, **values: Any) -> GraduationAudit:
    try:
        with transaction.atomic():
            made = GraduationAudit.objects.create(
                created_at=now, created_by=actor.actor_label, **values
            )
    except IntegrityError as error:
        raise InvalidInputError("这一届的这一轮审核已经建立。") from error
    trail.record(
        "graduationaudit.created",
        actor=actor,
        now=now,
        obj=made,
        details={"graduating_class": made.graduating_class, "round_no": made.round_no},
    )
    return made


@transaction.atomic
def draw_students(*, audit: GraduationAudit, actor: User, now: datetime) -> int:
    """Put everybody of the cohort who is enrolled and not yet there on the list; returns how many."""
    audit = held_audit(audit)
    check_can_change_list(actor, audit)
    if audit.round_no > 1:
        raise NotAllowedError("第二轮以后的名单来自上一轮，不能再从名册列入。")
    records = StudentRecord.objects.filter(
        has_status(ENROLLED, now=now),
        school=audit.school,
        graduating_class=audit.graduating_class,
        duplicate_of=None,
    ).exclude(audited__audit=audit)
    pairs = records.order_by("pk").values_list("pk", "college")
    made = AuditedStudent.objects.bulk_create(
        [
            AuditedStudent(
                audit=audit,
                record_id=record,
                college_id=college,
                added_at=now,
                added_by=actor.actor_label,
            )
            for record, college in pairs
        ],
        batch_size=_CHUNK,
    )
    trail.record(
        "graduationaudit.drawn", actor=actor, now=now, obj=audit, details={"count": len(made)}
    )
    return len(made)


@transaction.atomic
def add_item(*, audit: GraduationAudit, new: NewItem, actor: User, now: datetime) -> AuditItem:
    """One more line; only before students have been asked."""
    audit = held_audit(audit)
    _check_in_preparation(actor, audit)
    title = short_text(new.title, field="title", most=50, message="写上项目的名称。")
    ask = short_text(new.ask_whom, field="ask_whom", most=100, message="写上有疑问问谁。")
    if new.otherwise not in SECOND_ROUND:
        raise InvalidInputError("没达到时，只能是结业或暂缓。", field="otherwise")
    last = audit.items.order_by("-position").values_list("position", flat=True).first() or 0
    try:
        with transaction.atomic():
            item = AuditItem.objects.create(
                audit=audit,
                position=last + 1,
                **{**asdict(new), "title": title, "ask_whom": ask},
            )
    except IntegrityError as error:
        raise InvalidInputError(
            "已有同名的项目，或者这一种项目已经有了。", field="title"
        ) from error
    trail.record(
        "graduationaudit.item_added", actor=actor, now=now, obj=audit, details={"item": title}
    )
    return item


@transaction.atomic
def remove_item(*, item: AuditItem, actor: User, now: datetime) -> None:
    """A line less; only before students have been asked."""
    audit = held_audit(item.audit)
    _check_in_preparation(actor, audit)
    if item.marks.exists() or item.result_rows.exists():
        raise NotAllowedError("这个项目已经导入过结果，先撤销或放弃那份名单。")
    if not AuditItem.objects.filter(pk=item.pk).delete()[0]:
        raise StaleStateError(_STALE)
    trail.record(
        "graduationaudit.item_removed",
        actor=actor,
        now=now,
        obj=audit,
        details={"item": item.title},
    )


def _check_in_preparation(actor: User, audit: GraduationAudit) -> None:
    check_is_office(actor)
    if audit.state != AuditState.DRAFT:
        raise NotAllowedError("审核已经开始，项目不能再改。")


@transaction.atomic
def next_round(
    *, audit: GraduationAudit, confirm_until: datetime, actor: User, now: datetime
) -> GraduationAudit:
    """A new round for those who did not pass or were put off, with the same items and what was met."""
    check_is_office(actor)
    if audit.state != AuditState.CLOSED:
        raise NotAllowedError("先归档这一轮，再建下一轮。")
    if confirm_until <= now:
        raise InvalidInputError("学生核对截止要晚于现在。", field="confirm_until")
    students = list(audit.students.filter(decided__in=SECOND_ROUND).order_by("pk"))
    if not students:
        raise NotAllowedError("这一轮没有结业或暂缓的学生，不用再审。")
    made = _create(
        school=audit.school,
        graduating_class=audit.graduating_class,
        round_no=audit.round_no + 1,
        title=audit.title,
        campaign=audit.campaign,
        confirm_until=confirm_until,
        actor=actor,
        now=now,
    )
    _carry_over(audit, made, students, actor=actor, now=now)
    return made


def _carry_over(
    audit: GraduationAudit,
    made: GraduationAudit,
    students: list[AuditedStudent],
    *,
    actor: User,
    now: datetime,
) -> None:
    label = actor.actor_label
    items: dict[int, AuditItem] = {}
    for item in audit.items.order_by("position", "pk"):
        former, item.pk, item.audit = item.pk, None, made
        item._state.adding = True  # noqa: SLF001 -- Django's documented way to copy a row
        item.save(force_insert=True)
        items[former] = item
    rows = AuditedStudent.objects.bulk_create(
        [
            AuditedStudent(
                audit=made,
                record_id=student.record_id,
                college_id=student.college_id,
                added_at=now,
                added_by=label,
            )
            for student in students
        ],
        batch_size=_CHUNK,
    )
    whose = {old.pk: new for old, new in zip(students, rows, strict=True)}
    met = ItemMark.objects.filter(student__in=students, state=ItemState.MET)
    ItemMark.objects.bulk_create(
        [
            ItemMark(
                student=whose[mark.student_id],
                item=items[mark.item_id],
                state=mark.state,
                note=mark.note,
                set_at=now,
                set_by=label,
            )
            for mark in met.order_by("pk")
        ],
        batch_size=_CHUNK,
    )


def held_audit(audit: GraduationAudit) -> GraduationAudit:
    """The round as it is, kept still until the transaction ends."""
    return GraduationAudit.objects.select_for_update(of=("self",)).get(pk=audit.pk)
