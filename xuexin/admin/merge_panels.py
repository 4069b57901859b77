"""Two accounts at the desk: side by side, what a plan would change, what stays behind."""

from collections.abc import Sequence
from datetime import datetime
from urllib.parse import urlencode

from django.urls import reverse

from accounts.models import User
from common.actors import SYSTEM
from common.admin import Cell, Panel, audit_panel, moment_text, rehearsal
from common.models import AuditEvent
from enrollment.models import PersonMerge, StudentRecord
from enrollment.selectors.merge import (
    MERGED_FIELDS,
    differences,
    likely_same,
    merges_of,
    names_differ,
    record_pairs,
    records_bound_to,
    side_by_side,
    values_left_behind,
)
from enrollment.services.merge import MergePlan, carry_out, reasons_not_to_part
from xuexin.admin.life_deeds import conclusions_of, memberships_of, photos_of

__all__ = [
    "account_panels",
    "case_panels",
    "likeness_panel",
    "merge_url",
    "merges_panel",
    "plan_panels",
    "two_accounts_panel",
    "undo_panel",
]


def merge_url(stays: User, goes: User | None = None) -> str:
    """The page that opens a case, with the accounts filled in."""
    query = {"stays": f"#{stays.pk}"} | ({"goes": f"#{goes.pk}"} if goes else {})
    return f"{reverse('admin:enrollment_personmerge_add')}?{urlencode(query)}"


def likeness_panel(user: User) -> Panel:
    """Accounts that may be the same person's, each with the way to merge."""
    return Panel.of(
        "可能是同一个人的别的账号",
        ("账号", "依据", "办理"),
        (
            (
                Cell(
                    text=each.user.contact_label,
                    url=reverse("admin:accounts_user_change", args=[each.user.pk]),
                ),
                "、".join(each.grounds),
                Cell(text="合并到这个账号", url=merge_url(user, each.user)),
            )
            for each in likely_same(user)
        ),
        empty="没有发现",
        more=Cell(text="和另一个账号合并", url=merge_url(user)),
    )


def merges_panel(user: User) -> Panel | None:
    """The cases about this account; None without any."""
    cases = list(merges_of(user))
    if not cases:
        return None
    return Panel.of(
        "合并过的账号",
        ("单号", "保留的账号", "停用的账号", "状态", "登记时间"),
        (
            (
                Cell(
                    text=case.case_no,
                    url=reverse("admin:enrollment_personmerge_change", args=[case.pk]),
                ),
                case.stays.contact_label,
                case.goes.contact_label,
                case.get_state_display(),
                moment_text(case.opened_at),
            )
            for case in cases
        ),
    )


def two_accounts_panel(stays: User, goes: User) -> Panel:
    """Two records found to be one stand on two accounts: the way to make those one too."""
    return Panel.of(
        "两条学籍绑定在两个账号上",
        ("账号", "办理"),
        [
            (_account(stays), Cell(text="合并到这个账号", url=merge_url(stays, goes))),
            (_account(goes), Cell(text="合并到这个账号", url=merge_url(goes, stays))),
        ],
        note="是同一个人：在合并里注销重复的学籍，两个账号一起办，不用先确认这一件。",
    )


def account_panels(stays: User, goes: User) -> list[Panel]:
    """Both sides as they are, and both their records with what hangs on them."""
    return [
        Panel.of(
            "两个账号",
            ("项目", "保留的账号", "停用的账号"),
            [
                ("账号", *(_account(user) for user in (stays, goes))),
                *side_by_side(stays, goes),
                ("注册时间", *(moment_text(user.date_joined) for user in (stays, goes))),
                ("最近登录", *(moment_text(user.last_login) for user in (stays, goes))),
            ],
            note="证件号码和联系方式打码；姓名不一样时显示全名，才选得出来。",
        ),
        _records(stays, goes),
        *(_pair(theirs, mine) for theirs, mine in record_pairs(stays, goes)),
    ]


def _account(user: User) -> Cell:
    return Cell(
        text=f"{user.contact_label}（编号 {user.pk}）",
        url=reverse("admin:accounts_user_change", args=[user.pk]),
    )


def _records(stays: User, goes: User) -> Panel:
    return Panel.of(
        "两边的学籍",
        ("账号", "学籍", "学校", "状态", "参加的批次", "已给的结论", "当前照片"),
        (
            (
                side,
                _record(record),
                record.school.name,
                record.get_enrollment_status_display(),
                memberships_of(record),
                conclusions_of(record),
                photos_of(record),
            )
            for side, user in (("保留的", stays), ("停用的", goes))
            for record in records_bound_to(user)
        ),
        empty="两边都没有绑定学籍",
        note="合并以后都绑定在保留的账号上；结论和照片跟着学籍走，不变。",
    )


