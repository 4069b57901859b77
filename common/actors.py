"""Who acts: a person, or the system on behalf of a rule."""

from dataclasses import dataclass
from typing import Protocol


class Actor(Protocol):
    """Anybody that may stand in an audit event."""

    @property
    def actor_id(self) -> str:
        """Stable identifier, empty for the system."""

    @property
    def actor_label(self) -> str:
        """What the audit trail calls them: masked, never a whole phone or number."""


@dataclass(frozen=True, slots=True)
class System:
    """The portal itself, doing what time or an import decided."""

    name: str = "系统"

    @property
    def actor_id(self) -> str:
        """Empty: no person."""
        return ""

    @property
    def actor_label(self) -> str:
        """The name of the rule or command."""
        return self.name


SYSTEM = System()


def traced(actor: Actor) -> str:
    """Who it was on a paper that leaves the house: masked, and still one account and no other."""
    return f"{actor.actor_label}（账号 {actor.actor_id}）" if actor.actor_id else actor.actor_label
