"""What goes to the capture unit: tickets with their session and class, and what was wrong with photos.

Neither a name nor a number of anybody is read here.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Final

from django.db.models import Exists, OuterRef

from imaging.identity import is_ticket
from imaging.matching import MatchReason
from imaging.models import (
    Campaign,
    CampaignMember,
    CaptureEntry,
    CaptureSession,
    CaptureTicket,
    CaptureVisit,
    PhotoVersion,
    VerificationConclusion,
)
from imaging.selectors.capture_desk import class_alias, expected_members, members_for_tickets
from imaging.states import (
    Conclusion,
    ConclusionKind,
    MatchState,
    PhotoKind,
    PhotoMatter,
    PhotoReason,
    SessionKind,
    photo_matter,
)

__all__ = ["Erratum", "Finding", "PackLine", "errata_of", "pack_lines", "sessions_of"]


@dataclass(frozen=True, slots=True)
class PackLine:
    """One person as the capture unit knows them."""

    ticket: str
    session: int | None
    alias: str


class Finding(Enum):
    """What is wrong with a photo, and what the capture unit is asked to do about it."""

    MISSING = ("报到了，没有收到照片", "请补交这张照片")
    UNKNOWN_TICKET = ("没有这个采集号", "请对照拍照记录，改正采集号后再交")
    VOID_TICKET = ("这个采集号已经作废", "请对照拍照记录，写明当时扫的采集号")
    SEVERAL = ("同一个采集号有几张不同的照片", "请写明用哪一张")
    SAME_FILE = ("几个采集号交来同一张照片", "请核对各是谁的，重新交")
    DISAGREES = ("采集号和一起给的其他信息对不上", "请核对是不是扫错了人")
    NOT_USED = ("这张照片没有采用", "不用再交")
    NOT_SAME = ("学生说照片不是本人", "请核对前后几张是不是弄混")
    POOR = ("学生说照片模糊、变形或底色不对", "请用原片重做，做不了就安排重拍")
    DISPUTED = ("学生说照片有误", "学校会安排重拍或另行通知")

    @property
    def text(self) -> str:
        """What was found."""
        return self.value[0]

    @property
    def ask(self) -> str:
        """What is asked for."""
        return self.value[1]


@dataclass(frozen=True, slots=True)
class Erratum:
    """One finding; `fingerprint` are the first characters of the delivered file's SHA-256."""

    ticket: str
    session: int | None
    finding: Finding
    fingerprint: str = ""


_BY_REASON: Final[Mapping[str, Finding]] = {
    MatchReason.VOID_TICKET: Finding.VOID_TICKET,
    MatchReason.UNKNOWN_NUMBER: Finding.UNKNOWN_TICKET,
    MatchReason.SEVERAL_PHOTOS: Finding.SEVERAL,
    MatchReason.SAME_FILE: Finding.SAME_FILE,
}
_FINGERPRINT: Final = 16


def sessions_of(campaign: Campaign) -> list[CaptureSession]:
    """The sessions that take place, in their order."""
    rows = CaptureSession.objects.filter(campaign=campaign, cancelled_at=None)
    return list(rows.select_related("place").order_by("starts_at", "pk"))


def pack_lines(
    campaign: Campaign, *, session: CaptureSession | None, now: datetime
) -> list[PackLine]:
    """The valid tickets of a session, or of the whole campaign with the session of each class.

    A class with several sessions is named with its first; who has booked a make-up, with that.
    """
    if session is not None:
        planned = dict.fromkeys(
            expected_members(session, now=now).values_list("pk", flat=True), session.pk
        )
    else:
        planned = _planned(campaign, now=now)
    tickets = CaptureTicket.objects.filter(campaign=campaign, voided_at=None)
    code_of = dict(tickets.values_list("record", "code"))
    members = members_for_tickets(campaign, now=now).values_list("pk", "record", "class_group")
    lines = [
        PackLine(code_of[record_id], planned.get(member_id), class_alias(class_id))
        for member_id, record_id, class_id in members
        if record_id in code_of and (session is None or member_id in planned)
    ]
    # By the code: any other order would be that of the roster, which the class list has too.
    return sorted(lines, key=lambda line: (line.session or 0, line.alias, line.ticket))


