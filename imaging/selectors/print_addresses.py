"""Where prints are to go: one student's own, and those that wait for the capture unit."""

from dataclasses import dataclass

from django.db.models import F, QuerySet

from accounts.models import User
from imaging.models import Campaign, CampaignMember, PhotoChannels, PrintAddress
from imaging.selectors.capture_plan import CapturePlan
from imaging.selectors.own_photo import channels_of

__all__ = ["PrintStanding", "addresses_of", "own_addresses", "print_standing"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintStanding:
    """What the page about prints needs: whether the campaign asks, until when, and what was given."""

    plan: CapturePlan
    channels: PhotoChannels | None
    given: PrintAddress | None

    @property
    def member(self) -> CampaignMember:
        """The membership that the address is for."""
        return self.plan.member

    @property
    def is_asked(self) -> bool:
        """Whether the campaign takes addresses at all."""
        return self.channels is not None and self.channels.takes_addresses

    @property
    def is_open(self) -> bool:
        """Whether an address may be given, changed or taken back now."""
        return (
            self.channels is not None
            and self.channels.takes_addresses
            and self.channels.opens_at <= self.plan.now < self.channels.closes_at
            and (self.given is None or self.given.taken_at is None)
        )

    @property
    def ticket(self) -> str:
        """The capture code that goes with the address, or nothing."""
        return self.plan.ticket.code if self.plan.ticket is not None else ""


def own_addresses(user: User) -> QuerySet[PrintAddress]:
    """The addresses that this person gave for the own records; not those of a former holder."""
    return PrintAddress.objects.filter(
        member__record__binding__identity__user=user,
        member__record__hidden_at=None,
        member__record__duplicate_of=None,
        given_at__gte=F("member__record__binding__bound_at"),
    )


def print_standing(plan: CapturePlan, user: User) -> PrintStanding:
    """Where the student stands with the address for prints."""
    return PrintStanding(
        plan=plan,
        channels=channels_of(plan.member.campaign),
        given=own_addresses(user).filter(member=plan.member).first(),
    )


def addresses_of(campaign: Campaign) -> QuerySet[PrintAddress]:
    """All addresses of a campaign that hold, by student number; none of a former holder of a record."""
    return PrintAddress.objects.filter(
        member__campaign=campaign,
        member__removed_at=None,
        member__record__hidden_at=None,
        member__record__duplicate_of=None,
        given_at__gte=F("member__record__binding__bound_at"),
    ).order_by("member__record__student_no", "pk")
