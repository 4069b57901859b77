"""The photos of one class on one page, for who answers for the class."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from accounts.models import User
from enrollment.models import Assignment, ClassGroup, StudentRecord
from enrollment.selectors import has_status
from imaging.models import PhotoVersion
from imaging.states import MembershipEffect, PhotoKind, statuses_with

__all__ = ["ClassPhoto", "class_photos", "photo_kinds_of", "viewer_words"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassPhoto:
    """One student of the class; without a version nothing is there yet, or it was erased."""

    record_id: int
    student_no: str
    name: str
    version: PhotoVersion | None = None


def class_photos(class_group: ClassGroup, kind: PhotoKind, *, now: datetime) -> list[ClassPhoto]:
    """Who is in the class now, by student number, with the current photo of this kind; two queries.

    Left out is who has left, and every record that the office looks into.
    """
    people = _people(class_group, now).order_by("student_no", "pk")
    current = PhotoVersion.objects.filter(
        record__in=people.order_by().values("pk"),
        kind=kind,
        is_current=True,
        entry__published__purged_at=None,
    )
    shown = current.select_related("entry").only(
        "record_id", "kind", "version_no", "entry__published_id"
    )
    versions = {version.record_id: version for version in shown}
    return [
        ClassPhoto(record_id=pk, student_no=number, name=name, version=versions.get(pk))
        for pk, number, name in people.values_list("pk", "student_no", "name")
    ]


def photo_kinds_of(class_group: ClassGroup, *, now: datetime) -> list[PhotoKind]:
    """The kinds of photos that anybody of the class has, in their usual order."""
    found = set(
        PhotoVersion.objects.filter(record__in=_people(class_group, now), is_current=True)
        .order_by()
        .values_list("kind", flat=True)
        .distinct()
    )
    return [kind for kind in PhotoKind if kind in found]


def viewer_words(user: User, *, now: datetime) -> str:
    """Who looks, as it is drawn into pictures: the name used in a class, else the masked contact, and the account."""
    held = Assignment.objects.in_force_at(now).filter(user=user).exclude(display_name="")
    name = held.order_by("pk").values_list("display_name", flat=True).first()
    return f"{name or user.contact_label}（账号 {user.pk}）"


def _people(class_group: ClassGroup, now: datetime) -> QuerySet[StudentRecord]:
    gone = has_status(statuses_with(MembershipEffect.REMOVED), now=now)
    return StudentRecord.objects.filter(
        class_group=class_group, hidden_at=None, duplicate_of=None
    ).exclude(gone)
