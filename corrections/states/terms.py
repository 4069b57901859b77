"""Whose turn a case is in each of its open states, and how many working days that turn may take."""

from collections.abc import Mapping
from typing import Final

from django.db import models

from corrections.states.request import RequestState

__all__ = ["DEFAULT_WORKDAYS", "LONGEST_TERM", "TURNS", "Turn"]

LONGEST_TERM: Final = 250


class Turn(models.TextChoices):
    """Who has the next move in a case; every open case has one, so that nothing lies without an owner."""

    STUDENT = "STUDENT", "学生"
    COLLEGE = "COLLEGE", "学院"
    OFFICE = "OFFICE", "教务处"


# The office of the school answers for what lies outside of it: somebody has to ask there.
TURNS: Final[Mapping[str, Turn]] = {
    RequestState.SUBMITTED: Turn.COLLEGE,
    RequestState.COLLEGE_REVIEW: Turn.COLLEGE,
    RequestState.OFFICE_REVIEW: Turn.OFFICE,
    RequestState.AWAITING_PROVINCE: Turn.OFFICE,
    RequestState.APPROVED: Turn.OFFICE,
    RequestState.AWAITING_ORIGIN: Turn.OFFICE,
    RequestState.AWAITING_VENDOR: Turn.OFFICE,
    RequestState.RECAPTURE: Turn.OFFICE,
    RequestState.RETURNED: Turn.STUDENT,
    RequestState.APPLIED: Turn.OFFICE,
    RequestState.RECHECK: Turn.STUDENT,
}

# Working days until the office enters others of its own; provinces decide twice a year.
DEFAULT_WORKDAYS: Final[Mapping[str, int]] = {
    RequestState.SUBMITTED: 5,
    RequestState.COLLEGE_REVIEW: 5,
    RequestState.OFFICE_REVIEW: 10,
    RequestState.AWAITING_PROVINCE: 100,
    RequestState.APPROVED: 5,
    RequestState.AWAITING_ORIGIN: 60,
    RequestState.AWAITING_VENDOR: 20,
    RequestState.RECAPTURE: 20,
    RequestState.RETURNED: 10,
    RequestState.APPLIED: 5,
    RequestState.RECHECK: 10,
}
