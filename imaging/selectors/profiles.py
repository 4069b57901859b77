"""What a photo of a kind is held against."""

from dataclasses import replace
from typing import Any

from django.conf import settings

from imaging.inspection import GRADUATION_RULES, CompositionRules, PhotoRules
from imaging.models import Campaign, PhotoProfile
from imaging.models.photo_standard import GEOMETRY_LIMITS, GEOMETRY_RANGES
from imaging.states import PhotoKind

__all__ = ["measuring_rules", "photo_rules"]

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

    Without any profile the capture standard holds, and no faces are looked for.
    """
    profile = _profile(kind, campaign)
    rules = _bounds(kind, profile)
    if profile is None or not profile.has_face_check or not settings.FACE_CHECK:
        return rules
    return replace(rules, composition=_composition(profile))


def measuring_rules(kind: PhotoKind, campaign: Campaign | None = None) -> PhotoRules:
    """The same bounds for a photo that somebody looks at one by one: what is in it is always measured.

    Where the installation has no face check, light and border only.
    """
    profile = _profile(kind, campaign)
    return replace(_bounds(kind, profile), composition=_composition(profile))


def _profile(kind: PhotoKind, campaign: Campaign | None) -> PhotoProfile | None:
    if campaign is not None and campaign.profile.kind == kind:
        return campaign.profile
    return PhotoProfile.objects.filter(kind=kind, is_default=True).first()


def _composition(profile: PhotoProfile | None) -> CompositionRules:
    rules = CompositionRules(has_faces=settings.FACE_CHECK, model=settings.YUNET_MODEL)
    if profile is None:
        return rules
    given = profile.geometry
    changes: dict[str, Any] = {
        name: (given[name][0], given[name][1]) for name in GEOMETRY_RANGES if name in given
    }
    changes |= {name: given[name] for name in GEOMETRY_LIMITS if name in given}
    return replace(rules, **changes)


def _bounds(kind: PhotoKind, profile: PhotoProfile | None) -> PhotoRules:
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
