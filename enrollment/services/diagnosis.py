"""看不到我的学籍: one question asked of the roster, limited and on the record."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from accounts.models import DeclaredIdentity
from accounts.selectors import declared_number_of
from common import audit
from common.actors import Actor
from common.ratelimit import Limit, hit
from enrollment.matching import Cause, causes_of
from enrollment.models import School
from enrollment.policies import check_can_bind
from enrollment.selectors.diagnosis import is_cohort_known, latest_import_of, traces_of
from enrollment.selectors.facts import plain_number

__all__ = ["Diagnosis", "diagnose"]

# Counted on the account, on its document number and on the number asked for, whatever the answer:
# many accounts must not feel their way along one classmate's document number.
TRIES_PER_ACCOUNT = Limit("diagnosis-account", 10, 3600)
TRIES_PER_NUMBER = Limit("diagnosis-number", 10, 3600)
TRIES_PER_TARGET = Limit("diagnosis-target", 10, 24 * 3600)


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """The causes that hold, the first one to be acted on, and what everybody may know of the roster."""

    causes: tuple[Cause, ...]
    school: School
    imported_at: datetime | None


def diagnose(
    *,
    identity: DeclaredIdentity,
    school: School,
    given_no: str,
    entry_year: int,
    is_top_up: bool,
    actor: Actor,
    now: datetime,
) -> Diagnosis:
    """Find why the person sees no record, from the roster and three answers.

    Nothing is changed but the trail. TooManyError when it was asked too often; known and unknown
    numbers cost the same queries and count alike.
    """
    check_can_bind(identity.user, now=now)
    hit(TRIES_PER_ACCOUNT, str(identity.user_id), now=now)
    if number := declared_number_of(identity):
        hit(TRIES_PER_NUMBER, bytes(number.number_index).hex(), now=now)
    hit(TRIES_PER_TARGET, plain_number(given_no), now=now)
    with transaction.atomic():
        causes = causes_of(
            traces_of(identity, given_no),
            is_top_up=is_top_up,
            is_cohort_known=is_cohort_known(school, entry_year),
        )
        audit.record(
            "diagnosis.made",
            actor=actor,
            now=now,
            obj=identity,
            details={"causes": [cause.value for cause in causes]},
        )
    return Diagnosis(causes=causes, school=school, imported_at=latest_import_of(school))
