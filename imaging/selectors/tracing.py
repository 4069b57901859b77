"""Where one record's graduation photo is, and why its student does not see it: facts, no words."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from enrollment.models import StudentRecord
from imaging.models import CampaignMember, PhotoClaim, PhotoVersion
from imaging.selectors.capture_plan import CapturePlan, CaptureStep, plan_of
from imaging.selectors.finding import Likely, captures_near, open_photo_claim_of
from imaging.selectors.photos import shown_photos_of
from imaging.selectors.retakes import former_photo_of
from imaging.selectors.verification import Verification, verification_of
from imaging.states import CampaignKind, MatchState, PhotoKind

__all__ = ["LEAD_TIME", "PhotoCause", "PhotoTrace", "trace_of"]

# From the camera to the publication where the school has fixed no day: 40 days to three months
# (seeds 001 and 002; domain 5.6).
LEAD_TIME: Final = timedelta(days=60)


class PhotoCause(StrEnum):
    """Why a photo is not to be seen, derived from rows and the clock."""

    SHOWN = "shown"
    UNPUBLISHED = "unpublished"
    NOT_ASKED = "not_asked"
    WAIVED = "waived"
    CLAIMED = "claimed"
    LIKELY = "likely"
    BOOKED = "booked"
    COMING = "coming"
    ON_ITS_WAY = "on_its_way"
    OVERDUE = "overdue"
    VOIDED = "voided"
    TAKEN_AWAY = "taken_away"
    MISSED = "missed"
    NOT_YET = "not_yet"
    UNPLANNED = "unplanned"
    PROCESSING = "processing"
    LOST = "lost"


_BY_STEP: Final = {
    CaptureStep.BOOKED: PhotoCause.BOOKED,
    CaptureStep.COMING: PhotoCause.COMING,
    CaptureStep.AWAY: PhotoCause.MISSED,
    CaptureStep.MISSED: PhotoCause.MISSED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PhotoTrace:
    """What is known of a record's graduation photo, from the camera to the certificate.

    `plan` is None once the campaign is final, `former` the photo that was current last where there
    is none now.
    """

    record: StudentRecord
    now: datetime
    found: Verification | None
    plan: CapturePlan | None
    claim: PhotoClaim | None = None
    near: tuple[Likely, ...] = ()
    former: PhotoVersion | None = None
    loose: PhotoVersion | None = None  # the photo where no campaign asks for one

    @property
    def member(self) -> CampaignMember | None:
        """The membership that the photo is taken for."""
        if self.plan is not None:
            return self.plan.member
        return self.found.member if self.found else None

    @property
    def photo(self) -> PhotoVersion | None:
        """The photo, also before it is published."""
        return self.found.photo if self.found else self.loose

    @property
    def publishes_at(self) -> datetime | None:
        """When the school shows the photos, where that is fixed."""
        if self.member is None:
            return None
        return self.member.publishes_at or self.member.campaign.publishes_at

    @property
    def expected_at(self) -> datetime | None:
        """Until when a photo that was taken should be here."""
        if self.publishes_at is not None:
            return self.publishes_at
        if self.plan is None or self.plan.visit is None:
            return None
        return self.plan.visit.arrived_at + LEAD_TIME

    @property
    def cause(self) -> PhotoCause:
        """The one thing that stands between the student and the photo, the nearest to its end first."""
        if self.photo is not None:
            is_shown = self.found is None or self.found.shown_photo is not None
            return PhotoCause.SHOWN if is_shown else PhotoCause.UNPUBLISHED
        if self.member is None:
            return PhotoCause.NOT_ASKED
        if self.member.photo_waived_at is not None:
            return PhotoCause.WAIVED
        if self.claim is not None:
            return PhotoCause.CLAIMED
        if self.near:
            return PhotoCause.LIKELY
        return self._by_capture()

    def _by_capture(self) -> PhotoCause:
        plan = self.plan
        # The plan counts no visit that was only for the photo that was taken away again.
        if plan is not None and plan.visit is not None:
            expected = self.expected_at
            is_late = expected is not None and expected <= self.now
            return PhotoCause.OVERDUE if is_late else PhotoCause.ON_ITS_WAY
        if plan is not None and plan.step is CaptureStep.BOOKED:
            return PhotoCause.BOOKED
        if self.former is not None:
            is_void = self.former.entry.state == MatchState.VOIDED
            return PhotoCause.VOIDED if is_void else PhotoCause.TAKEN_AWAY
        if plan is not None and plan.step in _BY_STEP:
            return _BY_STEP[plan.step]
        return self._by_calendar()

    def _by_calendar(self) -> PhotoCause:
        """What the campaign's moments say where nothing is known of this student."""
        campaign = self.member.campaign if self.member else None
        if campaign is None or self.plan is None:
            return PhotoCause.LOST
        if campaign.capture_opens_at is not None and self.now < campaign.capture_opens_at:
            return PhotoCause.NOT_YET
        if campaign.capture_closes_at is None or self.now < campaign.capture_closes_at:
            return PhotoCause.UNPLANNED
        publishes_at = self.publishes_at
        is_coming = publishes_at is not None and self.now < publishes_at
        return PhotoCause.PROCESSING if is_coming else PhotoCause.LOST


def trace_of(record: StudentRecord, *, now: datetime) -> PhotoTrace:
    """Everything that the student's page about the photo needs; with a photo it costs two queries."""
    found = verification_of(record, now=now)
    if found is not None and found.campaign.kind != CampaignKind.GRADUATION:
        found = None
    if found is not None and found.photo is not None:
        return PhotoTrace(record=record, now=now, found=found, plan=None)
    loose = None if found else shown_photos_of(record, now=now).get(PhotoKind.GRADUATION)
    if loose is not None:
        return PhotoTrace(record=record, now=now, found=None, plan=None, loose=loose)
    return PhotoTrace(
        record=record,
        now=now,
        found=found,
        plan=plan_of(record, now=now),
        claim=open_photo_claim_of(record),
        near=tuple(captures_near(record, now=now)),
        former=former_photo_of(record),
    )
