"""Reports at the registrar's desk."""

from reports.admin import report, terms

__all__ = ["report", "terms"]
