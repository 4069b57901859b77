"""采集渠道 at the desk: which ways are open, how often one may send, from when until when."""

from typing import Any

from django import forms
from django.contrib import admin

from common.admin import Act, Deed, Panel, ReadonlyAdmin, ReasonForm, facts, moment, moment_text
from imaging.admin.campaign_forms import moment_field
from imaging.models import Campaign, PhotoChannels
from imaging.models.own_photo import MOST_ATTEMPTS
from imaging.selectors.own_photo import channels_of
from imaging.services.own_channels import ChannelTerms, set_channels
from imaging.states import ConclusionKind

__all__ = ["CHANNEL_DEEDS", "channels_panel"]

_WAYS = [
    ("takes_on_site", "现场拍照"),
    ("takes_camera", "自己现拍：学生用浏览器里的相机或手机相机"),
    ("takes_upload", "自己选文件：学生上传已有的照片"),
]


class ChannelsForm(ReasonForm):
    """Filled in with what holds now; without anything set, on site only."""

    ways = forms.MultipleChoiceField(
        label="渠道",
        choices=_WAYS,
        widget=forms.CheckboxSelectMultiple,
        help_text="自己交的照片都先裁好、量过，老师看过才收。现拍的也可能被换成文件，看的时候留意。",
    )
    attempts = forms.IntegerField(
        label="每人最多交几次",
        min_value=1,
        max_value=MOST_ATTEMPTS,
        help_text="点了“交给学校”才算一次，撤回的也算。",
    )
    takes_addresses = forms.BooleanField(
        label="收照片邮寄地址",
        required=False,
        help_text="学生自愿填写往哪里寄洗印的照片，只交给采集单位，到期自动清掉。",
    )
    opens_at = moment_field("从什么时候收")
    closes_at = moment_field("收到什么时候", "到这一刻为止可以交；已经交的照样看。")
    field_order = ["ways", "attempts", "takes_addresses", "opens_at", "closes_at", "reason"]

    def __init__(self, *args: Any, obj: Campaign, **kwargs: Any) -> None:
        now_set = channels_of(obj)
        held = now_set or PhotoChannels(
            campaign=obj,
            opens_at=obj.capture_opens_at or obj.opens_at,
            closes_at=obj.capture_closes_at or obj.closes_at,
        )
        kwargs["initial"] = {
            "ways": [name for name, _ in _WAYS if getattr(held, name)],
            "attempts": held.attempts,
            "takes_addresses": held.takes_addresses,
            "opens_at": held.opens_at,
            "closes_at": held.closes_at,
            **(kwargs.get("initial") or {}),
        }
        super().__init__(*args, obj=obj, **kwargs)


def _set(campaign: Campaign, act: Act) -> str:
    given = act.given
    terms = ChannelTerms(
        **{name: name in given["ways"] for name, _ in _WAYS},
        attempts=given["attempts"],
        takes_addresses=given["takes_addresses"],
        opens_at=given["opens_at"],
        closes_at=given["closes_at"],
    )
    set_channels(campaign=campaign, terms=terms, actor=act.actor, now=act.now, reason=act.reason)
    return "采集渠道已改，从现在起按新的办"


def channels_panel(campaign: Campaign) -> Panel:
    """The ways as they are."""
    held = channels_of(campaign)
    if held is None:
        return facts("采集渠道", [("渠道", "只有现场拍照")])
    ways = "、".join(label.partition("：")[0] for name, label in _WAYS if getattr(held, name))
    return facts(
        "采集渠道",
        [
            ("渠道", ways),
            ("每人最多交", f"{held.attempts} 次"),
            ("照片邮寄地址", "收" if held.takes_addresses else "不收"),
            ("收照片", f"{moment_text(held.opens_at)} 到 {moment_text(held.closes_at)}"),
            ("设定", f"{held.set_by} {moment_text(held.set_at)}"),
        ],
    )


CHANNEL_DEEDS: tuple[Deed, ...] = (
    Deed(
        name="channels",
        label="改采集渠道",
        lead="学生怎样交照片。关掉一种，还没交的不能再交，已经交的照样看完。",
        form=ChannelsForm,
        is_offered=lambda campaign, _act: ConclusionKind.PHOTO in campaign.asked,
        run=_set,
    ),
)


@admin.register(PhotoChannels)
class PhotoChannelsAdmin(ReadonlyAdmin):
    """The ways of every campaign; set on the page of the campaign."""

    list_display = (
        "campaign",
        "takes_on_site",
        "takes_camera",
        "takes_upload",
        "attempts",
        moment("opens_at", "从什么时候收"),
        moment("closes_at", "收到什么时候"),
        "set_by",
    )
    list_select_related = ("campaign",)
    ordering = ("-id",)
    fields = (
        "campaign",
        "takes_on_site",
        "takes_camera",
        "takes_upload",
        "takes_addresses",
        "attempts",
        "opens_at",
        "closes_at",
        "set_at",
        "set_by",
    )
