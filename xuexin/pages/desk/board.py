"""The work-board of the desk: counts with links, each one cheap query."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse

from accounts.models import CounterRecovery, DeclaredIdentity
from accounts.states import CounterState
from common.admin import Panel, audit_panel
from common.models import AuditEvent, OutboxMessage
from corrections.models import ClassSheet, CorrectionRequest
from corrections.selectors.ageing import overdue_requests
from corrections.selectors.graduation_traces import without_sanction_events
from corrections.states import RequestState, SheetState
from enrollment.models import NearMatch, PersonMerge, RescueCase, RosterImport, StudentRecord
from enrollment.selectors.claims import open_claims, overdue_claims
from enrollment.states import ImportState, SamePerson
from imaging.models import (
    CampaignMember,
    CaptureEntry,
    PhotoBatch,
    PhotoHint,
    PhotoRepair,
    PhotoVersion,
)
from imaging.selectors import waiting_reopens
from imaging.selectors.finding import waiting_photo_claims
from imaging.selectors.own_photo import waiting_own_photos
from imaging.selectors.review_traces import without_review_events
from imaging.states import CampaignKind, HintState, MatchState, PhotoKind

# Counting stops here: a board needs to know that there is much, not how much.
_ENOUGH = 10_000
_RECENT = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """One cell of the board."""

    label: str
    note: str
    count: int
    url: str
    is_late: bool = False

    @property
    def shown(self) -> str:
        """The count, cut where it stops being counted."""
        return f"{_ENOUGH}+" if self.count >= _ENOUGH else str(self.count)


def _count(rows: "QuerySet[Any]") -> int:
    return rows.order_by()[:_ENOUGH].count()


def _url(model: str, query: str) -> str:
    return f"{reverse(f'admin:{model}_changelist')}?{query}"


def members_without_photo(*, now: datetime) -> "QuerySet[CampaignMember]":
    """Members of running campaigns whose record has no graduation photo and is to have one."""
    current = PhotoVersion.objects.filter(
        record=OuterRef("record"), kind=PhotoKind.GRADUATION, is_current=True
    )
    return CampaignMember.objects.filter(
        ~Exists(current),
        removed_at=None,
        photo_waived_at=None,
        campaign__kind=CampaignKind.GRADUATION,
        campaign__opens_at__lte=now,
        campaign__sheet_freeze_at__gt=now,
    )


# An import that waits for a decision, runs, or failed.
_STUCK = Q(state__in=[ImportState.STAGED, ImportState.APPLYING, ImportState.REFUSED])


def _photo_work(now: datetime) -> list[Work]:
    entries = CaptureEntry.objects
    return [
        Work(
            label="采集照片没对上学籍",
            note="照片到了，不知道是谁的",
            count=_count(entries.filter(state=MatchState.UNMATCHED)),
            url=_url("imaging_captureentry", f"state__exact={MatchState.UNMATCHED}"),
        ),
        Work(
            label="采集照片对上多人",
            note="要人来定是哪一位",
            count=_count(entries.filter(state=MatchState.AMBIGUOUS)),
            url=_url("imaging_captureentry", f"state__exact={MatchState.AMBIGUOUS}"),
        ),
        Work(
            label="照片线索等人来看",
            note="可能是谁的，可能弄混了",
            count=_count(PhotoHint.objects.filter(state=HintState.OPEN)),
            url=_url("imaging_photohint", f"state__exact={HintState.OPEN}"),
        ),
        Work(
            label="照片更正等第二人确认",
            note="互换、作废、换掉锁定的照片",
            count=_count(PhotoRepair.objects.second_at(now)),
            url=_url("imaging_photorepair", "waiting=second"),
        ),
        Work(
            label="学生还没有毕业照片",
            note="只数正在进行的校对批次",
            count=_count(members_without_photo(now=now)),
            url=_url("imaging_campaignmember", "photo=missing"),
        ),
    ]


def _people_work() -> list[Work]:
    return [
        Work(
            label="学籍还没有绑定账号",
            note="学生没注册，或没核实成功",
            count=_count(StudentRecord.objects.filter(binding=None)),
            url=_url("enrollment_studentrecord", "bound=no"),
        ),
        Work(
            label="实名后没找到学籍",
            note="填了实名，名册里没有这个人",
            count=_count(DeclaredIdentity.objects.filter(bindings=None)),
            url=_url("accounts_declaredidentity", "bound=no"),
        ),
        Work(
            label="在籍、不在最新名册",
            note="完整名册里没有这份学籍",
            count=_count(StudentRecord.objects.filter(missing_at__isnull=False)),
            url=_url("enrollment_studentrecord", "roster=missing"),
        ),
        Work(
            label="名册里疑似同一人",
            note="导入前要人来定",
            count=_count(
                NearMatch.objects.filter(
                    decision=SamePerson.UNDECIDED, roster__state=ImportState.STAGED
                )
            ),
            url=_url("enrollment_nearmatch", f"decision__exact={SamePerson.UNDECIDED}"),
        ),
    ]


def _claim_work(now: datetime) -> list[Work]:
    late = _count(overdue_claims(now=now))
    photos = waiting_photo_claims()
    late_photos = _count(photos.filter(due_at__lte=now))
    return [
        Work(
            label="照片认领等着核实",
            note=f"其中 {late_photos} 份过了答复时间" if late_photos else "答应三个工作日内答复",
            count=_count(photos),
            url=_url("imaging_photoclaim", f"waiting={'late' if late_photos else 'open'}"),
            is_late=late_photos > 0,
        ),
        Work(
            label="学籍认领等着核实",
            note=f"其中 {late} 份过了答复时间" if late else "答应五个工作日内答复",
            count=_count(open_claims()),
            url=_url("enrollment_recordclaim", "waiting=late" if late else "waiting=open"),
            is_late=late > 0,
        ),
    ]


def _case_work(now: datetime) -> list[Work]:
    requests = CorrectionRequest.objects
    late = _count(overdue_requests(now=now))
    reopens = waiting_reopens()
    late_reopens = _count(reopens.filter(due_at__lte=now))
    return [
        Work(
            label="申请重新开放",
            note=f"其中 {late_reopens} 份过了答复时间"
            if late_reopens
            else "两个人办，两个工作日内答复",
            count=_count(reopens),
            url=_url("imaging_reopenrequest", f"waiting={'late' if late_reopens else 'open'}"),
            is_late=late_reopens > 0,
        ),
        Work(
            label="自己交的照片等着看",
            note="两个工作日内答复",
            count=_count(waiting_own_photos()),
            url=_url("imaging_ownphoto", "waiting=open"),
        ),
        Work(
            label="勘误等着受理",
            note="学生已提交，还没有人接",
            count=_count(requests.filter(state=RequestState.SUBMITTED)),
            url=_url("corrections_correctionrequest", f"state__exact={RequestState.SUBMITTED}"),
        ),
        Work(
            label="勘误过了期限没办",
            note="按勘误期限，算工作日",
            count=late,
            url=_url("corrections_correctionrequest", "waiting=late"),
            is_late=late > 0,
        ),
    ]


def _sheet_work() -> list[Work]:
    return [
        Work(
            label="反馈表等着接收",
            note="学院已上交，核对纸质表后接收或退回",
            count=_count(ClassSheet.objects.filter(state=SheetState.SUBMITTED)),
            url=_url("corrections_classsheet", "waiting=office"),
        ),
    ]


def _rescue_work(now: datetime) -> list[Work]:
    cases = RescueCase.objects
    late = _count(cases.overdue_at(now))
    return [
        Work(
            label="证件号码找回没办结",
            note="两个人核实，五个工作日内答复",
            count=_count(cases.waiting()),
            url=_url("enrollment_rescuecase", "waiting=open"),
        ),
        Work(
            label="证件号码找回过了期限",
            note="答应申请人的日子已经过了",
            count=late,
            url=_url("enrollment_rescuecase", "waiting=late"),
            is_late=late > 0,
        ),
        Work(
            label="合并账号没办结",
            note="同一个人的两个账号，两个人办",
            count=_count(PersonMerge.objects.waiting()),
            url=_url("enrollment_personmerge", "waiting=open"),
        ),
        Work(
            label="柜台找回等第二人确认",
            note="本人来过，还要另一位老师看",
            count=_count(CounterRecovery.objects.filter(state=CounterState.ENTERED)),
            url=_url("accounts_counterrecovery", f"state__exact={CounterState.ENTERED}"),
        ),
    ]


def _import_work() -> list[Work]:
    failed = _count(OutboxMessage.objects.filter(given_up_at__isnull=False))
    return [
        Work(
            label="名册导入没办完",
            note="等着确认、正在导入，或有错误",
            count=_count(RosterImport.objects.filter(_STUCK)),
            url=_url("enrollment_rosterimport", "stuck=yes"),
        ),
        Work(
            label="照片导入没办完",
            note="等着确认、正在导入，或有错误",
            count=_count(PhotoBatch.objects.filter(_STUCK)),
            url=_url("imaging_photobatch", "stuck=yes"),
        ),
        Work(
            label="消息发不出去",
            note="试了六次，不再试",
            count=failed,
            url=_url("common_outboxmessage", "phase=given_up"),
            is_late=failed > 0,
        ),
    ]


def work_board(*, now: datetime) -> list[Work]:
    """What waits at the desk; what is late stands on top."""
    work = [
        *_photo_work(now),
        *_people_work(),
        *_rescue_work(now),
        *_claim_work(now),
        *_case_work(now),
        *_sheet_work(),
        *_import_work(),
    ]
    return sorted(work, key=lambda each: not each.is_late)


def recent_events() -> Panel:
    """The newest audit events."""
    events = without_review_events(AuditEvent.objects.order_by("-pk"), viewer=None)
    rows = without_sanction_events(events, viewer=None)
    return audit_panel(rows[:_RECENT], title="最近的操作")
