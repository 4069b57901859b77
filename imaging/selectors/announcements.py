"""Which formal notices somebody may read: from the person, then by what each notice asks."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db.models import QuerySet

from accounts.models import User
from accounts.policies import is_office
from common.kept import Kept
from enrollment.models import Assignment, StudentRecord
from enrollment.states import AssignmentRole
from imaging.models import Announcement
from imaging.states.announcement import AnnouncementReader, AnnouncementState

__all__ = ["Headline", "announcements_visible_to", "forget_headlines", "headlines_for"]

_READERS: Final = {
    AssignmentRole.COUNSELLOR: AnnouncementReader.COUNSELLOR,
    AssignmentRole.MONITOR: AnnouncementReader.MONITOR,
    AssignmentRole.COLLEGE_SECRETARY: AnnouncementReader.COLLEGE,
    AssignmentRole.COLLEGE_LEADER: AnnouncementReader.COLLEGE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Headline:
    """A published notice as the home page names it, with whom it concerns."""

    pk: int
    title: str
    document_no: str
    opens_at: datetime
    closes_at: datetime | None
    is_public: bool
    readers: tuple[str, ...]
    campaign_id: int | None
    graduating_class: int | None
    colleges: tuple[int, ...]

    def is_shown_at(self, now: datetime) -> bool:
        """Begun and not over at `now`."""
        return self.opens_at <= now and (self.closes_at is None or self.closes_at > now)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seat:
    """One reason why a notice may concern somebody: a record, or a role in a class or college."""

    reader: str
    college_id: int | None
    graduating_class: int | None = None
    campaigns: frozenset[int] = frozenset()
    # Cohort and campaign narrow students; a role holds for whoever is in the class or college.
    is_student: bool = False


def _fresh() -> list[Headline]:
    rows = Announcement.objects.filter(state=AnnouncementState.PUBLISHED)
    return [
        Headline(
            pk=row.pk,
            title=row.title,
            document_no=row.document_no,
            opens_at=row.opens_at,
            closes_at=row.closes_at,
            is_public=row.is_public,
            readers=tuple(row.readers),
            campaign_id=row.campaign_id,
            graduating_class=row.graduating_class,
            colleges=tuple(row.colleges),
        )
        for row in rows.order_by("-opens_at", "-pk")
    ]


_KEPT: Final = Kept(name="announcements", fresh=_fresh)


def forget_headlines() -> None:
    """Let readers see what was just published, changed or withdrawn."""
    _KEPT.forget()


def headlines_for(user: User | None, *, now: datetime) -> list[Headline]:
    """The notices shown to this person now, the newest first; None is a visitor.

    From the cache, and one question about the person where a notice is not for everybody.
    """
    shown = [each for each in _KEPT.get() if each.is_shown_at(now)]
    if user is None:
        return [each for each in shown if each.is_public]
    if all(each.is_public for each in shown) or is_office(user):
        return shown
    seats = _seats(user, now=now)
    return [
        each for each in shown if each.is_public or any(_concerns(each, seat) for seat in seats)
    ]


def announcements_visible_to(user: User | None, *, now: datetime) -> QuerySet[Announcement]:
    """The same as rows, from the database."""
    return Announcement.objects.shown_at(now).filter(
        pk__in=[each.pk for each in headlines_for(user, now=now)]
    )


def _seats(user: User, *, now: datetime) -> list[_Seat]:
    records: dict[int, dict[str, Any]] = {}
    bound = StudentRecord.objects.filter(
        binding__identity__user=user, hidden_at=None, duplicate_of=None
    )
    for row in bound.values(
        "pk", "college_id", "graduating_class", "memberships__campaign", "memberships__removed_at"
    ):
        held = records.setdefault(row["pk"], {**row, "campaigns": set()})
        if row["memberships__removed_at"] is None and row["memberships__campaign"] is not None:
            held["campaigns"].add(row["memberships__campaign"])
    seats = [
        _Seat(
            reader=AnnouncementReader.STUDENT,
            college_id=row["college_id"],
            graduating_class=row["graduating_class"],
            campaigns=frozenset(row["campaigns"]),
            is_student=True,
        )
        for row in records.values()
    ]
    roles = Assignment.objects.in_force_at(now).filter(user=user)
    seats += [
        _Seat(reader=_READERS[AssignmentRole(role)], college_id=college or of_class)
        for role, college, of_class in roles.values_list(
            "role", "college_id", "class_group__college_id"
        )
    ]
    return seats


def _concerns(notice: Headline, seat: _Seat) -> bool:
    if notice.readers and seat.reader not in notice.readers:
        return False
    if notice.colleges and seat.college_id not in notice.colleges:
        return False
    if not seat.is_student:
        return True
    if notice.campaign_id is not None and notice.campaign_id not in seat.campaigns:
        return False
    return notice.graduating_class in {None, seat.graduating_class}
