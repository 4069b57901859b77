"""Everything the student's pages show of one record's verification, read in two queries."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cached_property

from enrollment.models import StudentRecord
from imaging.models import Campaign, CampaignMember, PhotoVersion, VerificationConclusion
from imaging.selectors.campaigns import newest
from imaging.selectors.photos import photos_of
from imaging.selectors.registered import Registered, registered_in
from imaging.selectors.timetables import has_cohort_photos
from imaging.states import Conclusion, ConclusionKind, PhotoKind, RoundCause


class Phase(StrEnum):
    """Where one record's verification stands at a moment; derived, never stored."""

    COMING = "还没开始"
    OPEN = "待校对"
    MISSED = "已截止，没有核对"
    PROVISIONAL = "已提交，还没锁定"
    CLOSED = "已锁定，核对完成"
    DISPUTED = "有误，已锁定"
    REGISTERED = "已登记学历，不能再改"


@dataclass(frozen=True)
class Part:
    """One conclusion as it stands: an outdated one counts as still to be given."""

    kind: ConclusionKind
    row: VerificationConclusion | None
    is_valid: bool
    now: datetime
    is_silent: bool = False  # the deadline has passed in silence, which counts as 正确
    is_frozen: bool = False  # the certificate is registered: it stays as it was then

    @property
    def is_given(self) -> bool:
        """Concluded, and on what is there now; or passed over in silence where that counts."""
        if self.is_silent:
            return True
        return self.row is not None and self.row.state != Conclusion.PENDING and self.is_valid

    @property
    def is_tacit(self) -> bool:
        """Counts as 正确 because nobody said otherwise; true before any sweep has written it down."""
        return self.is_silent or (self.is_given and self.row is not None and self.row.is_tacit)

    @property
    def state(self) -> Conclusion:
        """The conclusion that counts."""
        if self.is_silent:
            return Conclusion.CORRECT
        return Conclusion(self.row.state) if self.row and self.is_given else Conclusion.PENDING

    @property
    def is_locked(self) -> bool:
        """Given and locked, by its moment or because the certificate is registered."""
        if self.is_silent:
            return True
        if self.row is None or not self.is_given:
            return False
        return self.is_frozen or self.row.is_locked_at(self.now)

    @property
    def is_open(self) -> bool:
        """Given and not locked yet (暂定)."""
        return self.is_given and not self.is_locked


