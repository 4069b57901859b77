"""Photos as the pages show them: an address that only its owner can open, and words beside it."""

from django.urls import reverse

from common.components import PhotoView
from imaging.models import PhotoVersion
from imaging.states import PhotoKind

__all__ = ["portrait"]


def portrait(
    version: PhotoVersion | None, *, compared: bool = False, certified: bool = False
) -> PhotoView | None:
    """The photo of a record for `photo` and `photo_pair`; None draws the missing one.

    `certified` says that it is locked with the certificate.
    """
    if version is None:
        return None
    address = reverse("imaging:photo", args=[version.pk])
    kind = PhotoKind(version.kind)
    if compared:
        return PhotoView(url=address, alt=f"你的{kind.label}", caption=kind.label, note="只供对照")
    taken = version.entry.captured_date
    note = f"第 {version.version_no} 版"
    if taken is not None:
        note += f"，{taken.month}月{taken.day}日拍摄"
    if certified:
        note += "，登记学历时锁定"
    return PhotoView(
        url=address,
        alt=f"你的{kind.label}，第 {version.version_no} 版",
        caption=kind.label,
        note=note,
        zoom_url=address,
    )
