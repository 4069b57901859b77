"""What the office does with photos that students sent, and a photo that staff put in for a student."""

from collections.abc import Callable, Sequence
from typing import Any, cast

from django import forms

from accounts.models import User
from common.admin import Act, Deed, NothingForm, Panel, facts
from common.admin.deeds import DeedForm
from imaging.admin.entry_deeds import RecordForm
from imaging.models import OwnPhoto
from imaging.policies import own_photo_actions
from imaging.selectors.repair import Guard, guard_of_record
from imaging.services.own_review import (
    LONGEST_ANSWER,
    accept_own,
    claim_own,
    release_own,
    return_own,
    take_over_own,
    upload_for,
)
from imaging.states.own_photo import RETURN_HINTS, OwnPhotoAction, ReturnReason

__all__ = ["OWN_DEEDS", "UPLOAD"]


def _desk(act: Act) -> User:
    return cast("User", act.actor)


def _can(action: OwnPhotoAction) -> Callable[[OwnPhoto, Act], bool]:
    return lambda photo, act: action in own_photo_actions(act.actor, photo)


class ReturnForm(DeedForm):
    """Why, from the list; with words where the list does not say it."""

    reasons = forms.MultipleChoiceField(
        label="哪里要改",
        choices=[
            (reason.value, f"{reason.label}：{RETURN_HINTS[reason]}".rstrip("："))
            for reason in ReturnReason
        ],
        widget=forms.CheckboxSelectMultiple,
        help_text="学生看到的就是这些话，说照片，不说人。",
    )
    answer = forms.CharField(
        label="给学生的话",
        max_length=LONGEST_ANSWER,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="上面说不清的再写；选了“别的原因”要写。学生会看到，不写对长相、胖瘦、肤色、残疾的评价。",
    )


class UploadForm(RecordForm):
    """One photo for one record, and where it comes from."""

    picture = forms.FileField(
        label="照片文件",
        help_text="JPEG 或 PNG，不超过 5 MB。不是 480×640 的，从正中裁成竖的 3:4。",
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png"}),
    )
    field_order = ["student_no", "school", "picture", "reason"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields[
            "reason"
        ].help_text = (
            "照片从哪里来、为什么代传，比如“学院 6 月 12 日邮件转来，网上没有照片”。写进审计记录。"
        )


def _claim(photo: OwnPhoto, act: Act) -> str:
    claim_own(photo=photo, actor=_desk(act), now=act.now)
    return "这张归你看了，别的老师不会同时看"


def _take_over(photo: OwnPhoto, act: Act) -> str:
    take_over_own(photo=photo, actor=_desk(act), now=act.now)
    return "接过来了，现在归你看"


def _release(photo: OwnPhoto, act: Act) -> str:
    release_own(photo=photo, actor=_desk(act), now=act.now)
    return "放回去了，谁都可以看"


def _accept(photo: OwnPhoto, act: Act) -> str:
    is_locked = _is_locked(photo, act)
    accept_own(photo=photo, actor=_desk(act), now=act.now)
    if is_locked:
        return "收下了，并提出了照片更正；另一位老师 7 天内确认以后才换上"
    return "收下了，成为这份学籍的当前照片，学生会收到通知"


def _is_locked(photo: OwnPhoto, act: Act) -> bool:
    kind = photo.member.campaign.profile.kind
    return guard_of_record(photo.member.record, kind, now=act.now) is Guard.LOCKED


def _preview_accept(photo: OwnPhoto, act: Act) -> Sequence[Panel]:
    record = photo.member.record
    effect = (
        "原来的照片已经锁定：照片先收着，同时提出照片更正，另一位老师确认以后才换上"
        if _is_locked(photo, act)
        else "成为这份学籍的当前照片，原来有的换下；学生已有的照片结论失效，要再核对"
    )
    return [
        facts(
            "会怎样",
            [
                ("学籍", f"{record.student_no} {record.name}"),
                ("照片", effect),
                ("学生", "收到通知，请本人核对"),
            ],
            note="先和录取照片、现在的照片比过，是不是同一个人由你看，程序不比对人脸。",
        )
    ]


def _return(photo: OwnPhoto, act: Act) -> str:
    return_own(
        photo=photo,
        reasons=[ReturnReason(value) for value in act.given["reasons"]],
        answer=act.given["answer"],
        actor=_desk(act),
        now=act.now,
    )
    return "已请学生重拍，学生会收到通知"


def _upload(_obj: None, act: Act) -> OwnPhoto:
    return upload_for(
        record=act.given["record"],
        data=act.given["picture"].read(),
        reason=act.reason,
        actor=_desk(act),
        now=act.now,
    )


OWN_DEEDS: tuple[Deed, ...] = (
    Deed(
        name="claim",
        label=OwnPhotoAction.CLAIM.label,
        form=NothingForm,
        lead="先认领再决定，两位老师就不会同时看一张。",
        is_offered=_can(OwnPhotoAction.CLAIM),
        run=_claim,
    ),
    Deed(
        name="accept",
        label=OwnPhotoAction.ACCEPT.label,
        form=NothingForm,
        preview=_preview_accept,
        is_offered=_can(OwnPhotoAction.ACCEPT),
        run=_accept,
    ),
    Deed(
        name="return",
        label=OwnPhotoAction.RETURN.label,
        form=ReturnForm,
        is_offered=_can(OwnPhotoAction.RETURN),
        run=_return,
    ),
    Deed(
        name="release",
        label=OwnPhotoAction.RELEASE.label,
        form=NothingForm,
        lead="不决定，让别的老师看。",
        is_offered=_can(OwnPhotoAction.RELEASE),
        run=_release,
    ),
    Deed(
        name="take-over",
        label=OwnPhotoAction.TAKE_OVER.label,
        form=NothingForm,
        lead="另一位老师认领了还没定，由你接着看。",
        is_offered=_can(OwnPhotoAction.TAKE_OVER),
        run=_take_over,
    ),
)

UPLOAD = Deed(
    name="upload",
    label="代传一张照片",
    lead="学生不能自己交、照片是邮件或纸质转来的时候用。传上就是这份学籍的当前照片；"
    "原来的已经锁定，就提出照片更正，另一位老师确认以后才换上。",
    form=UploadForm,
    run=_upload,
)
