"""What the roster says about a person who sees no record: reads for the pure rules in `matching`.

The same queries run for known and unknown numbers; records whose fact the person does not know are
dropped before anything is compared.
"""

import re
from datetime import datetime

from django.db.models import Q

from accounts.models import DeclaredIdentity, IdentityNumber
from accounts.selectors import declared_number_of, own_numbers_of
from enrollment.matching import Standing, Trace
from enrollment.models import Binding, RosterImport, School, StudentRecord
from enrollment.selectors.facts import fact_agrees, is_fact_secret, plain_number
from enrollment.states import EnrollmentStatus, ImportState

__all__ = ["awaits_prior_diploma", "is_cohort_known", "latest_import_of", "traces_of"]

_MOST = 20
_TOP_UP = re.compile("专升本|专科起点")
_UNCHECKED = re.compile(
    "(?:专科|前置|先前).{0,8}(?:待查|待核|未查|未核|未通过|核查中|清查中|审核中)"
)


def traces_of(identity: DeclaredIdentity, given_no: str) -> list[Trace]:
    """The person beside each record whose school fact `given_no` is."""
    fact = plain_number(given_no)
    spellings = {fact, given_no.strip()}
    rows = StudentRecord.objects.filter(
        Q(student_no__in=spellings) | Q(candidate_no__in=spellings), duplicate_of=None
    ).select_related("school")[:_MOST]
    found = [record for record in rows if fact_agrees(record, fact)]
    owners = dict(
        Binding.objects.filter(record__in=[record.pk for record in found] or [0]).values_list(
            "record", "identity"
        )
    )
    declared = declared_number_of(identity)
    others = [row.number for row in own_numbers_of(identity)]
    if declared is None:  # an identity is made with its number
        return []
    return [_trace(identity, declared, others, record, owners) for record in found]


def _trace(
    identity: DeclaredIdentity,
    declared: IdentityNumber,
    others: list[str],
    record: StudentRecord,
    owners: dict[int, int],
) -> Trace:
    standing = Standing.FREE
    if owner := owners.get(record.pk):
        standing = Standing.MINE if owner == identity.pk else Standing.SOMEBODY_ELSES
    return Trace(
        declared_name=identity.name,
        declared_number=declared.number,
        declared_type=declared.id_type,
        other_numbers=tuple(others),
        roster_name=record.name,
        roster_number=record.id_number,
        roster_type=record.id_type,
        is_fact_secret=is_fact_secret(record),
        standing=standing,
        is_hidden=record.hidden_at is not None,
        awaits_prior_diploma=awaits_prior_diploma(record),
    )


def awaits_prior_diploma(record: StudentRecord) -> bool:
    """Whether the roster says that the diploma before a 专升本 enrolment is not checked yet."""
    said = f"{record.remark} {record.enrollment_status_text}"
    if _UNCHECKED.search(said):
        return True
    kind = f"{record.level} {record.education_category} {record.study_mode} {said}"
    is_unregistered = record.enrollment_status == EnrollmentStatus.UNREGISTERED
    return is_unregistered and _TOP_UP.search(kind) is not None


def is_cohort_known(school: School, entry_year: int) -> bool:
    """Whether the roster holds anybody who entered the school in that year."""
    return StudentRecord.objects.filter(
        Q(entry_grade=entry_year) | Q(entry_date__year=entry_year), school=school
    ).exists()


def latest_import_of(school: School) -> datetime | None:
    """When a roster last reached the school."""
    applied = RosterImport.objects.filter(
        Q(school=school) | Q(school=None), state=ImportState.APPLIED
    )
    return applied.order_by("-applied_at").values_list("applied_at", flat=True).first()
