"""Corrections at the registrar's desk."""

from corrections.admin import (
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
