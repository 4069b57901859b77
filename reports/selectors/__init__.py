"""Reads of reports."""

from reports.selectors.content import (
    Content,
    ContentField,
    choosable_fields,
    content_digest,
    content_of,
    draft_content,
    needs_free_latin,
    photo_for,
)
from reports.selectors.reports import (
    Standing,
    check_numbered,
    check_of,
    live_count,
    reports_of,
    standing_of,
    views_of,
)

__all__ = [
    "Content",
    "ContentField",
    "Standing",
    "check_numbered",
    "check_of",
    "choosable_fields",
    "content_digest",
    "content_of",
    "draft_content",
    "live_count",
    "needs_free_latin",
    "photo_for",
    "reports_of",
    "standing_of",
    "views_of",
]
