"""Places that messages of several kinds fill, and how a moment is written in one."""

from typing import Final

from common.texts import Variable
from common.wording import moment_sentence, until_sentence

__all__ = ["CAMPAIGN", "DAY", "LATER", "moment_place", "until_place"]

DAY: Final = "2026-06-16T23:00:00+08:00"
LATER: Final = "2026-06-18T12:30:00+08:00"
CAMPAIGN: Final = Variable(name="批次", param="campaign", sample="2026 届毕业校对")


def moment_place(name: str, param: str, sample: str = DAY, *, is_needed: bool = False) -> Variable:
    """A moment in a sentence."""
    return Variable(
        name=name, param=param, sample=sample, words=moment_sentence, is_needed=is_needed
    )


def until_place(name: str, param: str, sample: str = LATER, *, is_needed: bool = False) -> Variable:
    """A deadline in a sentence."""
    return Variable(
        name=name, param=param, sample=sample, words=until_sentence, is_needed=is_needed
    )
