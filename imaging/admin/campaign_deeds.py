"""What the registrar may do with a campaign and its members."""

from collections.abc import Sequence

from django import forms

from common.admin import (
    Act,
    Deed,
    NothingForm,
    Panel,
    ReasonForm,
    facts,
    moment_text,
)
from imaging.admin.campaign_forms import (
    CampaignForm,
    DeadlinesForm,
    ExtensionForm,
    MemberForm,
    moment_field,
)
from imaging.models import Campaign, CampaignMember, VerificationConclusion
from imaging.selectors.campaigns import records_to_propose
from imaging.services.campaign import (
    add_member,
    create_campaign,
    grant_extension,
    move_deadlines,
    propose_members,
    remove_member,
)
from imaging.services.reopen import propose_for_student
from imaging.states import CampaignKind, ConclusionKind, PhotoReason

__all__ = ["CAMPAIGN_DEEDS", "CREATE_CAMPAIGN", "MEMBER_DEEDS"]

_MOMENTS = (
    ("opens_at", "开始时间"),
    ("closes_at", "学生截止时间"),
    ("sheet_freeze_at", "反馈表定稿时间"),
)


def _create(_obj: None, act: Act) -> Campaign:
    given = dict(act.given)
    return create_campaign(
        title=given["title"],
        kind=CampaignKind(given["kind"]),
        graduating_class=given["graduating_class"],
        schools=list(given["schools"]),
        opens_at=given["opens_at"],
        closes_at=given["closes_at"],
        sheet_freeze_at=given["sheet_freeze_at"],
        profile=given["profile"],
        window_hours=given["window_hours"],
        recheck_hours=given["recheck_hours"],
        photo_reasons=[PhotoReason(value) for value in given["photo_reasons"]],
        usage_text=given["usage_text"],
        actor=act.actor,
        now=act.now,
    )


def _unlocked(members: "Sequence[int] | None", campaign: Campaign, act: Act) -> int:
    rows = VerificationConclusion.objects.filter(
        round__member__campaign=campaign, round__is_current=True, locks_at__gt=act.now
    )
    return rows.count() if members is None else rows.filter(round__member__in=members).count()


def _preview_move(campaign: Campaign, act: Act) -> Sequence[Panel]:
    return [
        Panel.of(
            "会移动的时间",
            ("时间", "现在", "改为"),
            (
                (label, moment_text(getattr(campaign, name)), moment_text(act.given[name]))
                for name, label in _MOMENTS
            ),
            note=(
                f"{campaign.members.filter(removed_at=None).count()} 名成员的时间跟着变；"
                f"还没锁定的 {_unlocked(None, campaign, act)} 项结论按新的定稿时间重算锁定，"
                "已锁定的不变。"
            ),
        ),
        facts("理由", [("理由", act.reason)]),
    ]


def _move(campaign: Campaign, act: Act) -> str:
    move_deadlines(
        campaign=campaign,
        opens_at=act.given["opens_at"],
        closes_at=act.given["closes_at"],
        sheet_freeze_at=act.given["sheet_freeze_at"],
        reason=act.reason,
        actor=act.actor,
        now=act.now,
    )
    return "时间已移动"


def _preview_extend(campaign: Campaign, act: Act) -> Sequence[Panel]:
    target = act.given["class_group"] or act.given["record"]
    members = campaign.members.filter(removed_at=None)
    members = (
        members.filter(class_group=target)
        if act.given["class_group"]
        else members.filter(record=target)
    )
    pks = list(members.values_list("pk", flat=True))
    freeze = moment_text(act.given["sheet_freeze_at"])
    return [
        facts(
            "会延期",
            [
                ("给谁", str(target)),
                ("人数", len(pks)),
                (
                    "学生截止",
                    f"{moment_text(campaign.closes_at)} → {moment_text(act.given['closes_at'])}",
                ),
                (
                    "反馈表定稿",
                    f"{moment_text(campaign.sheet_freeze_at)} → {freeze}",
                ),
                ("会重算锁定的结论", _unlocked(pks, campaign, act)),
                ("理由", act.reason),
            ],
        )
    ]


def _extend(campaign: Campaign, act: Act) -> str:
    grant_extension(
        campaign=campaign,
        class_group=act.given["class_group"],
        record=act.given["record"],
        closes_at=act.given["closes_at"],
        sheet_freeze_at=act.given["sheet_freeze_at"],
        reason=act.reason,
        actor=act.actor,
        now=act.now,
    )
    return "已延期"


