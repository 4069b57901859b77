"""What goes with a rehearsal, what has to stay, and what forbids it: questions, no writing."""

from collections import Counter
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Model, QuerySet
from django.db.models.fields.reverse_related import ForeignObjectRel

from common.errors import NotAllowedError
from common.models import StoredFile
from enrollment.models import College, School
from imaging.models import (
    Announcement,
    Campaign,
    CaptureEntry,
    OwnPhoto,
    PackedRecord,
    PhotoBatch,
    PhotoRepair,
    RepairMove,
    VerificationConclusion,
)
from imaging.policies.rehearsal import check_is_rehearsal
from imaging.services.announcements import AnnouncementContent, content_of
from imaging.states.announcement import AnnouncementReader, AnnouncementState
from xuexin.rehearsal.parts import PARTS, name_of

__all__ = [
    "FILES",
    "Foreseen",
    "check_all_demo",
    "foresee",
    "free_files",
    "read_elsewhere",
    "used_elsewhere",
]

FILES: Final = "文件"
# Whom the campaign of a notice narrows; everybody else reads it whatever campaign it names.
_ITS_READERS: Final = {AnnouncementReader.STUDENT.value, AnnouncementReader.MONITOR.value}
# Ways from a row to the school that it belongs to.
_SCHOOLS: Final = {
    "school": "school",
    "record": "record__school",
    "to_record": "to_record__school",
    "from_record": "from_record__school",
    "college": "college__school",
    "class_group": "class_group__school",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreseen:
    """How many of what would go, and what stays: batches others use, notices others have read."""

    counts: dict[str, int]
    kept_batches: int
    kept_notices: int

    @property
    def total(self) -> int:
        """All rows together, without the files."""
        return sum(count for name, count in self.counts.items() if name != FILES)


def foresee(campaign: Campaign) -> Foreseen:
    """Count everything that hangs on the rehearsal, table by table; nothing is written."""
    counts: Counter[str] = Counter()
    files: set[int] = set()
    below: dict[
        str, set[int]
    ] = {}  # what goes with the row above it may have a step of its own, too
    for part in PARTS:
        rows = part.rows(campaign)
        for taken in part.taken(rows.values("pk")):
            keys = taken.values_list("pk", flat=True)
            below.setdefault(name_of(taken.model), set()).update(keys)
        own = rows.exclude(pk__in=below[part.label]) if part.label in below else rows
        counts[part.label] += own.count()
        for field in part.files:
            named = rows.filter(**{f"{field}__isnull": False}).values_list(field, flat=True)
            files |= set(named)
    counts.update({name: len(keys) for name, keys in below.items()})
    counts[FILES] = len(files)
    return Foreseen(
        counts={name: n for name, n in counts.items() if n},
        kept_batches=used_elsewhere(campaign).count(),
        kept_notices=len(read_elsewhere(campaign)),
    )


def used_elsewhere(campaign: Campaign) -> "QuerySet[PhotoBatch]":
    """Batches of its photos that something outside of it rests on: they stay, and let go of it."""
    inside = RepairMove.objects.filter(entry__batch__campaign=campaign)
    outside = RepairMove.objects.exclude(entry__batch__campaign=campaign)
    hinted = PhotoRepair.objects.filter(
        hint__entry__batch__campaign=campaign, pk__in=outside.values("repair")
    )
    used: list[Any] = [
        VerificationConclusion.objects.filter(seen_photo__entry__batch__campaign=campaign)
        .exclude(round__member__campaign=campaign)
        .values("seen_photo__entry__batch"),
        PackedRecord.objects.filter(photo__entry__batch__campaign=campaign)
        .exclude(pack__campaign=campaign)
        .values("photo__entry__batch"),
        OwnPhoto.objects.filter(entry__batch__campaign=campaign)
        .exclude(member__campaign=campaign)
        .values("entry__batch"),
        CaptureEntry.objects.filter(found_in__campaign=campaign)
        .exclude(batch__campaign=campaign)
        .values("found_in"),
        inside.filter(repair__in=outside.values("repair")).values("entry__batch"),
        hinted.values("hint__entry__batch"),
    ]
    found = PhotoBatch.objects.none()
    for batches in used:
        found |= PhotoBatch.objects.filter(pk__in=batches)
    return found


def read_elsewhere(campaign: Campaign) -> list[Announcement]:
    """Notices of it that were ever shown to others than its students: they stay, and let go of it."""
    shown = campaign.announcements.exclude(published_at=None).prefetch_related("versions")
    real = set(College.objects.filter(school__is_demo=False).values_list("pk", flat=True))
    return [
        notice
        for notice in shown.order_by("pk")
        if any(
            content.campaign_id != campaign.pk
            or content.is_public
            or not content.readers
            or set(content.readers) - _ITS_READERS
            or real.intersection(content.colleges)
            for content in _shown_contents(notice)
        )
    ]


def _shown_contents(notice: Announcement) -> list[AnnouncementContent]:
    """What it says, and everything that it said since it was published."""
    shown = [content_of(notice)]
    for version in sorted(notice.versions.all(), key=lambda each: each.number):
        if notice.published_at and version.written_at <= notice.published_at:
            shown = shown[:1]  # drafts before the one that was published
        shown.append(content_of(version))
    return shown


def check_all_demo(campaign: Campaign) -> None:
    """Refuse where anything of a real school hangs on it, however it came there."""
    check_is_rehearsal(campaign)
    real = School.objects.filter(is_demo=False).values("code")
    if CaptureEntry.objects.filter(batch__campaign=campaign, school_code__in=real).exists():
        raise NotAllowedError("“采集信息”里有真的学校的照片，不能清除。请先查清它怎么进来的。")
    for notice in read_elsewhere(campaign):
        if notice.state == AnnouncementState.PUBLISHED:
            raise NotAllowedError(
                f"公告“{notice.title}”不只给这次演练的学生看，不能清除。请先撤下它；撤下的会留着。"
            )
    for part in PARTS:
        rows = part.rows(campaign)
        for asked in (rows, *part.taken(rows.values("pk"))):
            for way in _ways(asked.model):
                if asked.filter(**{f"{way}__is_demo": False}).exists():
                    raise NotAllowedError(
                        f"“{name_of(asked.model)}”里有真的学校或学籍，不能清除。请先查清它怎么进来的。"
                    )


def _ways(model: type[Model]) -> list[str]:
    names = {field.name for field in model._meta.concrete_fields}  # noqa: SLF001 -- Django's public _meta
    return [way for name, way in _SCHOOLS.items() if name in names]


def free_files(ids: set[int]) -> set[int]:
    """Those of the files that nothing points to any more."""
    taken: set[int] = set()
    for relation in StoredFile._meta.get_fields(include_hidden=True):  # noqa: SLF001 -- Django's public _meta
        if not isinstance(relation, ForeignObjectRel):
            continue
        field, model = relation.field.name, relation.related_model
        if model._meta.label == "common.FileView":  # noqa: SLF001 -- the same
            continue
        rows = model._base_manager.filter(**{f"{field}__in": ids})  # noqa: SLF001 -- the same
        taken |= set(rows.values_list(field, flat=True))
    return ids - taken
