"""Everything that hangs on a campaign, in the order in which it can go.

A test walks the models' graph and fails when a table hangs on a campaign and stands in no part.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any, Final

from django.db.models import Model, Q, QuerySet

from accounts.models import OfficeRole, User
from common.models import OutboxMessage
from corrections import models as cases
from enrollment.models import Assignment, Binding
from imaging import models as photos
from imaging.models import Campaign, CampaignMember
from reports import models as reports

__all__ = ["PARTS", "STAYS", "Part"]

Find = Callable[[Campaign], Q]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One table's share: which rows, which of their columns are files, what goes in the same step.

    `takes` names tables below with their way up to the row; they lose their way to the campaign
    otherwise.
    """

    model: type[Model]
    find: Find
    files: tuple[str, ...] = ()
    takes: tuple[tuple[type[Model], str], ...] = ()

    @property
    def label(self) -> str:
        """What the rows are called."""
        return name_of(self.model)

    def rows(self, campaign: Campaign) -> "QuerySet[Any]":
        """The rows of the campaign, each once."""
        every = self.model._base_manager  # noqa: SLF001 -- Django's public _base_manager
        return every.filter(pk__in=every.filter(self.find(campaign)).order_by().values("pk"))

    def taken(self, rows: Any) -> "Iterator[QuerySet[Any]]":
        """The rows below those, table by table."""
        for model, way in self.takes:
            below = model._base_manager  # noqa: SLF001 -- the same
            yield below.filter(**{f"{way}__in": rows})


def name_of(model: type[Model]) -> str:
    """What rows of the table are called."""
    return str(model._meta.verbose_name)  # noqa: SLF001 -- Django's public _meta


def _by(*ways: str) -> Find:
    """Rows that reach the campaign by one of these ways."""
    return lambda campaign: reduce(or_, (Q(**{way: campaign}) for way in ways))


def _only_here(campaign: Campaign) -> "QuerySet[Any]":
    """Records that take part in no other campaign: what hangs on them alone was made in this one."""
    others = CampaignMember.objects.exclude(campaign=campaign).values("record")
    return (
        CampaignMember.objects.filter(campaign=campaign)
        .exclude(record__in=others)
        .order_by()
        .values("record")
    )


def _case(before: str = "") -> Find:
    """Cases that came from a conclusion, and those that somebody opened directly meanwhile."""

    def find(campaign: Campaign) -> Q:
        direct = {
            f"{before}conclusion": None,
            f"{before}submitted_at__gte": campaign.created_at,
            f"{before}record__in": _only_here(campaign),
        }
        return Q(**{f"{before}conclusion__round__member__campaign": campaign}) | Q(**direct)

    return find


def _whole(lines: type[Model], above: str) -> Find:
    """Rows above lines about cases (a pack, a batch) that hold nobody else's."""

    def find(campaign: Campaign) -> Q:
        every = lines._base_manager  # noqa: SLF001 -- Django's public _base_manager
        mine = every.filter(_case("request__")(campaign)).values(above)
        others = every.exclude(_case("request__")(campaign)).values(above)
        return Q(pk__in=mine) & ~Q(pk__in=others)

    return find


def _visits(campaign: Campaign) -> Q:
    """Confirmations at the counter since the rehearsal began."""
    return Q(record__in=_only_here(campaign), confirmed_at__gte=campaign.created_at)


def _messages(campaign: Campaign) -> Q:
    """What was said to its demo people since it began, and whatever names it to anybody."""
    demo = Binding.objects.filter(record__in=_only_here(campaign)).values("identity__user")
    real = Binding.objects.filter(record__school__is_demo=False).values("identity__user")
    posts = Assignment.objects.filter(
        Q(class_group__school__is_demo=False) | Q(college__school__is_demo=False)
    )
    people = (
        User.objects.filter(pk__in=demo)
        .exclude(pk__in=real)
        .exclude(pk__in=posts.values("user"))
        .exclude(pk__in=OfficeRole.objects.filter(ended_at=None).values("user"))
    )
    said = Q(user__in=people.values("pk"), created_at__gte=campaign.created_at)
    if Campaign.objects.filter(title=campaign.title).exclude(pk=campaign.pk).exists():
        return said
    return said | Q(is_rehearsal=True, params__campaign=campaign.title)


_MEMBER: Final = "member__campaign"
_PHOTO: Final = "entry__batch__campaign"
_AUDIT: Final = "audit__campaign"
_SHEET: Final = "sheet__campaign"

