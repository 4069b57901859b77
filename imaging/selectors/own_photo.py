"""Where one student stands with sending an own photo, and what the desk has to look at."""

from dataclasses import dataclass
from typing import Final

from django.db.models import F, QuerySet

from accounts.models import User
from imaging.inspection import PhotoRules, judge, overlay_of
from imaging.models import Campaign, CampaignMember, OwnPhoto, PhotoChannels
from imaging.selectors.capture_plan import CapturePlan, CaptureStep
from imaging.selectors.inspections import PhotoInspection, stored_measures
from imaging.selectors.profiles import measuring_rules
from imaging.selectors.repair import open_repair_of
from imaging.states import PhotoKind
from imaging.states.own_photo import (
    DRAFT_LIVES,
    WAITING_OWN_PHOTOS,
    OwnPhotoState,
    PhotoChannel,
)

__all__ = [
    "SENDING",
    "OwnEntry",
    "OwnStanding",
    "attempts_used",
    "channels_of",
    "own_entry",
    "own_inspection",
    "own_photos_of",
    "own_rules",
    "own_standing",
    "waiting_own_photos",
]


# Who has been photographed, or whose photo is there, sends none.
SENDING: Final = frozenset(CaptureStep) - {CaptureStep.ARRIVED, CaptureStep.DONE}


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnStanding:
    """Everything that the page and the rules about sending need.

    `last` is the newest photo that was sent and is decided or withdrawn; `is_settling` says that it
    was accepted and waits for a second person, because it would replace a locked one.
    """

    plan: CapturePlan
    channels: PhotoChannels | None
    draft: OwnPhoto | None
    waiting: OwnPhoto | None
    last: OwnPhoto | None
    used: int
    is_settling: bool

    @property
    def member(self) -> CampaignMember:
        """The membership that the photo is for."""
        return self.plan.member

    @property
    def left(self) -> int:
        """How often a photo may still be sent."""
        return max(self.channels.attempts - self.used, 0) if self.channels else 0

    @property
    def offered(self) -> tuple[PhotoChannel, ...]:
        """The ways that the campaign offers, whether or not it is time."""
        return self.channels.own if self.channels else ()

    @property
    def is_open(self) -> bool:
        """Whether own photos are taken in now."""
        return (
            self.channels is not None
            and bool(self.offered)
            and self.channels.opens_at <= self.plan.now < self.channels.closes_at
        )

    @property
    def is_touched(self) -> bool:
        """Whether there is anything of an own photo to be shown."""
        return any((self.draft, self.waiting, self.last))


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnEntry:
    """The line that leads to 自己交照片."""

    label: str
    note: str
    state: str


def channels_of(campaign: Campaign) -> PhotoChannels | None:
    """How photos come in; None where nobody has said, so on site only."""
    return PhotoChannels.objects.filter(campaign=campaign).first()


def own_rules(campaign: Campaign) -> PhotoRules:
    """What an own photo is measured by."""
    return measuring_rules(PhotoKind(campaign.profile.kind), campaign)


def own_inspection(photo: OwnPhoto) -> PhotoInspection:
    """What was measured, judged by the rules of today; the file is not read."""
    rules, measures = own_rules(photo.member.campaign), stored_measures(photo.measures)
    look = measures.look if measures is not None else None
    return PhotoInspection(
        results=judge(measures, rules) if measures is not None else (),
        overlay=overlay_of(look, rules),
        is_looked_at=look is not None,
    )


def own_photos_of(user: User) -> QuerySet[OwnPhoto]:
    """The photos that this person sent for the own records; not those of a former holder, nor staff's."""
    return (
        OwnPhoto.objects.filter(
            member__record__binding__identity__user=user,
            member__record__hidden_at=None,
            member__record__duplicate_of=None,
            made_at__gte=F("member__record__binding__bound_at"),
        )
        .exclude(channel=PhotoChannel.STAFF)
        .select_related("member__campaign", "member__record", "entry", "published")
    )


def attempts_used(member: CampaignMember) -> int:
    """How often a photo was sent for this member, also withdrawn ones."""
    return OwnPhoto.objects.filter(member=member, attempt_no__isnull=False).count()


def own_standing(plan: CapturePlan, user: User) -> OwnStanding:
    """Where the student stands, from the plan of being photographed."""
    photos = own_photos_of(user).filter(member=plan.member)
    ended = photos.filter(
        state__in=[OwnPhotoState.ACCEPTED, OwnPhotoState.RETURNED, OwnPhotoState.WITHDRAWN]
    )
    last = ended.order_by("-pk").first()
    entry = last.entry if last is not None else None
    return OwnStanding(
        plan=plan,
        channels=channels_of(plan.member.campaign),
        draft=photos.filter(state=OwnPhotoState.DRAFT, made_at__gt=plan.now - DRAFT_LIVES).first(),
        waiting=photos.filter(state__in=WAITING_OWN_PHOTOS).first(),
        last=last,
        used=attempts_used(plan.member),
        is_settling=entry is not None and open_repair_of(entry, now=plan.now) is not None,
    )


def own_entry(standing: OwnStanding) -> OwnEntry | None:
    """The way to the page from elsewhere; None where there is nothing to do or to see."""
    last = standing.last
    if standing.waiting is not None:
        return OwnEntry(label="等老师看", note="交上去了，看完会发消息给你", state="todo")
    if standing.is_settling:
        return OwnEntry(label="再核一遍", note="收下了，另一位老师确认以后换上", state="todo")
    if not (standing.is_open and standing.left and standing.plan.step in SENDING):
        return None
    if standing.draft is not None:
        return OwnEntry(label="还没交", note="照片量好了，看看再决定交不交", state="due")
    if last is not None and last.state == OwnPhotoState.RETURNED:
        return OwnEntry(label="请重拍", note="老师看过上一张，写了哪里要改", state="due")
    return OwnEntry(
        label=f"还能交 {standing.left} 次", note="不去现场，自己拍一张交给学校", state="todo"
    )


def waiting_own_photos() -> QuerySet[OwnPhoto]:
    """What staff have to look at, in the order in which it came."""
    return OwnPhoto.objects.filter(state__in=WAITING_OWN_PHOTOS).order_by("sent_at", "pk")
