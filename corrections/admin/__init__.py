"""Corrections at the registrar's desk."""

from corrections.admin import (
    batch,
    counter,
    graduation,
    graduation_parts,
    graduation_students,
    parts,
    printing,
    province,
    request,
    rules,
    sanctions,
    sheet,
    sheet_parts,
    terms,
)

__all__ = [
    "batch",
    "counter",
    "graduation",
    "graduation_parts",
    "graduation_students",
    "parts",
    "printing",
    "province",
    "request",
    "rules",
    "sanctions",
    "sheet",
    "sheet_parts",
    "terms",
]
