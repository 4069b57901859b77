"""Data of reports."""

from reports.models.report import EnglishTerm, ReportView, VerificationReport

__all__ = ["EnglishTerm", "ReportView", "VerificationReport"]
