"""What the desk sees beside a rescue case: masked, side by side."""

from collections.abc import Sequence
from urllib.parse import urlencode

from django.contrib import admin
from django.urls import reverse

from accounts.models import DeclaredIdentity, IdentityNumber
from accounts.selectors import declared_number_of, identity_of
from common.admin import Cell, Panel, ReadonlyAdmin, moment, moment_text
from common.masking import MaskKind, mask
from enrollment.models import RescueAlert, RescueCase, RescueEvidence, RescueStep, StudentRecord
from enrollment.selectors import FIELD_LABELS, reasons_to_keep, records_at_stake, rivals_of
from enrollment.states import APPROVED_RESCUES

__all__ = ["case_panels", "hand_over_panel", "undo_panel"]

_OUTCOMES = {True: "一致", False: "不一致", None: "名册没有，比不了"}


def case_panels(case: RescueCase) -> Sequence[Panel]:
    """Everything about a case, in the order in which it is looked at."""
    return [
        _sides(case),
        _facts(case),
        _photos(case),
        hand_over_panel(case),
        _rivals(case),
        _alerts(case),
        _steps(case),
    ]


def _sides(case: RescueCase) -> Panel:
    """Both accounts, masked by the one mask."""
    theirs = identity_of(case.holder) if case.holder else None
    mine = case.identity
    number = case.number
    held = (
        theirs.numbers.filter(number_index=number.number_index).first() if theirs else None
    ) or (declared_number_of(theirs) if theirs else None)
    same = "" if theirs is None else ("一致" if theirs.name_key == mine.name_key else "不同")
    return Panel.of(
        "两个账号",
        ("项目", "申请人的账号", "现登记的账号"),
        [
            ("姓名", *(_name(side) for side in (mine, theirs))),
            ("姓名一致吗", "", same),
            ("证件", _number(number), _number(held)),
            ("号码来源", number.get_source_display(), held.get_source_display() if held else ""),
            ("登录名", *(_contact(side) for side in (mine, theirs))),
            ("注册时间", *(_joined(side) for side in (mine, theirs))),
            (
                "实名时间",
                *(moment_text(side.declared_at if side else None) for side in (mine, theirs)),
            ),
            ("最近登录", *(_seen(side) for side in (mine, theirs))),
            ("绑定的学籍", *(_bound(side) for side in (mine, theirs))),
        ],
        note="没有现登记的账号时，右边是空的。申请人不知道有没有。",
        more=_merge_link(case),
    )


def _merge_link(case: RescueCase) -> Cell | None:
    """The number stayed where it was: that both accounts are one person's can still be put right."""
    if case.holder is None or case.is_waiting or case.state in APPROVED_RESCUES:
        return None
    query = urlencode({"stays": f"#{case.holder_id}", "goes": f"#{case.identity.user_id}"})
    url = f"{reverse('admin:enrollment_personmerge_add')}?{query}"
    return Cell(text="两个账号是同一个人的：合并", url=url)


def _name(side: DeclaredIdentity | None) -> str:
    return mask(side.name, MaskKind.NAME) if side else ""


def _number(row: IdentityNumber | None) -> str:
    if row is None:
        return ""
    return f"{row.get_id_type_display()} {mask(row.number, MaskKind.DOCUMENT_NO)}"


def _contact(side: DeclaredIdentity | None) -> Cell | str:
    if side is None:
        return ""
    url = reverse("admin:accounts_user_change", args=[side.user_id])
    return Cell(text=side.user.contact_label, url=url)


def _joined(side: DeclaredIdentity | None) -> str:
    return moment_text(side.user.date_joined) if side else ""


def _seen(side: DeclaredIdentity | None) -> str:
    return moment_text(side.user.last_login) if side else ""


def _bound(side: DeclaredIdentity | None) -> str:
    return f"{side.bindings.count()} 条" if side else ""


def _facts(case: RescueCase) -> Panel:
    """Which facts agree; what was typed is kept nowhere."""
    return Panel.of(
        "学籍信息核对",
        ("信息", "和名册"),
        ((FIELD_LABELS.get(name, name), _OUTCOMES[found]) for name, found in case.facts.items()),
        empty="没有用这种办法",
        note=f"{case.school.name}的名册。申请人不知道结果。" if case.school else "",
    )


def _photos(case: RescueCase) -> Panel:
    """Photos as links."""
    rows = case.evidence.select_related("file").order_by("pk")
    return Panel.of(
        "手持证件照片",
        ("照片", "上传时间"),
        (
            (
                Cell(text="已按保留期销毁")
                if row.file.purged_at
                else Cell(
                    text="打开",
                    url=reverse("admin:enrollment_rescuecase_evidence", args=[case.pk, row.pk]),
                ),
                moment_text(row.added_at),
            )
            for row in rows
        ),
        empty="没有用这种办法",
        note="打开会记入查看记录，学生可以查到。",
    )