@dataclass(frozen=True)
class Verification:
    """One record in one campaign: photos, the two parts, and what the moment makes of them."""

    record: StudentRecord
    member: CampaignMember
    photos: dict[PhotoKind, PhotoVersion]
    rows: dict[ConclusionKind, VerificationConclusion]
    now: datetime

    @property
    def campaign(self) -> Campaign:
        """The campaign that asks."""
        return self.member.campaign

    @property
    def photo(self) -> PhotoVersion | None:
        """The current photo that is to be verified."""
        return self.photos.get(PhotoKind(self.campaign.profile.kind))

    @property
    def shown_photo(self) -> PhotoVersion | None:
        """The photo as its student may see it: none before it is published."""
        return self.photo if self.member.sees_photo_at(self.now) else None

    @cached_property
    def data(self) -> Part:
        """The conclusion on the data."""
        return self._part(ConclusionKind.DATA)

    @cached_property
    def photo_part(self) -> Part:
        """The conclusion on the photo."""
        return self._part(ConclusionKind.PHOTO)

    @property
    def parts(self) -> tuple[Part, ...]:
        """What the campaign asks for, photo first, as on the page."""
        asked = self.member.asked
        return tuple(part for part in (self.photo_part, self.data) if part.kind in asked)

    @cached_property
    def registered(self) -> Registered | None:
        """The registration that has frozen the conclusions; asked of the database only where it may be."""
        return registered_in(self.member)

    @property
    def round_no(self) -> int:
        """Which round this is; the next one already where a conclusion has become outdated."""
        row = next(iter(self.rows.values()), None)
        return (row.round.round_no if row else 1) + bool(self.outdated)

    @property
    def cause(self) -> RoundCause:
        """Why this round was opened."""
        return self.again_because or RoundCause.FIRST

    @property
    def outdated(self) -> tuple[Part, ...]:
        """Parts whose conclusion was given on something that has changed since."""
        return tuple(part for part in self.parts if not part.is_valid)

    @property
    def again_because(self) -> RoundCause | None:
        """Why something must be checked again: derived before the sweep ran, else the round's cause."""
        if not self.photo_part.is_valid:
            return RoundCause.PHOTO_CHANGED
        if not self.data.is_valid:
            return RoundCause.DATA_CHANGED
        row = next(iter(self.rows.values()), None)
        cause = RoundCause(row.round.cause) if row else RoundCause.FIRST
        return None if cause == RoundCause.FIRST else cause

    @property
    def closes_at(self) -> datetime:
        """Until when a first conclusion may be given; an outdated one gets the time of a recheck."""
        if self.outdated:
            return max(self.member.closes_at, self.now + self.campaign.recheck_time)
        return self.member.closes_at

    @property
    def is_open(self) -> bool:
        """Whether a conclusion that is missing may be given now."""
        is_open = self.member.begins_at <= self.now < self.closes_at
        return is_open and self.registered is None

    @property
    def to_give(self) -> tuple[Part, ...]:
        """The parts that have no conclusion that counts."""
        return tuple(part for part in self.parts if not part.is_given)

    @property
    def open_parts(self) -> tuple[Part, ...]:
        """Given and not locked yet."""
        return tuple(part for part in self.parts if part.is_open)

    @cached_property
    def lacks_cohort_photos(self) -> bool:
        """Whether nothing is given and no photo of the cohort is there; silence is not the student's then.

        Whoever has begun goes on, and whose own photo is missing among others that are there is helped
        on the page of the verification (C-48).
        """
        if ConclusionKind.PHOTO not in self.member.asked or self.photo is not None:
            return False
        if self.phase not in {Phase.OPEN, Phase.MISSED} or len(self.to_give) < len(self.parts):
            return False
        return not has_cohort_photos(self.member, now=self.now)

    @property
    def opens_anyway_at(self) -> datetime:
        """From when on the student may conclude even without photos: nobody is kept out to the end."""
        return self.closes_at - self.campaign.recheck_time

    @property
    def awaits_photos(self) -> bool:
        """Whether there is nothing to conclude yet: the cohort's photos may still come in time."""
        return self.now < self.opens_anyway_at and self.lacks_cohort_photos

    @property
    def phase(self) -> Phase:
        """Where the whole stands: what is missing first, then what is open, then how it ended."""
        if self.member.begins_at > self.now:
            return Phase.COMING
        if self.registered is not None:
            return Phase.REGISTERED
        if self.to_give:
            return Phase.OPEN if self.is_open else Phase.MISSED
        if self.open_parts:
            return Phase.PROVISIONAL
        disputed = any(part.state == Conclusion.INCORRECT for part in self.parts)
        return Phase.DISPUTED if disputed else Phase.CLOSED

    def _part(self, kind: ConclusionKind) -> Part:
        row = self.rows.get(kind)
        frozen = self.registered is not None
        valid = (
            frozen
            or row is None
            or row.is_valid(
                key_digest=self.record.key_digest,
                identity_digest=self.record.identity_digest,
                photo_id=self.photo.pk if self.photo else None,
            )
        )
        pending = row is None or row.state == Conclusion.PENDING
        silent = (
            kind == ConclusionKind.DATA
            and self.campaign.counts_silence
            and pending
            and self.member.closes_at <= self.now
        )
        return Part(
            kind=kind,
            row=row,
            is_valid=valid,
            now=self.now,
            is_silent=silent,
            is_frozen=frozen,
        )


def verification_of(record: StudentRecord, *, now: datetime) -> Verification | None:
    """The record's verification that counts now, or None when no campaign has it; two queries."""
    rows = VerificationConclusion.objects.filter(
        round__is_current=True, round__member__record=record, round__member__removed_at=None
    ).select_related("round__member__campaign__profile", "seen_photo")
    members = {row.round.member_id: row.round.member for row in rows}
    member = newest(members.values(), now=now)
    if member is None:
        return None
    member.record = record
    own = {ConclusionKind(row.kind): row for row in rows if row.round.member_id == member.pk}
    return Verification(record=record, member=member, photos=photos_of(record), rows=own, now=now)
