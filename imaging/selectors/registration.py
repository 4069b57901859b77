"""Who can be handed to the national platform, and what stands in the way of the others."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from django.db.models import Case, Count, F, Q, QuerySet, When
from django.db.models.fields import BooleanField
from django.db.models.functions import Lower

from common.wording import moment_short
from enrollment.models import Binding, School, StudentRecord
from enrollment.selectors import status_now
from enrollment.states import EnrollmentStatus
from imaging.documents.register import RegisterRow, register_row
from imaging.models import (
    Campaign,
    CampaignMember,
    PhotoProfile,
    PhotoVersion,
    ReopenRequest,
    RepairMove,
    VerificationConclusion,
)
from imaging.selectors.registered import is_registered
from imaging.selectors.reviews import records_under_review
from imaging.states import OPEN_REOPENS, Conclusion, ConclusionKind
from imaging.states.registration import NEXT_STEPS, Blocker

__all__ = ["Candidate", "Found", "More", "Scope", "candidates", "members_in"]

_CHUNK: Final = 500
_KILO: Final = 1024
_PARTS: Final = {ConclusionKind.PHOTO: "照片", ConclusionKind.DATA: "信息"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Of whom a pack is: a school's members of a campaign, perhaps of one 届 only."""

    campaign: Campaign
    school: School
    graduating_class: int | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """One thing in the way, with what is special about it here."""

    blocker: Blocker
    note: str = ""

    @property
    def text(self) -> str:
        """What is in the way, in words."""
        return f"{self.blocker}：{self.note}" if self.note else self.blocker.value

    @property
    def next_step(self) -> str:
        """What helps."""
        return NEXT_STEPS[self.blocker]


