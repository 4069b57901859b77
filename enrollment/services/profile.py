"""Saving what students write about themselves."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import IntegrityError, transaction

from accounts.models import User
from common import audit
from common.errors import InvalidInputError, StaleStateError
from common.ratelimit import Limit, hit
from enrollment.models import StudyRow, SupplementaryProfile

__all__ = ["MOST_ROWS", "Study", "erase_profile", "save_profile"]

MOST_ROWS = 20
SAVES = Limit("profile-save", 60, 3600)
_STALE = "这些内容刚刚在另一个窗口或设备上保存过，请刷新后再改。"


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """One line: where, from which month to which (None: still there), and who can confirm it."""

    school: str
    attended_from: date
    attended_to: date | None = None
    witness: str = ""


def save_profile(
    *,
    user: User,
    address: str,
    postal_code: str,
    studies: Sequence[Study],
    seen_at: datetime | None,
    now: datetime,
) -> SupplementaryProfile:
    """Replace what the account wrote about itself; the student's record is not touched by it.

    `seen_at` is when the shown version was saved, None for none: StaleStateError when another window
    was faster.
    """
    hit(SAVES, str(user.pk), now=now)
    if len(studies) > MOST_ROWS:
        raise InvalidInputError(f"学习经历最多写 {MOST_ROWS} 行。")
    for study in studies:
        if study.attended_to is not None and study.attended_to < study.attended_from:
            raise InvalidInputError("结束的月份不能早于开始的月份。")
    with transaction.atomic():
        profile = _saved(user, address.strip(), postal_code.strip(), seen_at=seen_at, now=now)
        _replace(profile, studies)
        audit.record(
            "profile.saved", actor=user, now=now, obj=profile, details={"rows": len(studies)}
        )
    return profile


def _replace(profile: SupplementaryProfile, studies: Sequence[Study]) -> None:
    StudyRow.objects.filter(profile=profile).delete()
    StudyRow.objects.bulk_create(
        StudyRow(
            profile=profile,
            school=study.school.strip(),
            attended_from=study.attended_from,
            attended_to=study.attended_to,
            witness=study.witness.strip(),
        )
        for study in sorted(studies, key=lambda each: each.attended_from)
    )


def _saved(
    user: User, address: str, postal_code: str, *, seen_at: datetime | None, now: datetime
) -> SupplementaryProfile:
    values = {"address": address, "postal_code": postal_code, "updated_at": now}
    if seen_at is None:
        try:
            with transaction.atomic():
                return SupplementaryProfile.objects.create(user=user, **values)
        except IntegrityError as error:
            raise StaleStateError(_STALE) from error
    unmoved = SupplementaryProfile.objects.filter(user=user, updated_at=seen_at)
    if unmoved.update(**values) != 1:
        raise StaleStateError(_STALE)
    return SupplementaryProfile.objects.get(user=user)


@transaction.atomic
def erase_profile(*, user: User, now: datetime) -> bool:
    """Drop what the account wrote about itself, for good; returns whether there was anything."""
    profile = SupplementaryProfile.objects.filter(user=user).first()
    if profile is None:
        return False
    audit.record("profile.erased", actor=user, now=now, obj=profile)
    StudyRow.objects.filter(profile=profile).delete()
    profile.delete()
    return True