def _planned(campaign: Campaign, *, now: datetime) -> dict[int, int]:
    planned: dict[int, int] = {}
    sessions = sessions_of(campaign)
    for kind in (SessionKind.CLASS, SessionKind.MAKEUP):
        for each in reversed([each for each in sessions if each.kind == kind]):
            members = expected_members(each, now=now).values_list("pk", flat=True)
            planned.update(dict.fromkeys(members, each.pk))
    return planned


def errata_of(campaign: Campaign, *, now: datetime) -> list[Erratum]:
    """Everything about this campaign's tickets that the capture unit must know, the session first."""
    session_of = dict(
        CaptureVisit.objects.filter(session__campaign=campaign, voided_at=None)
        .order_by("arrived_at")
        .values_list("ticket__code", "session")
    )
    found = [*_of_entries(campaign), *_disputed(campaign, now=now), *_missing(campaign)]
    errata = {
        Erratum(ticket, session_of.get(ticket), finding, fingerprint)
        for ticket, finding, fingerprint in found
    }
    return sorted(
        errata,
        key=lambda each: (each.session or 0, each.ticket, each.finding.name, each.fingerprint),
    )


_Found = tuple[str, Finding, str]


def _of_entries(campaign: Campaign) -> Iterable[_Found]:
    """Delivered photos that came under a ticket and found nobody, several, or were put aside."""
    own = CaptureTicket.objects.filter(campaign=campaign, code=OuterRef("ticket"))
    rows = (
        CaptureEntry.objects.filter(kind=PhotoKind.GRADUATION)
        .exclude(state=MatchState.MATCHED)
        .exclude(ticket="")
        .annotate(is_own=Exists(own))
        .values_list("ticket", "state", "reason", "original__sha256", "is_own", "batch__campaign")
    )
    for ticket, state, reason, digest, is_own, campaign_id in rows:
        # What a list called a ticket and is none may be anything, also somebody's number.
        if not is_own and not (campaign_id == campaign.pk and is_ticket(ticket)):
            continue
        finding = _BY_REASON.get(reason, Finding.DISAGREES)
        if state == MatchState.VOIDED:
            finding = Finding.NOT_USED
        yield ticket, finding, digest[:_FINGERPRINT]


def _disputed(campaign: Campaign, *, now: datetime) -> Iterable[_Found]:
    """Photos under a ticket that their students have locked as wrong; a mere wish is no fault of anybody."""
    rows = VerificationConclusion.objects.filter(
        kind=ConclusionKind.PHOTO,
        state=Conclusion.INCORRECT,
        locks_at__lte=now,
        round__is_current=True,
        round__member__campaign=campaign,
        round__member__removed_at=None,
        seen_photo__isnull=False,
    ).exclude(seen_photo__entry__ticket="")
    for reasons, ticket, digest in rows.values_list(
        "reasons", "seen_photo__entry__ticket", "seen_photo__entry__original__sha256"
    ):
        if photo_matter(reasons) is not PhotoMatter.RETAKE:
            yield ticket, _finding_of(reasons), digest[:_FINGERPRINT]


def _finding_of(reasons: Iterable[str]) -> Finding:
    given = set(reasons)
    if given & {PhotoReason.NOT_ME, PhotoReason.SWAPPED}:
        return Finding.NOT_SAME
    return Finding.POOR if PhotoReason.POOR_QUALITY in given else Finding.DISPUTED


def _missing(campaign: Campaign) -> Iterable[_Found]:
    """People whom staff have seen at the counter, and of whom no photo has come."""
    photo = PhotoVersion.objects.filter(
        record=OuterRef("record"), kind=PhotoKind.GRADUATION, is_current=True
    )
    came = CaptureVisit.objects.filter(member=OuterRef("pk"), voided_at=None)
    members = CampaignMember.objects.filter(
        ~Exists(photo), Exists(came), campaign=campaign, removed_at=None, photo_waived_at=None
    )
    visits = CaptureVisit.objects.filter(member__in=members, voided_at=None)
    delivered = CaptureEntry.objects.filter(
        ticket=OuterRef("ticket__code"), kind=PhotoKind.GRADUATION
    )
    for code in visits.filter(~Exists(delivered)).values_list("ticket__code", flat=True):
        yield code, Finding.MISSING, ""