# What is in the way by what apps above know: record → findings.
More = Callable[[Collection[int]], Mapping[int, list[Found]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One member at a moment: the row for the table, the photo, and what is in the way."""

    member_id: int
    record: StudentRecord
    photo: PhotoVersion | None
    row: RegisterRow
    is_registered: bool
    found: tuple[Found, ...] = field(default=())
    # What to know about whoever goes in all the same: a photo outside the usual bytes.
    remark: str = ""

    @property
    def is_ready(self) -> bool:
        """Whether the person goes into a pack now."""
        return not self.found and not self.is_registered


def members_in(scope: Scope) -> QuerySet[CampaignMember]:
    """The members that the scope is about, removed ones left out."""
    members = CampaignMember.objects.filter(
        campaign=scope.campaign, record__school=scope.school, removed_at=None
    )
    if scope.graduating_class is not None:
        members = members.filter(record__graduating_class=scope.graduating_class)
    return members


def candidates(scope: Scope, *, now: datetime, more: More) -> Iterator[Candidate]:
    """Everybody of the scope by student number; nine queries for every 500, in memory that does not grow.

    `more` says what apps above this one know.
    """
    twins = _twins(scope)
    order = members_in(scope).order_by("record__student_no", "pk")
    everybody = list(order.values_list("pk", flat=True))
    for start in range(0, len(everybody), _CHUNK):
        keys = everybody[start : start + _CHUNK]
        yield from _chunk(scope, keys, now=now, more=more, twins=twins)


def _twins(scope: Scope) -> frozenset[str]:
    """Student numbers that differ in case only: their photos would be one file on most systems."""
    repeated = (
        members_in(scope)
        .annotate(lower=Lower("record__student_no"))
        .values("lower")
        .annotate(amount=Count("pk"))
        .filter(amount__gt=1)
    )
    return frozenset(repeated.order_by().values_list("lower", flat=True))


def _chunk(
    scope: Scope, keys: Collection[int], *, now: datetime, more: More, twins: frozenset[str]
) -> Iterator[Candidate]:
    members = _members(keys, now=now)
    records = [member.record_id for member in members]
    given = _conclusions(keys)
    photos = _photos(scope.campaign, records)
    bound = _set(Binding.objects.filter(record__in=records), "record")
    reopening = _set(
        ReopenRequest.objects.filter(member__in=keys, state__in=OPEN_REOPENS), "member"
    )
    moving, held = _moving(records), records_under_review(records)
    others = more(records)
    for member in members:
        member.campaign = scope.campaign
        record, row = member.record, register_row(member.record)
        parts = given.get(member.pk, {})
        photo = photos.get(record.pk)
        found = [
            *_of_record(record, str(member.status)),
            *_of_photo(photo, member),
            *_of_conclusions(parts, member, has_photo=photo is not None, now=now),
            *_of_binding(parts, is_bound=record.pk in bound),
            *([Found(Blocker.REVIEW)] if record.pk in held else []),
            *([Found(Blocker.REPAIR)] if record.pk in moving else []),
            *([Found(Blocker.REOPEN)] if member.pk in reopening else []),
            *others.get(record.pk, []),
            *[Found(Blocker.FIELD, problem) for problem in row.problems],
        ]
        if record.student_no.lower() in twins:
            found.append(Found(Blocker.FIELD, "另有一人的学号只差大小写，照片会重名"))
        yield Candidate(
            member_id=member.pk,
            record=record,
            photo=photo,
            row=row,
            is_registered=member.registered,
            found=_told_once(found),
            remark=_unusual_bytes(photo, scope.campaign.profile),
        )


def _members(keys: Collection[int], *, now: datetime) -> list[Any]:
    """Members with their records, their status of this moment and whether they are registered."""
    return list(
        CampaignMember.objects.filter(pk__in=keys)
        .select_related("record__school", "record__college", "record__class_group", "record__major")
        .annotate(
            registered=Case(
                When(is_registered(""), then=True), default=False, output_field=BooleanField()
            ),
            status=status_now(now=now, path="record__"),
        )
        .order_by("record__student_no", "pk")
    )


def _told_once(found: list[Found]) -> tuple[Found, ...]:
    """Without what only follows from something else: who has nobody bound cannot have checked."""
    blockers = {each.blocker for each in found}
    if Blocker.UNBOUND in blockers:
        found = [each for each in found if each.blocker is not Blocker.NOT_CHECKED]
    return tuple(found)


def _conclusions(
    keys: Collection[int],
) -> dict[int, dict[ConclusionKind, VerificationConclusion]]:
    rows = (
        VerificationConclusion.objects.filter(round__is_current=True, round__member__in=keys)
        .with_validity()
        .annotate(member_id=F("round__member"))
        .only("kind", "state", "locks_at", "is_proxy", "round_id")
    )
    given: dict[int, dict[ConclusionKind, VerificationConclusion]] = {}
    for row in rows:
        member_id: int = row.member_id  # type: ignore[attr-defined]  # annotated
        given.setdefault(member_id, {})[ConclusionKind(row.kind)] = row
    return given


def _photos(campaign: Campaign, records: Collection[int]) -> dict[int, PhotoVersion]:
    current = PhotoVersion.objects.filter(
        record__in=records, kind=campaign.profile.kind, is_current=True
    ).select_related("entry__published")
    return {version.record_id: version for version in current.defer("entry__file_name")}


def _set(rows: "QuerySet[Binding] | QuerySet[ReopenRequest]", name: str) -> set[int]:
    return set(rows.values_list(name, flat=True))


def _moving(records: Collection[int]) -> set[int]:
    """Records with a photo in a case of repair that nobody has decided."""
    concerned = Q(entry__record__in=records) | Q(to_record__in=records)
    moves = RepairMove.objects.filter(concerned, is_open=True)
    return {key for pair in moves.values_list("entry__record", "to_record") for key in pair if key}


def _of_record(record: StudentRecord, status: str) -> Iterator[Found]:
    if record.duplicate_of_id is not None:
        yield Found(Blocker.DUPLICATE)
    if record.hidden_at is not None:
        yield Found(Blocker.HIDDEN)
    if record.missing_at is not None:
        yield Found(Blocker.MISSING)
    if status != EnrollmentStatus.REGISTERED:
        yield Found(Blocker.STATUS, str(EnrollmentStatus(status).label))


def _of_photo(photo: PhotoVersion | None, member: CampaignMember) -> Iterator[Found]:
    if member.photo_waived_at is not None:
        yield Found(Blocker.PHOTO_WAIVED)
        return
    if photo is None:
        yield Found(Blocker.NO_PHOTO)
        return
    if photo.entry.published.purged_at is not None:
        yield Found(Blocker.PHOTO_LOST)
        return
    seen, profile = photo.entry.measures, member.campaign.profile
    size = (seen.get("width"), seen.get("height"))
    # A photo that came without measures is looked at when the pack is written.
    if all(size) and size != (profile.width, profile.height):
        wanted = f"{profile.width}×{profile.height}"
        yield Found(Blocker.PHOTO_SIZE, f"{size[0]}×{size[1]}，应为 {wanted}")


def _unusual_bytes(photo: PhotoVersion | None, profile: PhotoProfile) -> str:
    """How large the photo is, where that is not as usual; nobody is kept back for it."""
    if photo is None or photo.entry.published.purged_at is not None:
        return ""
    size = photo.entry.published.size
    if profile.min_bytes <= size <= profile.max_bytes:
        return ""
    least, most = (round(each / _KILO, 1) for each in (profile.min_bytes, profile.max_bytes))
    return f"照片 {size / _KILO:.1f} KB，一般为 {least:g}–{most:g} KB"


def _of_conclusions(
    parts: Mapping[ConclusionKind, VerificationConclusion],
    member: CampaignMember,
    *,
    has_photo: bool,
    now: datetime,
) -> Iterator[Found]:
    for kind in member.asked:
        row, name = parts.get(kind), _PARTS[kind]
        if row is None or row.state == Conclusion.PENDING:
            if has_photo or kind is ConclusionKind.DATA:  # there is nothing to check otherwise
                yield Found(Blocker.NOT_CHECKED, name)
        elif not row.holds:  # type: ignore[attr-defined]  # annotated
            yield Found(Blocker.AGAIN, name)
        elif not row.is_locked_at(now):
            locks_at = moment_short(row.locks_at) if row.locks_at else ""
            yield Found(Blocker.OPEN, f"{name}，{locks_at} 锁定")
        elif row.state == Conclusion.INCORRECT:
            yield Found(Blocker.WRONG, name)


def _of_binding(
    parts: Mapping[ConclusionKind, VerificationConclusion], *, is_bound: bool
) -> Iterator[Found]:
    """Nobody is bound; where staff entered what the student said (代录) nobody has to be."""
    told = [row for row in parts.values() if row.state != Conclusion.PENDING]
    if not is_bound and not (told and all(row.is_proxy for row in told)):
        yield Found(Blocker.UNBOUND)
