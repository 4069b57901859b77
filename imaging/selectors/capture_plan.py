"""Where one student stands with being photographed: which session, which ticket, what may be booked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db.models import Q, QuerySet

from enrollment.models import StudentRecord
from imaging.models import (
    CampaignMember,
    CaptureAbsence,
    CaptureBooking,
    CapturePlace,
    CaptureSession,
    CaptureTicket,
    CaptureVisit,
    PhotoChannels,
)
from imaging.selectors.campaigns import conclusions_of
from imaging.selectors.photos import PhotoPhase, PhotoStatus, photo_status
from imaging.selectors.retakes import Retake, RetakeCause, former_photo_of, retake_of
from imaging.states import CampaignKind, ConclusionKind, PlaceKind, SessionKind

__all__ = [
    "CapturePlan",
    "CaptureStep",
    "branches_of",
    "capture_is_arranged",
    "capture_member_of",
    "plan_of",
    "ticket_of",
]


class CaptureStep(StrEnum):
    """How far it is, derived from rows and the clock."""

    UNPLANNED = "还没安排"
    COMING = "等着拍照"
    AWAY = "已请假"
    MISSED = "没拍上"
    BOOKED = "已约补拍"
    ARRIVED = "已拍照"
    AGAIN = "要重拍"
    DONE = "照片已到"


@dataclass(frozen=True, slots=True, kw_only=True)
class CapturePlan:
    """Everything that the student's page and the rules about booking need.

    `sessions` are those of the class that still stand, the coming ones first; `makeups` those whose
    seats the student may ask for, also when they are full at the moment; `retake` is why an earlier
    photo or visit does not count.
    """

    record: StudentRecord
    member: CampaignMember
    now: datetime
    step: CaptureStep
    ticket: CaptureTicket | None
    sessions: tuple[CaptureSession, ...]
    absences: tuple[CaptureAbsence, ...]
    booking: CaptureBooking | None
    visit: CaptureVisit | None
    retake: Retake | None
    makeups: tuple[CaptureSession, ...]

    @property
    def coming(self) -> tuple[CaptureSession, ...]:
        """The class's sessions that are not over."""
        return tuple(each for each in self.sessions if self.now < each.ends_at)

    @property
    def may_book(self) -> bool:
        """Whether a make-up session is a way for this student now."""
        return self.step in {
            CaptureStep.UNPLANNED,
            CaptureStep.AWAY,
            CaptureStep.MISSED,
            CaptureStep.BOOKED,
            CaptureStep.AGAIN,
        }

    def is_away(self, session: CaptureSession) -> bool:
        """Whether the student has said not to come to it."""
        return any(absence.session_id == session.pk for absence in self.absences)


def capture_member_of(record: StudentRecord, *, now: datetime) -> CampaignMember | None:
    """The membership that the record is photographed for: of the campaign that freezes next.

    Photos are taken long before a campaign opens, so its opening does not count. Who need not hand in a
    photo is not photographed.
    """
    return (
        CampaignMember.objects.filter(
            record=record,
            removed_at=None,
            photo_waived_at=None,
            campaign__kind=CampaignKind.GRADUATION,
            sheet_freeze_at__gt=now,
        )
        .select_related("campaign__profile", "record__school", "class_group")
        .order_by("sheet_freeze_at", "pk")
        .first()
    )


def capture_is_arranged(member: CampaignMember) -> bool:
    """Whether the school takes photos here: the campaign has sessions or takes own photos, or the
    member a ticket."""
    return (
        CaptureSession.objects.filter(campaign=member.campaign_id, cancelled_at=None).exists()
        or ticket_of(member) is not None
        or PhotoChannels.objects.filter(
            Q(takes_camera=True) | Q(takes_upload=True), campaign=member.campaign_id
        ).exists()
    )


def ticket_of(member: CampaignMember) -> CaptureTicket | None:
    """The member's valid ticket."""
    return CaptureTicket.objects.filter(
        campaign=member.campaign_id, record=member.record_id, voided_at=None
    ).first()


