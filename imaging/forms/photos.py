"""Photos that a student names, tries or hands in."""

from typing import Any

from django import forms

from imaging.services.photo_claim import LONGEST_NOTE as CLAIM_NOTE_LONGEST
from imaging.states.own_photo import PhotoChannel

__all__ = ["OwnPhotoForm", "PhotoClaimForm", "SelfCheckForm"]

_PICTURE = forms.FileInput({"accept": "image/jpeg,image/png", "data-ui-max-bytes": 5 * 1024 * 1024})


class PhotoClaimForm(forms.Form):
    """The first of two confirmations that a photo is the own one, and when it was taken."""

    is_mine = forms.BooleanField(
        label="这是我的照片", error_messages={"required": "是你的照片就勾上，不是就回去"}
    )
    note = forms.CharField(
        label="什么时候、在哪里拍的",
        required=False,
        max_length=CLAIM_NOTE_LONGEST,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="记得就写，老师核实得快一些。",
    )


class SelfCheckForm(forms.Form):
    """A picture to be measured; it is read and let go."""

    picture = forms.FileField(
        label="照片文件",
        help_text="JPEG 或 PNG，不超过 5 MB。只在内存里量一遍，不保存，也不记录内容。",
        widget=_PICTURE,
        allow_empty_file=True,
    )


class OwnPhotoForm(forms.Form):
    """A photo to be handed in, by one of the campaign's channels; the phone's camera opens for it."""

    channel = forms.ChoiceField(choices=PhotoChannel.choices, widget=forms.HiddenInput)
    picture = forms.FileField(label="照片", widget=_PICTURE, allow_empty_file=True)

    def __init__(self, *args: Any, channel: PhotoChannel, **kwargs: Any) -> None:
        kwargs |= {"initial": {"channel": channel}, "auto_id": f"{channel}_%s"}
        super().__init__(*args, **kwargs)
        field = self.fields["picture"]
        field.help_text = "JPEG 或 PNG，裁成竖的 3:4 再量；不开美颜，不修图。"
        if channel == PhotoChannel.CAMERA:
            field.label = "用手机相机拍"
            field.widget.attrs["capture"] = "user"
