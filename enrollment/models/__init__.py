"""Data of enrollment."""

from enrollment.models.claim import ClaimEvidence, NotSame, RecordClaim
from enrollment.models.life import DuplicateCase, StatusChange
from enrollment.models.merge import MergeQuerySet, PersonMerge
from enrollment.models.near import DistinctPair, NearMatch, RosterAbsence
from enrollment.models.organisation import (
    Assignment,
    ClassGroup,
    College,
    Major,
    School,
    class_key,
    default_key_fields,
    default_rescue_facts,
)
from enrollment.models.profile import StudyRow, SupplementaryProfile
from enrollment.models.record import (
    Amendment,
    Binding,
    StudentRecord,
    digest_text,
    identity_digest,
    key_digest,
    record_digests,
)
from enrollment.models.rescue import (
    RescueAlert,
    RescueCase,
    RescueEvidence,
    RescueQuerySet,
    RescueStep,
)
from enrollment.models.roster import RosterFinding, RosterImport, RosterRow
from enrollment.models.sections import AdmissionInfo, Aid, Graduation, UpgradeCheck
from enrollment.models.staff import Invitation, PeopleList, PeopleListRow

__all__ = [
    "AdmissionInfo",
    "Aid",
    "Amendment",
    "Assignment",
    "Binding",
    "ClaimEvidence",
    "ClassGroup",
    "College",
    "DistinctPair",
    "DuplicateCase",
    "Graduation",
    "Invitation",
    "Major",
    "MergeQuerySet",
    "NearMatch",
    "NotSame",
    "PeopleList",
    "PeopleListRow",
    "PersonMerge",
    "RecordClaim",
    "RescueAlert",
    "RescueCase",
    "RescueEvidence",
    "RescueQuerySet",
    "RescueStep",
    "RosterAbsence",
    "RosterFinding",
    "RosterImport",
    "RosterRow",
    "School",
    "StatusChange",
    "StudentRecord",
    "StudyRow",
    "SupplementaryProfile",
    "UpgradeCheck",
    "class_key",
    "default_key_fields",
    "default_rescue_facts",
    "digest_text",
    "identity_digest",
    "key_digest",
    "record_digests",
]