def _record(record: StudentRecord) -> Cell:
    url = reverse("admin:enrollment_studentrecord_change", args=[record.pk])
    return Cell(text=record.student_no, url=url)


def _pair(theirs: StudentRecord, mine: StudentRecord) -> Panel:
    return Panel.of(
        f"学号 {mine.student_no} 和 {theirs.student_no}：不一样的地方",
        ("字段", f"{mine.student_no}（保留的账号）", f"{theirs.student_no}（停用的账号）"),
        ((each.label, each.stays, each.goes) for each in differences(theirs, mine)),
        empty="能选的字段都一样",
        note="同一个学校的两条：是同一次录取就注销一条，是两次录取就都保留。",
    )


def plan_panels(case: PersonMerge, plan: MergePlan, *, actor: User, now: datetime) -> list[Panel]:
    """What the plan would change, as the service itself does it; unchanged lines are left out."""
    before = side_by_side(case.stays, case.goes)
    are_two_names = names_differ(case.stays, case.goes)
    changes = _record_changes(plan)
    with rehearsal():
        rehearsed = PersonMerge.objects.select_related("stays", "goes").get(pk=case.pk)
        carry_out(rehearsed, plan=plan, proposer=SYSTEM, actor=actor, now=now)
        after = side_by_side(
            User.objects.get(pk=case.stays_id),
            User.objects.get(pk=case.goes_id),
            whole_names=are_two_names,
        )
    lines = [
        (label, here, _loud(here, then_here), there, _loud(there, then_there))
        for (label, here, there), (_, then_here, then_there) in zip(before, after, strict=True)
        if (here, there) != (then_here, then_there)
    ]
    return [
        Panel.of(
            "会改的地方",
            ("项目", "保留的账号：现在", "合并以后", "停用的账号：现在", "合并以后"),
            lines,
            note="只列出会变的。停用的账号退出所有设备，只能看说明；密码和两步验证都不转移。",
        ),
        Panel.of(
            "学籍里会改的",
            ("学籍", "内容", "现在", "改为"),
            changes,
            empty="不注销学籍，也不改内容",
        ),
        _left_behind(case),
    ]


def _loud(now: str, then: str) -> Cell:
    return Cell(text="不变") if now == then else Cell(text=then or "（空）", is_loud=True)


def _record_changes(plan: MergePlan) -> list[tuple[Cell, str, str, str]]:
    lines = []
    whole = StudentRecord.objects.select_related("school", "college", "major", "class_group")
    for choice in plan.records:
        cancelled, kept = whole.get(pk=choice.cancelled), whole.get(pk=choice.kept)
        lines.append(
            (
                _record(cancelled),
                "学籍状态",
                str(cancelled.get_enrollment_status_display()),
                f"按重复学籍注销，保留 {kept.student_no}",
            )
        )
        for each in differences(cancelled, kept):
            if each.name in choice.values:
                label = MERGED_FIELDS[each.name]
                lines.append((_record(kept), label, each.stays or "（空）", each.goes or "（空）"))
    return lines


def _left_behind(case: PersonMerge) -> Panel:
    return Panel.of(
        "留在停用账号里的",
        ("内容", "多少"),
        values_left_behind(case.goes),
        empty="没有",
        note="不删除，也不转移，需要时在那个账号里查。有效的验证报告跟着停用，本人在保留的账号里另开。",
    )


def undo_panel(case: PersonMerge) -> Panel:
    """What parting the two would move, and what speaks against it."""
    memo = case.memo or {"records": [], "pairs": [], "posts": [], "accounts": {"numbers": {}}}
    against = reasons_not_to_part(case)
    return Panel.of(
        "会恢复的",
        ("内容", "怎样"),
        [
            ("停用的账号", f"{case.goes.contact_label} 恢复使用，密码不变"),
            ("联系方式、姓名等", "两边都回到合并以前"),
            ("证件号码", f"转回 {len(memo['accounts']['numbers'].get('ended', []))} 个"),
            ("学籍", f"转回 {len(memo['records'])} 条"),
            ("注销的重复学籍", f"恢复 {len(memo['pairs'])} 条，改过的内容改回"),
            ("任职", f"恢复 {len(memo['posts'])} 项，从现在起"),
        ],
        note=f"现在不能拆开：{'；'.join(against)}。"
        if against
        else "没有依赖它的后续办理，可以拆开。",
    )


def case_panels(case: PersonMerge) -> Sequence[Panel]:
    """Everything about a case, in the order in which it is looked at."""
    events = AuditEvent.objects.filter(
        object_type="enrollment.personmerge", object_id=str(case.pk)
    ).exclude(action="merge.viewed")
    panels = account_panels(case.stays, case.goes)
    if case.memo is not None and case.undone_at is None:
        panels.append(undo_panel(case))
    elif case.memo is None:
        panels.append(_left_behind(case))
    return [*panels, audit_panel(events.order_by("pk"), title="办理过程")]