def hand_over_panel(case: RescueCase) -> Panel:
    """The records that an approval gives to the claimant."""
    return Panel.of(
        "通过以后会转给申请人的学籍",
        ("学籍", "学校", "姓名和申请人", "现在绑定"),
        (
            (
                Cell(
                    text=str(record),
                    url=reverse("admin:enrollment_studentrecord_change", args=[record.pk]),
                ),
                record.school.name,
                "一致" if record.name_key == case.identity.name_key else "不同，不能转",
                "现登记的账号" if binding else "没有绑定",
            )
            for record, binding in records_at_stake(case)
        ),
        empty="没有：名册里没有这个号码，对方也没有绑定学籍",
        note="原账号停用，只能看说明；它的任职终止，所有设备退出。" if case.holder_id else "",
    )


def undo_panel(case: RescueCase) -> Panel:
    """What taking an approval back would move, and what speaks against it."""
    memo = case.memo or {"numbers": {"ended": []}, "records": [], "posts": []}
    against = reasons_to_keep(case)
    records = StudentRecord.objects.filter(pk__in=[each["record"] for each in memo["records"]])
    former = {each["record"]: each["former"] for each in memo["records"]}
    rows = [
        ("学籍", str(record), "转回原账号" if former[record.pk] else "解除绑定")
        for record in records.order_by("student_no")
    ]
    rows.append(("证件号码", f"{len(memo['numbers']['ended'])} 个", "转回原账号"))
    if case.holder is not None:
        rows.append(("原账号", case.holder.contact_label, "恢复使用，密码不变"))
        rows.append(("任职", f"{len(memo['posts'])} 项", "从现在起恢复"))
    return Panel.of(
        "会恢复的",
        ("内容", "哪个", "怎样"),
        rows,
        note=f"现在不能撤销：{'；'.join(against)}。"
        if against
        else "没有依赖它的后续办理，可以撤销。",
    )


def _rivals(case: RescueCase) -> Panel:
    """Other open cases about the same number."""
    return Panel.of(
        "同一号码的其他申请",
        ("单号", "账号", "提交时间"),
        (
            (
                Cell(
                    text=rival.case_no,
                    url=reverse("admin:enrollment_rescuecase_change", args=[rival.pk]),
                ),
                rival.identity.user.contact_label,
                moment_text(rival.opened_at),
            )
            for rival in rivals_of(case)
        ),
        empty="没有",
    )


def _alerts(case: RescueCase) -> Panel:
    """Which contacts of the other account were told, and whether a link was used."""
    return Panel.of(
        "告知对方",
        ("渠道", "联系方式", "告知时间", "链接使用时间"),
        (
            (
                alert.get_channel_display(),
                alert.contact,
                moment_text(alert.created_at),
                moment_text(alert.used_at),
            )
            for alert in case.alerts.exclude(told=None).order_by("pk")
        ),
        empty="没有别的账号登记这个号码",
    )


def _steps(case: RescueCase) -> Panel:
    """What happened so far."""
    return Panel.of(
        "办理记录",
        ("时间", "动作", "操作人", "说明"),
        (
            (moment_text(step.acted_at), step.get_action_display(), step.acted_by, step.note)
            for step in case.steps.order_by("acted_at", "pk")
        ),
        empty="还没有人办理",
    )


@admin.register(RescueAlert)
class RescueAlertAdmin(ReadonlyAdmin):
    """Who was told of a claim."""

    list_display = ("case", "channel", "contact", moment("created_at", "告知时间"), "used_at")
    list_filter = ("channel",)
    list_select_related = ("case",)
    ordering = ("-id",)
    fields = ("case", "channel", "contact", "created_at", "used_at")


@admin.register(RescueEvidence)
class RescueEvidenceAdmin(ReadonlyAdmin):
    """Photos; opened on the page of their case."""

    list_display = ("__str__", "case", moment("added_at", "上传时间"), "added_by")
    list_select_related = ("case",)
    ordering = ("-id",)
    fields = ("case", "added_at", "added_by")


@admin.register(RescueStep)
class RescueStepAdmin(ReadonlyAdmin):
    """Moves of cases."""

    list_display = ("case", "action", moment("acted_at", "时间"), "acted_by")
    list_filter = ("action",)
    list_select_related = ("case",)
    ordering = ("-id",)
    fields = ("case", "action", "acted_at", "acted_by")
