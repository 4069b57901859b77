"""A class as monitor and counsellor see it: results without values, and progress in numbers."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any, Final

from django.db.models import (
    BooleanField,
    Case,
    Count,
    F,
    Min,
    Q,
    QuerySet,
    When,
)

from common.components import MeterCounts
from common.prepared import PreparedQuery
from enrollment.models import ClassGroup
from enrollment.selectors import FIELD_LABELS
from imaging.models import Campaign, CampaignMember, VerificationConclusion
from imaging.selectors.registered import is_registered
from imaging.selectors.tallies import meter_of, with_standing
from imaging.selectors.terms import photo_reason_words, terms_given_under, words_by_terms
from imaging.selectors.timetables import has_begun
from imaging.states import (
    Conclusion,
    ConclusionKind,
    DataReason,
    PhotoMatter,
    PhotoReason,
    photo_matter,
)

WordsByTerms = Mapping[tuple[int, int], Mapping[str, str]]
_REASON_LABELS = {**dict(PhotoReason.choices), **dict(DataReason.choices)}
_COLUMNS = (
    "member_id",
    "record_id",
    "student_no",
    "name",
    "kind",
    "state",
    "reasons",
    "wrong_fields",
    "concluded_at",
    "locks_at",
    "photo_now",
    "holds",
    "member_closes_at",
    "terms_no",
    "is_proxy",
    "round_no",
    "is_registered",
    "is_waived",
)
_CLASS_COLUMNS = (
    "campaign",
    "campaign__title",
    "campaign__opens_at",
    "class_group",
    "class_group__name",
    "standing",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConclusionResult:
    """One conclusion without values: an outdated one counts as PENDING."""

    kind: ConclusionKind
    state: Conclusion = Conclusion.PENDING
    is_locked: bool = False
    is_invalid: bool = False
    reasons: tuple[str, ...] = ()
    wrong_fields: tuple[str, ...] = ()
    concluded_at: datetime | None = None
    locks_at: datetime | None = None
    is_asked: bool = True
    is_proxy: bool = False
    is_wish: bool = (
        False  # 有误 only in that the student would like another photo: it is the student's own
    )

    @property
    def is_open(self) -> bool:
        """Given and not locked yet (暂定)."""
        return self.state != Conclusion.PENDING and not self.is_locked


@dataclass(frozen=True, slots=True, kw_only=True)
class StudentResult:
    """One student of a class: who, whether there is a photo, and the two results."""

    member_id: int
    record_id: int
    student_no: str
    name: str
    has_photo: bool
    data: ConclusionResult
    photo: ConclusionResult
    closes_at: datetime
    round_no: int = 1
    is_waived: bool = False  # need not hand in a photo (免交照片)
    is_registered: bool = False  # the certificate is registered: nothing is asked any more

    @property
    def is_open(self) -> bool:
        """Whether anything given may still change."""
        return self.data.is_open or self.photo.is_open


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassProgress:
    """How far a class has come in its newest campaign that has opened."""

    campaign_id: int
    campaign_title: str
    closes_at: datetime
    class_group_id: int
    class_name: str
    counts: MeterCounts


def class_members(campaign: Campaign, class_group: ClassGroup) -> QuerySet[CampaignMember]:
    """The members of the class in the campaign, as the class was when they joined, by student number."""
    return (
        CampaignMember.objects.filter(campaign=campaign, class_group=class_group, removed_at=None)
        .select_related("record")
        .order_by("record__student_no")
    )


def class_results(
    campaign: Campaign, class_group: ClassGroup, *, now: datetime
) -> list[StudentResult]:
    """A row per student by student number, in one query; no right values, notes or evidence."""
    rows = (
        VerificationConclusion.objects.filter(
            round__is_current=True,
            round__member__campaign=campaign,
            round__member__class_group=class_group,
            round__member__removed_at=None,
        )
        .with_validity()
        .annotate(
            member_id=F("round__member"),
            record_id=F("round__member__record"),
            student_no=F("round__member__record__student_no"),
            name=F("round__member__record__name"),
            member_closes_at=F("round__member__closes_at"),
            round_no=F("round__round_no"),
            is_registered=_truth(is_registered("round__member__")),
            is_waived=_truth(Q(round__member__photo_waived_at__isnull=False)),
        )
        .order_by("student_no", "member_id", "kind")
        .values(*_COLUMNS)
    )
    people = groupby(rows, key=lambda row: row["member_id"])
    words = words_by_terms([campaign])
    return [_student(list(both), campaign, words, now) for _, both in people]


def _student(
    rows: list[dict[str, Any]], campaign: Campaign, words: WordsByTerms, now: datetime
) -> StudentResult:
    who = rows[0]
    asked = set(campaign.asked) - ({ConclusionKind.PHOTO} if who["is_waived"] else set())
    parts = {kind: ConclusionResult(kind=kind, is_asked=kind in asked) for kind in ConclusionKind}
    parts |= {ConclusionKind(row["kind"]): _result(row, campaign, words, now) for row in rows}
    return StudentResult(
        member_id=who["member_id"],
        record_id=who["record_id"],
        student_no=who["student_no"],
        name=who["name"],
        has_photo=bool(who["photo_now"]),
        data=parts[ConclusionKind.DATA],
        photo=parts[ConclusionKind.PHOTO],
        closes_at=who["member_closes_at"],
        round_no=who["round_no"],
        is_waived=who["is_waived"],
        is_registered=who["is_registered"],
    )


def _result(
    row: dict[str, Any], campaign: Campaign, words: WordsByTerms, now: datetime
) -> ConclusionResult:
    kind, closes_at = ConclusionKind(row["kind"]), row["member_closes_at"]
    is_silent = row["state"] == Conclusion.PENDING and closes_at <= now
    if campaign.counts_silence and is_silent:
        return ConclusionResult(
            kind=kind,
            state=Conclusion.CORRECT,
            is_locked=True,
            concluded_at=closes_at,
            locks_at=closes_at,
        )
    # What was concluded stays as it was when the certificate was registered.
    holds = row["holds"] or row["is_registered"]
    if not holds or row["state"] == Conclusion.PENDING:
        return ConclusionResult(kind=kind, is_invalid=not holds)
    return ConclusionResult(
        kind=kind,
        state=Conclusion(row["state"]),
        is_locked=row["is_registered"] or row["locks_at"] <= now,
        reasons=reason_labels(
            row["reasons"],
            words.get((campaign.pk, row["terms_no"])) if kind == ConclusionKind.PHOTO else None,
        ),
        wrong_fields=field_labels(row["wrong_fields"]),
        concluded_at=row["concluded_at"],
        locks_at=row["locks_at"],
        is_proxy=row["is_proxy"],
        is_wish=kind == ConclusionKind.PHOTO
        and row["state"] == Conclusion.INCORRECT
        and photo_matter(row["reasons"]) is PhotoMatter.RETAKE,
    )


def _truth(condition: Q) -> Case:
    return Case(When(condition, then=True), default=False, output_field=BooleanField())


def reason_labels(
    reasons: Iterable[str], words: Mapping[str, str] | None = None
) -> tuple[str, ...]:
    """The words of stored reasons; for a photo, `words` are those that it was reported by."""
    labels = {**_REASON_LABELS, **(words or {})}
    return tuple(labels.get(reason, reason) for reason in reasons)


def reasons_said(conclusion: VerificationConclusion) -> tuple[str, ...]:
    """The reasons of one conclusion in the words that stood on the page when it was given."""
    if conclusion.kind != ConclusionKind.PHOTO or not conclusion.reasons:
        return reason_labels(conclusion.reasons)
    words = terms_given_under(conclusion).reason_words
    called = {reason.value: photo_reason_words(words, reason)[0] for reason in PhotoReason}
    return reason_labels(conclusion.reasons, called)


def field_labels(fields: Iterable[str]) -> tuple[str, ...]:
    """The names of stored wrong fields."""
    return tuple(FIELD_LABELS.get(field, field) for field in fields)


def class_progress(class_groups: Iterable[ClassGroup], *, now: datetime) -> list[ClassProgress]:
    """Per class the counts of its newest campaign that has opened, everybody counted once; one query."""
    rows = _PROGRESS.rows(now, [class_group.pk for class_group in class_groups])
    return [_progress(list(group)) for _, group in groupby(rows, key=itemgetter("class_group"))]


def _counted(now: datetime, classes: list[int]) -> QuerySet[Any, Any]:
    members = CampaignMember.objects.filter(
        has_begun(now), class_group__in=classes, removed_at=None
    )
    counted: QuerySet[Any, Any] = (
        with_standing(members, now=now)
        .values(*_CLASS_COLUMNS)
        .annotate(amount=Count("pk"), until=Min("closes_at"))
        .order_by("class_group__name", "class_group", "-campaign__opens_at", "-campaign")
    )
    return counted


_PROGRESS: Final = PreparedQuery(_counted)


def _progress(rows: list[dict[str, Any]]) -> ClassProgress:
    newest = rows[0]
    own = [row for row in rows if row["campaign"] == newest["campaign"]]
    return ClassProgress(
        campaign_id=newest["campaign"],
        campaign_title=newest["campaign__title"],
        # The class's own deadline: one student with more time does not move it.
        closes_at=min(row["until"] for row in own),
        class_group_id=newest["class_group"],
        class_name=newest["class_group__name"],
        counts=meter_of(own),
    )
