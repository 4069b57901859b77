"""What the registrar may do with a campaign and its members."""

from collections.abc import Sequence
from typing import Any

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
    ExtensionForm,
    MemberForm,
    moment_field,
)
from imaging.admin.timetable_deeds import unlocked
from imaging.models import PHASES, Campaign, CampaignMember
from imaging.selectors.campaigns import records_to_propose
from imaging.selectors.timetables import timetable_of
from imaging.services.campaign import (
    add_member,
    create_campaign,
    grant_extension,
    propose_members,
    remove_member,
)
from imaging.services.reopen import propose_for_student
from imaging.services.waivers import ask_for_photo, waive_photo
from imaging.states import CampaignKind, ConclusionKind, PhotoReason

__all__ = ["CAMPAIGN_DEEDS", "CREATE_CAMPAIGN", "MEMBER_DEEDS"]


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
        graduation_date=given["graduation_date"],
        phases={name: given[name] for name in PHASES},
        is_rehearsal=given["is_rehearsal"],
        actor=act.actor,
        now=act.now,
    )


def _preview_extend(campaign: Campaign, act: Act) -> Sequence[Panel]:
    target = act.given["class_group"] or act.given["record"]
    members = campaign.members.filter(removed_at=None)
    members = (
        members.filter(class_group=target)
        if act.given["class_group"]
        else members.filter(record=target)
    )
    pks = list(members.values_list("pk", flat=True))
    base = timetable_of(campaign, target.school)
    freeze = moment_text(act.given["sheet_freeze_at"])
    return [
        facts(
            "会延期",
            [
                ("给谁", str(target)),
                ("人数", len(pks)),
                (
                    "学生截止",
                    f"{moment_text(base.closes_at)} → {moment_text(act.given['closes_at'])}",
                ),
                (
                    "反馈表定稿",
                    f"{moment_text(base.sheet_freeze_at)} → {freeze}",
                ),
                ("会重算锁定的结论", unlocked(campaign, act, pks)),
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
        hand_in_at=act.given["hand_in_at"],
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


class WaiveForm(ReasonForm):
    """Why no photo is asked for; the student reads it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields[
            "reason"
        ].help_text = "写进审计记录，学生也看得到。比如“本人书面说明不拍照”；不要写病情这一类细节。"


def _waive(member: CampaignMember, act: Act) -> str:
    waive_photo(member=member, reason=act.reason, actor=act.actor, now=act.now)
    return "已登记免交照片，学生只核对信息"


def _ask_again(member: CampaignMember, act: Act) -> str:
    ask_for_photo(member=member, reason=act.reason, actor=act.actor, now=act.now)
    return "已恢复收照片，学生会收到消息"


def _may_waive(member: CampaignMember, _act: Act) -> bool:
    asks = ConclusionKind.PHOTO in member.campaign.asked
    return asks and member.removed_at is None and member.photo_waived_at is None


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
        name="waive",
        label="登记免交照片",
        form=WaiveForm,
        lead="本人拒绝拍照、或者按规定可以不交的。学生只核对学籍信息，不算缺照片，不安排拍照；"
        "以后送来的照片不会自动关联。学历登记的数据包里没有照片，要在平台上单独登记。",
        is_offered=_may_waive,
        run=_waive,
    ),
    Deed(
        name="ask_photo",
        label="恢复收照片",
        form=WaiveForm,
        lead="撤销免交。开一轮新的校对，学生要核对照片；信息的结论带过去，时间不够的会延后。"
        "等着的照片下一次自动比对时关联。",
        is_offered=lambda member, _act: (
            member.removed_at is None and member.photo_waived_at is not None
        ),
        run=_ask_again,
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
