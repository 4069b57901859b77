"""What a photo of a kind is held against."""

from dataclasses import replace

from imaging.inspection import GRADUATION_RULES, PhotoRules
from imaging.models import Campaign, PhotoProfile
from imaging.states import PhotoKind

__all__ = ["photo_rules"]

_KILOBYTE = 1024
# Photos of the entrance registration come in many sizes and from many cameras; only what makes them
# unusable refuses them, and few things are worth a remark.
_ADMISSION_RULES = replace(
    GRADUATION_RULES,
    exact_size_required=False,
    min_bytes=2 * _KILOBYTE,
    max_bytes=500 * _KILOBYTE,
    min_quality=30,
    backgrounds=(),
)


def photo_rules(kind: PhotoKind, campaign: Campaign | None = None) -> PhotoRules:
    """The rules for a kind: the campaign's profile when it is of this kind, else the kind's default one.

    Without any profile the capture standard holds.
    """
    profile = (
        campaign.profile
        if campaign is not None and campaign.profile.kind == kind
        else PhotoProfile.objects.filter(kind=kind, is_default=True).first()
    )
    base = GRADUATION_RULES if kind == PhotoKind.GRADUATION else _ADMISSION_RULES
    if profile is None:
        return base
    return replace(
        base,
        width=profile.width,
        height=profile.height,
        exact_size_required=profile.is_exact_size,
        dpi=profile.dpi,
        min_bytes=profile.min_bytes,
        max_bytes=profile.max_bytes,
        min_quality=profile.quality,
        backgrounds=tuple((red, green, blue) for red, green, blue in profile.backgrounds),
        background_tolerance=profile.background_tolerance,
        max_upload_bytes=profile.max_upload_bytes,
        max_pixels=profile.max_pixels,
    )
