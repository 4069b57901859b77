"""Data of corrections."""

from corrections.models.batch import BatchedCase, CaseBatch
from corrections.models.counter import CounterVisit
from corrections.models.graduation import AuditedStudent, AuditItem, GraduationAudit, ItemMark
from corrections.models.graduation_import import (
    ResultImport,
    ResultRow,
    SanctionImport,
    SanctionRow,
)
from corrections.models.graduation_people import (
    AuditObjection,
    Certificate,
    CertificateCorrection,
    Sanction,
    SanctionHandler,
)
from corrections.models.printing import CollegePrint
from corrections.models.province import AnswerLine, PackedCase, ProvinceAnswer, ProvincePack
from corrections.models.request import CorrectionField, CorrectionRequest, Evidence, RequestStep
from corrections.models.rules import CorrectionRules, EvidenceRule
from corrections.models.sheet import (
    ClassSheet,
    HandInReopening,
    ProxySignature,
    SheetOrder,
    SheetRemark,
    SheetSignature,
)
from corrections.models.terms import CaseStay, CaseStayQuerySet, CaseTerm

__all__ = [
    "AnswerLine",
    "AuditItem",
    "AuditObjection",
    "AuditedStudent",
    "BatchedCase",
    "CaseBatch",
    "CaseStay",
    "CaseStayQuerySet",
    "CaseTerm",
    "Certificate",
    "CertificateCorrection",
    "ClassSheet",
    "CollegePrint",
    "CorrectionField",
    "CorrectionRequest",
    "CorrectionRules",
    "CounterVisit",
    "Evidence",
    "EvidenceRule",
    "GraduationAudit",
    "HandInReopening",
    "ItemMark",
    "PackedCase",
    "ProvinceAnswer",
    "ProvincePack",
    "ProxySignature",
    "RequestStep",
    "ResultImport",
    "ResultRow",
    "Sanction",
    "SanctionHandler",
    "SanctionImport",
    "SanctionRow",
    "SheetOrder",
    "SheetRemark",
    "SheetSignature",
]
