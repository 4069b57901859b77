"""What was chosen, field by field: typed, and as it is kept in the case."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from accounts.services import PersonChoice
from accounts.states import MergeSide

__all__ = ["MergePlan", "RecordChoice"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordChoice:
    """Two records that are one enrolment: which is cancelled, which is kept, what the kept one takes over."""

    cancelled: int
    kept: int
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MergePlan:
    """All choices of a case."""

    person: PersonChoice
    records: tuple[RecordChoice, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """For keeping in the case: names and row ids, no value of a person."""
        return asdict(self)

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> "MergePlan":
        """What was kept."""
        person = kept["person"]
        sides = {
            name: MergeSide(person[name])
            for name in ("name", "sex", "birth_date", "email", "phone")
        }
        return cls(
            person=PersonChoice(**sides, primary=person["primary"], former=tuple(person["former"])),
            records=tuple(
                RecordChoice(
                    cancelled=each["cancelled"], kept=each["kept"], values=tuple(each["values"])
                )
                for each in kept["records"]
            ),
        )
