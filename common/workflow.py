"""State machines as data: which action leads from which states to which state."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from common.errors import StaleStateError

State = TypeVar("State", bound=str)
Action = TypeVar("Action", bound=str)


@dataclass(frozen=True)
class Transition(Generic[State]):
    """One action: allowed in `sources`, leading to `target`."""

    sources: frozenset[State]
    target: State


@dataclass(frozen=True)
class Workflow(Generic[State, Action]):
    """A machine: its first state and a transition per action."""

    name: str
    initial: State
    transitions: Mapping[Action, Transition[State]]

    def target(self, action: Action, *, source: State) -> State:
        """The state that `action` leads to from `source`; StaleStateError when it is not allowed there."""
        transition = self.transitions[action]
        if source not in transition.sources:
            raise StaleStateError("状态已经变了，请刷新页面再看")
        return transition.target

    def allows(self, action: Action, *, source: State) -> bool:
        """Whether `action` is allowed in `source`."""
        return source in self.transitions[action].sources

    def actions_from(self, source: State) -> list[Action]:
        """The actions allowed in `source`, in the order of the table."""
        return [action for action in self.transitions if self.allows(action, source=source)]


def sources(*states: State) -> frozenset[State]:
    """The given states as a set, for reading well in tables."""
    return frozenset(states)
