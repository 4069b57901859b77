"""The moments that hold for a school or a class in a campaign, and whether a cohort's photos are there."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Exists, Max, Min, OuterRef, Q, QuerySet

from enrollment.models import ClassGroup, School
from imaging.models import (
    Campaign,
    CampaignMember,
    Extension,
    PhotoVersion,
    SchoolTimetable,
    Timetable,
)

__all__ = [
    "Arrival",
    "SheetMoments",
    "arrivals",
    "has_begun",
    "has_cohort_photos",
    "is_published",
    "sheet_moments",
    "timetable_of",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetMoments:
    """What counts for the feedback sheet of one class; None has not been fixed by the office."""

    freeze_at: datetime
    hand_in_at: datetime | None
    ends_at: datetime | None

    def is_frozen_at(self, now: datetime) -> bool:
        """Whether no row of the sheet changes any more."""
        return self.freeze_at <= now

    def is_late_at(self, now: datetime) -> bool:
        """Whether a sheet that is handed in now is late."""
        return self.hand_in_at is not None and self.hand_in_at <= now

    def is_over_at(self, now: datetime) -> bool:
        """Whether the campaign takes nothing any more."""
        return self.ends_at is not None and self.ends_at <= now


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """How many of a school's members have the photo that is to be verified."""

    school: School
    members: int
    with_photo: int


def timetable_of(campaign: Campaign, school: School) -> Timetable:
    """All moments of one school in a campaign: its own, else the campaign's."""
    own = SchoolTimetable.objects.filter(campaign=campaign, school=school).first()
    if own is None:
        return campaign.timetable
    own.campaign = campaign
    return own.timetable


def has_begun(now: datetime, path: str = "") -> Q:
    """The members that may conclude: the school's own opening, else the campaign's, has come."""
    return Q(**{f"{path}opens_at__lte": now}) | Q(
        **{f"{path}opens_at": None, f"{path}campaign__opens_at__lte": now}
    )


def is_published(now: datetime, path: str = "") -> Q:
    """The members whose photos are published: the twin of `CampaignMember.sees_photo_at`."""
    own, common = f"{path}publishes_at", f"{path}campaign__publishes_at"
    return (
        Q(**{f"{own}__lte": now})
        | Q(**{own: None, f"{common}__lte": now})
        | Q(**{own: None, common: None})
    )


def extensions_in_force(campaign: Campaign) -> QuerySet[Extension]:
    """The campaign's extensions that count: after it was ended by hand only what came later."""
    granted = campaign.extensions.all()
    if campaign.closed_at is not None:
        granted = granted.filter(granted_at__gte=campaign.closed_at)
    return granted


def sheet_moments(campaign: Campaign, class_group: ClassGroup) -> SheetMoments:
    """When the sheet of this class is frozen and handed in, with the school's moments and extensions.

    One student's extension does not hold back the class: that row is printed 暂定. What a class was
    granted may lie after the campaign's end; then the end moves along for it.
    """
    base = timetable_of(campaign, class_group.school)
    granted = extensions_in_force(campaign).filter(class_group=class_group).order_by("-pk").first()
    if granted is None:
        return SheetMoments(
            freeze_at=base.sheet_freeze_at, hand_in_at=base.hand_in_at, ends_at=base.ends_at
        )
    hand_in = _later(base.hand_in_at, granted.hand_in_at)
    freeze = max(base.sheet_freeze_at, granted.sheet_freeze_at)
    ends = base.ends_at and max(filter(None, (base.ends_at, freeze, hand_in)))
    return SheetMoments(freeze_at=freeze, hand_in_at=hand_in, ends_at=ends)


def _later(fixed: datetime | None, granted: datetime | None) -> datetime | None:
    """The later one, where a moment has been fixed at all."""
    if fixed is None or granted is None:
        return fixed
    return max(fixed, granted)


def has_cohort_photos(member: CampaignMember, *, now: datetime) -> bool:
    """Whether the photos of the member's cohort are there: published, and at least one matched.

    The cohort is the campaign's members of the same school. Its students are let in together (C-48);
    who then has no photo of the own is helped one by one.
    """
    if not member.sees_photo_at(now):
        return False
    return PhotoVersion.objects.filter(
        kind=member.campaign.profile.kind,
        is_current=True,
        record__school=member.record.school_id,
        record__memberships__campaign=member.campaign_id,
        record__memberships__removed_at=None,
    ).exists()


def arrivals(campaign: Campaign) -> list[Arrival]:
    """Per school how many members have the photo that is asked of them; one query beside the schools."""
    photo = PhotoVersion.objects.filter(
        record=OuterRef("record"), kind=campaign.profile.kind, is_current=True
    )
    counted = (
        campaign.members.filter(removed_at=None, photo_waived_at=None)
        .annotate(has_photo=Exists(photo))
        .values("record__school")
        .annotate(members=Count("pk"), with_photo=Count("pk", filter=Q(has_photo=True)))
        .order_by("record__school")
    )
    by_school = {row["record__school"]: (row["members"], row["with_photo"]) for row in counted}
    nobody = (0, 0)
    return [
        Arrival(
            school=school,
            members=by_school.get(school.pk, nobody)[0],
            with_photo=by_school.get(school.pk, nobody)[1],
        )
        for school in campaign.schools.order_by("code")
    ]


def class_deadlines(campaign: Campaign, class_group: ClassGroup) -> tuple[datetime, datetime]:
    """(when most of the class must be done, when the last one must): one student may have more time."""
    found = campaign.members.filter(class_group=class_group, removed_at=None).aggregate(
        first=Min("closes_at"), last=Max("closes_at")
    )
    return found["first"] or campaign.closes_at, found["last"] or campaign.closes_at
