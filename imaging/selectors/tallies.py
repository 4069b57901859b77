"""How many stand where, counted in the database: by class, by college, by day.

One definition for every board: the six standings are those of `corrections.selectors.Phase`, and a
parity test compares the two. The current round and its two conclusions are joined, not asked for once
per member, so a board of a whole school is one pass.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from operator import itemgetter
from typing import Any

from django.db.models import (
    Case,
    CharField,
    Count,
    DateTimeField,
    F,
    FilteredRelation,
    Min,
    Q,
    QuerySet,
    Value,
    When,
)
from django.db.models.functions import Greatest, TruncDate

from common.components import MeterCounts
from enrollment.models import ClassGroup, College
from imaging.models import Campaign, CampaignMember
from imaging.selectors.registered import is_registered
from imaging.selectors.timetables import has_begun
from imaging.states import (
    MEMBERSHIP_EFFECTS,
    CampaignKind,
    Conclusion,
    ConclusionKind,
    MembershipEffect,
    statuses_with,
)

__all__ = [
    "Progress",
    "Tally",
    "WaitingByAge",
    "campaigns_begun_in",
    "members_in",
    "meter_of",
    "tally_by_class",
    "tally_by_college",
    "waiting_by_age",
    "with_standing",
]

_FRESHMAN = Q(campaign__kind=CampaignKind.FRESHMAN)
# Asked for the data alone: a freshman, or who need not hand in a photo.
_DATA_ONLY = _FRESHMAN | Q(photo_waived_at__isnull=False)
_GIVEN = (Conclusion.CORRECT, Conclusion.INCORRECT)
_NAMES = ("locked", "open", "disputed", "todo", "blocked", "idle")
_IDLE = sorted(set(MEMBERSHIP_EFFECTS) - statuses_with(MembershipEffect.STAYS))
_OPEN = ("todo", "blocked")


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a class or a college has come in one campaign; `place_id` is None for those without."""

    place_id: int | None
    name: str
    counts: MeterCounts
    closes_at: datetime

    @property
    def done(self) -> int:
        """How many have nothing left to check."""
        return self.counts.total - self.open

    @property
    def open(self) -> int:
        """How many still have something to check, or no photo to check."""
        return self.counts.todo + self.counts.blocked

    @property
    def label(self) -> str:
        """Its name; those who belong nowhere are called so."""
        return self.name or "没有归到班级或学院的人"

    @property
    def percent(self) -> int:
        """Rounded down: a hundred only when nobody is left."""
        return self.done * 100 // self.counts.total if self.counts.total else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """The places of a campaign, the most open work first, and how many became done on each day."""

    places: tuple[Progress, ...]
    by_day: tuple[tuple[date, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingByAge:
    """How many have been asked for how long: below the first bound, between the two, longer."""

    fresh: int = 0
    older: int = 0
    oldest: int = 0

    @property
    def total(self) -> int:
        """Everybody."""
        return self.fresh + self.older + self.oldest


def members_in(
    campaign: Campaign, *, now: datetime, college: College | None = None
) -> QuerySet[CampaignMember]:
    """Those who take part now, of all the campaign or of one college by the class as of then."""
    members = CampaignMember.objects.filter(has_begun(now), campaign=campaign, removed_at=None)
    return members if college is None else members.filter(class_group__college=college)


def campaigns_begun_in(*, now: datetime, college: College | None = None) -> QuerySet[Campaign]:
    """The campaigns in which anybody may conclude already, the newest first; no rehearsals."""
    members = CampaignMember.objects.filter(has_begun(now), removed_at=None)
    if college is not None:
        members = members.filter(class_group__college=college)
    return Campaign.objects.filter(
        pk__in=members.order_by().values("campaign"), is_rehearsal=False
    ).order_by("-opens_at", "-pk")


def _joined(members: QuerySet[CampaignMember]) -> QuerySet[CampaignMember]:
    """With the current round (`turn`), its conclusions (`said_data`, `said_photo`) and the photo (`portrait`)."""
    # The kind is named first, so that its table stands before the join that compares with it.
    return members.annotate(asked_kind=F("campaign__profile__kind")).annotate(
        turn=FilteredRelation("rounds", condition=Q(rounds__is_current=True)),
        said_data=FilteredRelation(
            "turn__conclusions", condition=Q(turn__conclusions__kind=ConclusionKind.DATA)
        ),
        said_photo=FilteredRelation(
            "turn__conclusions", condition=Q(turn__conclusions__kind=ConclusionKind.PHOTO)
        ),
        portrait=FilteredRelation(
            "record__photos",
            condition=Q(record__photos__is_current=True, record__photos__kind=F("asked_kind")),
        ),
    )


def _given(name: str, states: Iterable[str], *, even_outdated: bool = False) -> Q:
    """A conclusion in one of the states, on what is still there: the twin of `is_valid`."""
    given = Q(**{f"{name}__state__in": list(states)})
    if even_outdated:
        return given
    if name == "said_data":
        return given & Q(said_data__seen_digest=F("record__key_digest"))
    # A 有误 given while no photo was there holds as long as none is.
    same = Q(said_photo__seen_photo=F("portrait")) | Q(said_photo__seen_photo=None, portrait=None)
    return given & same & Q(said_photo__seen_digest=F("record__identity_digest"))


def _silent(now: datetime) -> Q:
    """A freshman's silence, which counts as 正确 after the deadline."""
    return _FRESHMAN & Q(closes_at__lte=now, said_data__state=Conclusion.PENDING)


def _idle(now: datetime) -> Q:
    """Of whom nothing is asked because of the status in force: the twin of `has_status`.

    It takes the moment as it is and reads columns of a record that is joined anyway.
    """
    today = TruncDate(Value(now, output_field=DateTimeField()))
    next_from = "record__next_status_from"
    lasts = Q(**{next_from: None}) | Q(**{f"{next_from}__gt": today})
    return (lasts & Q(record__enrollment_status__in=_IDLE)) | Q(
        **{f"{next_from}__lte": today}, record__next_status__in=_IDLE
    )


def with_standing(members: QuerySet[CampaignMember], *, now: datetime) -> QuerySet[CampaignMember]:
    """Annotated with `standing`: locked, open, disputed, idle, todo or blocked; everybody in exactly one.

    Idle is who has not checked everything and is not asked to: suspended, or not here any more.
    Where the certificate is registered nothing is missing any more, and what was said stays as it was.
    """
    registered = is_registered("")
    wrong = [Conclusion.INCORRECT]
    complete = _given("said_data", _GIVEN) & (_DATA_ONLY | _given("said_photo", _GIVEN))
    still_open = Q(said_data__locks_at__gt=now) | Q(said_photo__locks_at__gt=now)
    standing = Case(
        When(
            registered
            & (
                _given("said_data", wrong, even_outdated=True)
                | _given("said_photo", wrong, even_outdated=True)
            ),
            then=Value("disputed"),
        ),
        When(registered, then=Value("locked")),
        When(_given("said_data", wrong) | _given("said_photo", wrong), then=Value("disputed")),
        When(_silent(now), then=Value("locked")),
        When(complete & still_open, then=Value("open")),
        When(complete, then=Value("locked")),
        When(_idle(now), then=Value("idle")),
        When(
            Q(campaign__kind=CampaignKind.GRADUATION, photo_waived_at=None, portrait=None),
            then=Value("blocked"),
        ),
        default=Value("todo"),
        output_field=CharField(),
    )
    return _joined(members).annotate(standing=standing)


def meter_of(rows: Iterable[dict[str, Any]]) -> MeterCounts:
    """The counts of one place from rows of `standing` and `amount`."""
    counts: Counter[str] = Counter()
    for row in rows:
        counts[row["standing"]] += row["amount"]
    return MeterCounts(**{name: counts[name] for name in _NAMES})


def tally_by_class(members: QuerySet[CampaignMember], *, now: datetime) -> Tally:
    """Per class and per day, in one pass."""
    return _tally(members, "class_group", now=now)


def tally_by_college(members: QuerySet[CampaignMember], *, now: datetime) -> Tally:
    """Per college and per day, in one pass; those without a college are a place too."""
    return _tally(members, "class_group__college", now=now)


def _tally(members: QuerySet[CampaignMember], place: str, *, now: datetime) -> Tally:
    rows = list(
        with_standing(members, now=now)
        .annotate(done_on=TruncDate(_done_at(now)))
        .order_by(place)
        .values(place, f"{place}__name", "standing", "done_on")
        .annotate(amount=Count("pk"), until=Min("closes_at"))
    )
    places = [
        _progress(place_id, list(same), place)
        for place_id, same in groupby(rows, itemgetter(place))
    ]
    days: Counter[date] = Counter()
    for row in rows:
        if row["done_on"]:
            days[row["done_on"]] += row["amount"]
    return Tally(places=tuple(_ranked(places)), by_day=tuple(sorted(days.items())))


def _progress(place_id: int | None, rows: list[dict[str, Any]], place: str) -> Progress:
    return Progress(
        place_id=place_id,
        name=rows[0][f"{place}__name"] or "",
        counts=meter_of(rows),
        # The place's own deadline: one student with more time does not move it.
        closes_at=min(row["until"] for row in rows),
    )


def _ranked(found: list[Progress]) -> list[Progress]:
    """By open work, then by what was reported; names settle the rest."""
    return sorted(found, key=lambda each: (-each.open, -each.counts.disputed, each.name))


def _done_at(now: datetime) -> Case:
    """When the second conclusion was given: the twin of `Standing.done_at`.

    A freshman's silence is done at the deadline.
    """
    last = Greatest(F("said_data__concluded_at"), F("said_photo__concluded_at"))
    said_data = is_registered("") & _given("said_data", _GIVEN, even_outdated=True)
    said_both = said_data & _given("said_photo", _GIVEN, even_outdated=True)
    return Case(
        When(_silent(now), then=F("closes_at")),
        When(_DATA_ONLY & _given("said_data", _GIVEN), then=F("said_data__concluded_at")),
        When(_given("said_data", _GIVEN) & _given("said_photo", _GIVEN), then=last),
        When(said_both, then=last),
        When(_DATA_ONLY & said_data, then=F("said_data__concluded_at")),
        output_field=DateTimeField(),
    )


def waiting_by_age(
    classes: QuerySet[ClassGroup], *, now: datetime, bounds: tuple[timedelta, timedelta]
) -> WaitingByAge:
    """Who still has something to check in campaigns that run, by how long the present round has been open.

    Where the campaign has no end of its own, somebody waits until the own row of the sheet is frozen.
    The first round counts from the day on which the school lets students in, a later one from its own.
    """
    first, second = (now - bound for bound in bounds)
    members = CampaignMember.objects.filter(
        has_begun(now),
        Q(campaign__ends_at__gt=now)
        | Q(campaign__ends_at=None, sheet_freeze_at__gt=now)
        | Q(closes_at__gt=now),
        class_group__in=classes.order_by().values("pk"),
        removed_at=None,
    )
    asked = (
        with_standing(members, now=now)
        .filter(Q(standing__in=_OPEN))
        .annotate(
            begun=Case(
                When(opens_at__isnull=False, then=F("opens_at")), default=F("campaign__opens_at")
            )
        )
    )
    fresh = Q(begun__gt=first) | Q(turn__opened_at__gt=first)
    middle = Q(begun__gt=second) | Q(turn__opened_at__gt=second)
    found = asked.aggregate(
        fresh=Count("pk", filter=fresh), upto=Count("pk", filter=middle), all=Count("pk")
    )
    return WaitingByAge(
        fresh=found["fresh"],
        older=found["upto"] - found["fresh"],
        oldest=found["all"] - found["upto"],
    )
