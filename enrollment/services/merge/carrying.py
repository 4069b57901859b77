"""What apps above keep about an account goes along when two accounts become one, and comes back."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from accounts.models import User
from common.actors import Actor

__all__ = ["CARRIED", "Carried", "carry_over", "give_back"]


class Carry(Protocol):
    """One way of a choice: from the account that goes to the one that stays, or back."""

    def __call__(self, *, stays: User, goes: User, actor: Actor, now: datetime) -> object: ...


@dataclass(frozen=True, slots=True)
class Carried:
    """One thing: how it goes along, and how it comes back. Both are safe where there is nothing."""

    over: Carry
    back: Carry


# The composition root puts in what the apps above have.
CARRIED: Final[list[Carried]] = []


def carry_over(*, stays: User, goes: User, actor: Actor, now: datetime) -> None:
    """Everything goes along; the caller holds the transaction."""
    for each in CARRIED:
        each.over(stays=stays, goes=goes, actor=actor, now=now)


def give_back(*, stays: User, goes: User, actor: Actor, now: datetime) -> None:
    """Everything comes back; the caller holds the transaction."""
    for each in CARRIED:
        each.back(stays=stays, goes=goes, actor=actor, now=now)