PARTS: Final[tuple[Part, ...]] = (
    Part(model=OutboxMessage, find=_messages),
    # 毕业资格审核
    Part(model=cases.CertificateCorrection, find=_by("certificate__student__audit__campaign")),
    Part(model=cases.Certificate, find=_by("student__audit__campaign")),
    Part(model=cases.AuditObjection, find=_by(_AUDIT)),
    Part(model=cases.ItemMark, find=_by("student__audit__campaign")),
    Part(model=cases.ResultRow, find=_by("result_import__audit__campaign")),
    Part(model=cases.ResultImport, find=_by(_AUDIT)),
    Part(model=cases.AuditedStudent, find=_by(_AUDIT)),
    Part(model=cases.AuditItem, find=_by(_AUDIT)),
    Part(model=cases.GraduationAudit, find=_by("campaign")),
    # 反馈表
    Part(model=cases.ProxySignature, find=_by(_SHEET, _MEMBER)),
    Part(model=cases.SheetRemark, find=_by(_SHEET, _MEMBER)),
    Part(model=cases.SheetSignature, find=_by(_SHEET)),
    Part(model=cases.ClassSheet, find=_by("campaign")),
    Part(model=cases.HandInReopening, find=_by("campaign")),
    Part(model=cases.CollegePrint, find=_by("campaign"), files=("file",)),
    # 勘误
    Part(
        model=cases.ProvincePack,
        find=_whole(cases.PackedCase, "pack"),
        files=("file",),
        takes=(
            (cases.AnswerLine, "answer__pack"),
            (cases.ProvinceAnswer, "pack"),
            (cases.PackedCase, "pack"),
        ),
    ),
    Part(model=cases.AnswerLine, find=_case("packed__request__")),
    Part(model=cases.PackedCase, find=_case("request__")),
    Part(
        model=cases.CaseBatch,
        find=_whole(cases.BatchedCase, "batch"),
        takes=((cases.BatchedCase, "batch"),),
    ),
    Part(model=cases.BatchedCase, find=_case("request__")),
    Part(model=cases.Evidence, find=_case("request__"), files=("file",)),
    Part(model=cases.CorrectionField, find=_case("request__")),
    Part(model=cases.RequestStep, find=_case("request__")),
    Part(model=cases.CaseStay, find=_case("request__")),
    Part(model=cases.CorrectionRequest, find=_case()),
    Part(model=cases.CounterVisit, find=_visits),
    # 校对
    Part(model=photos.ReopenRequest, find=_by(_MEMBER)),
    Part(
        model=photos.VerificationConclusion,
        find=_by("round__member__campaign"),
        files=("evidence",),
    ),
    Part(model=photos.VerificationRound, find=_by(_MEMBER)),
    # 学历登记; a rehearsal opens no pack, and a pack of another campaign keeps its photos
    Part(model=photos.PackedRecord, find=_by("pack__campaign")),
    Part(model=photos.RegistrationPack, find=_by("campaign"), files=("file",)),
    Part(model=photos.PlatformRow, find=_by("platform_list__campaign")),
    Part(model=photos.PlatformList, find=_by("campaign")),
    # 照片
    Part(model=reports.ReportView, find=_by("report__photo__entry__batch__campaign")),
    Part(model=reports.VerificationReport, find=_by("photo__entry__batch__campaign")),
    Part(
        model=photos.PhotoRepair,
        find=_by("moves__entry__batch__campaign", "hint__entry__batch__campaign"),
        takes=((photos.RepairMove, "repair"),),
    ),
    Part(model=photos.PhotoHint, find=_by(_PHOTO)),
    Part(model=photos.PhotoClaim, find=_by(_PHOTO)),
    Part(model=photos.PhotoRuling, find=_by(_PHOTO)),
    Part(model=photos.Rendition, find=_by(_PHOTO), files=("file",)),
    Part(model=photos.OwnPhoto, find=_by(_MEMBER), files=("original", "published")),
    Part(model=photos.PhotoVersion, find=_by(_PHOTO)),
    Part(model=photos.BatchFinding, find=_by("batch__campaign")),
    Part(model=photos.BatchItem, find=_by("batch__campaign"), files=("sheet",)),
    Part(
        model=photos.CaptureEntry,
        find=_by("batch__campaign"),
        files=("original", "published"),
    ),
    Part(model=photos.PhotoBatch, find=_by("campaign"), files=("file",)),
    # 拍照
    Part(model=photos.CaptureVisit, find=_by("session__campaign", _MEMBER, "ticket__campaign")),
    Part(model=photos.CaptureAbsence, find=_by("session__campaign", _MEMBER)),
    Part(model=photos.CaptureBooking, find=_by("session__campaign", _MEMBER)),
    Part(model=photos.CaptureTicket, find=_by("campaign")),
    Part(model=photos.CaptureSession, find=_by("campaign")),
    # 批次
    Part(model=photos.Reminder, find=_by("run__campaign", _MEMBER)),
    Part(model=photos.ReminderRun, find=_by("campaign")),
    Part(model=photos.ReminderPlan, find=_by("campaign")),
    Part(model=photos.AnnouncementRead, find=_by("announcement__campaign")),
    Part(model=photos.AnnouncementFile, find=_by("announcement__campaign"), files=("file",)),
    Part(model=photos.AnnouncementVersion, find=_by("announcement__campaign")),
    Part(model=photos.Announcement, find=_by("campaign")),
    Part(model=photos.PrintAddress, find=_by(_MEMBER)),
    Part(model=photos.PhotoChannels, find=_by("campaign")),
    Part(model=photos.Extension, find=_by("campaign")),
    Part(model=photos.SchoolTimetable, find=_by("campaign")),
    Part(model=photos.CampaignTerms, find=_by("campaign")),
    Part(model=CampaignMember, find=_by("campaign")),
)

# Hang on a campaign and stay → why.
STAYS: Final[dict[str, str]] = {
    "imaging.RehearsalWipe": "says that it was wiped; lets go of the campaign before that goes",
}