def _preview_propose(campaign: Campaign, act: Act) -> Sequence[Panel]:
    added = records_to_propose(campaign, now=act.now).count()
    return [
        facts(
            "会加入",
            [
                ("届", f"{campaign.graduating_class} 届，学籍在籍"),
                ("新加入", f"{added} 人"),
                ("已在批次里", f"{campaign.members.filter(removed_at=None).count()} 人"),
                ("移出过，不再加入", f"{campaign.members.exclude(removed_at=None).count()} 人"),
            ],
        )
    ]


def _propose(campaign: Campaign, act: Act) -> str:
    added = propose_members(campaign=campaign, actor=act.actor, now=act.now)
    return f"加入了 {added} 人"


def _preview_add(_campaign: Campaign, act: Act) -> Sequence[Panel]:
    record = act.given["record"]
    return [
        facts(
            "会加入",
            [
                ("学生", record.name),
                ("学号", record.student_no),
                ("届", record.graduating_class),
                ("班级", record.class_group),
                ("学籍状态", record.get_enrollment_status_display()),
            ],
        )
    ]


def _add(campaign: Campaign, act: Act) -> str:
    add_member(
        campaign=campaign,
        record=act.given["record"],
        reason=act.reason,
        actor=act.actor,
        now=act.now,
    )
    return "已加入"


CREATE_CAMPAIGN = Deed(name="create", label="新建校对批次", form=CampaignForm, run=_create)
CAMPAIGN_DEEDS: tuple[Deed, ...] = (
    Deed(
        name="propose",
        label="按届加入成员",
        form=NothingForm,
        preview=_preview_propose,
        run=_propose,
    ),
    Deed(
        name="add",
        label="加入一名学生",
        form=MemberForm,
        asks_first=True,
        preview=_preview_add,
        run=_add,
    ),
    Deed(
        name="extend",
        label="给班或学生延期",
        form=ExtensionForm,
        asks_first=True,
        preview=_preview_extend,
        run=_extend,
    ),
    Deed(
        name="move",
        label="移动时间",
        form=DeadlinesForm,
        asks_first=True,
        preview=_preview_move,
        run=_move,
    ),
)


class ReopenForm(ReasonForm):
    """What must be checked again, and until when."""

    kinds = forms.MultipleChoiceField(
        label="重新核对哪一项",
        choices=ConclusionKind.choices,
        widget=forms.CheckboxSelectMultiple,
    )
    closes_at = moment_field("开放到", "学生要在这以前重新核对。")
    field_order = ["kinds", "closes_at", "reason"]


def _remove(member: CampaignMember, act: Act) -> str:
    remove_member(member=member, reason=act.reason, actor=act.actor, now=act.now)
    return "已移出，结论留在原处，不再计数"


def _add_back(member: CampaignMember, act: Act) -> str:
    add_member(
        campaign=member.campaign,
        record=member.record,
        reason=act.reason,
        actor=act.actor,
        now=act.now,
    )
    return "已重新加入"


def _reopen(member: CampaignMember, act: Act) -> str:
    propose_for_student(
        member=member,
        kinds=frozenset(ConclusionKind(value) for value in act.given["kinds"]),
        reason=act.reason,
        closes_at=act.given["closes_at"],
        actor=act.actor,
        now=act.now,
    )
    return "已提出，请另一位老师在“重新开放申请”里复核"


MEMBER_DEEDS: tuple[Deed, ...] = (
    Deed(
        name="reopen",
        label="提出重新开放",
        form=ReopenForm,
        lead="给学生重新开放锁定了的结论。你是第一位；另一位老师复核以后开一轮新的校对，"
        "原来的结论留作历史。理由学生看得到。",
        is_offered=lambda member, _act: member.removed_at is None,
        run=_reopen,
    ),
    Deed(
        name="remove",
        label="移出批次",
        lead="比如不毕业了。结论留在原处，不再计数；可以再加入。",
        is_offered=lambda member, _act: member.removed_at is None,
        run=_remove,
        is_danger=True,
    ),
    Deed(
        name="back",
        label="重新加入批次",
        is_offered=lambda member, _act: member.removed_at is not None,
        run=_add_back,
    ),
)