def branches_of(school_id: int) -> QuerySet[CapturePlace]:
    """The capture unit's branches that students of this school may go to."""
    return CapturePlace.objects.filter(
        Q(school=None) | Q(school=school_id), kind=PlaceKind.BRANCH, is_used=True
    ).order_by("name", "pk")


def plan_of(record: StudentRecord, *, now: datetime) -> CapturePlan | None:
    """Where the record stands; None where it is in no campaign that wants a photo."""
    member = capture_member_of(record, now=now)
    if member is None:
        return None
    photo = photo_status(record, now=now)
    retake = _retake_of(member, photo)
    visit = _visit_of(member, since=retake.since if retake else None)
    booking = (
        CaptureBooking.objects.filter(member=member, ended_at=None, session__ends_at__gt=now)
        .select_related("session__place")
        .first()
    )
    sessions = _class_sessions(member, now=now)
    if retake is not None:
        # A photo that is there is taken again in a make-up session, not with the class.
        is_gone = retake.cause is RetakeCause.ENDED
        sessions = tuple(each for each in sessions if is_gone and retake.since < each.ends_at)
    absences = tuple(
        CaptureAbsence.objects.filter(member=member, withdrawn_at=None).defer("reason")
    )
    step = _step(
        sessions=sessions,
        away=frozenset(absence.session_id for absence in absences),
        is_booked=booking is not None,
        is_there=visit is not None,
        has_photo=photo.version is not None and retake is None,
        now=now,
    )
    return CapturePlan(
        record=record,
        member=member,
        now=now,
        step=CaptureStep.AGAIN if retake and step is CaptureStep.UNPLANNED else step,
        ticket=ticket_of(member),
        sessions=sessions,
        absences=absences,
        booking=booking,
        visit=visit,
        retake=retake,
        makeups=_makeups(member, now=now),
    )


def _retake_of(member: CampaignMember, photo: PhotoStatus) -> Retake | None:
    is_wrong = photo.phase is PhotoPhase.DISPUTED
    return retake_of(
        member,
        photo=photo.version,
        wrong=conclusions_of(member).get(ConclusionKind.PHOTO) if is_wrong else None,
        former=None if photo.version else former_photo_of(member.record),
    )


def _visit_of(member: CampaignMember, *, since: datetime | None) -> CaptureVisit | None:
    visits = CaptureVisit.objects.filter(member=member, voided_at=None)
    if since is not None:
        visits = visits.filter(arrived_at__gt=since)
    return visits.select_related("session__place").order_by("-arrived_at").first()


def _class_sessions(member: CampaignMember, *, now: datetime) -> tuple[CaptureSession, ...]:
    if member.class_group_id is None:
        return ()
    rows = CaptureSession.objects.filter(
        campaign=member.campaign_id,
        kind=SessionKind.CLASS,
        cancelled_at=None,
        class_groups=member.class_group_id,
    ).select_related("place")
    return tuple(sorted(rows, key=lambda each: (each.ends_at <= now, each.starts_at, each.pk)))


def _makeups(member: CampaignMember, *, now: datetime) -> tuple[CaptureSession, ...]:
    rows = CaptureSession.objects.filter(
        Q(class_groups=None) | Q(class_groups=member.class_group_id),
        campaign=member.campaign_id,
        kind=SessionKind.MAKEUP,
        cancelled_at=None,
        bookable_until__gt=now,
    )
    return tuple(rows.select_related("place").order_by("starts_at", "pk").distinct())


def _step(
    *,
    sessions: Sequence[CaptureSession],
    away: frozenset[int],
    is_booked: bool,
    is_there: bool,
    has_photo: bool,
    now: datetime,
) -> CaptureStep:
    coming = [each.pk for each in sessions if now < each.ends_at]
    if has_photo:
        return CaptureStep.DONE
    if is_there:
        return CaptureStep.ARRIVED
    if is_booked:
        return CaptureStep.BOOKED
    if coming:
        return CaptureStep.AWAY if away.issuperset(coming) else CaptureStep.COMING
    return CaptureStep.MISSED if sessions else CaptureStep.UNPLANNED
