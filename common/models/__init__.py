"""What every app needs and none of them owns."""

from common.models.core import (
    AuditEvent,
    Channel,
    FileView,
    HelpArticle,
    HelpAudience,
    HelpText,
    HelpVersion,
    OutboxMessage,
    OutboxQuerySet,
    PurgeProof,
    SpecialDay,
    StoredFile,
)
from common.models.searches import SavedSearch
from common.models.texts import MessageText, MessageTextVersion, MessageWords

__all__ = [
    "AuditEvent",
    "Channel",
    "FileView",
    "HelpArticle",
    "HelpAudience",
    "HelpText",
    "HelpVersion",
    "MessageText",
    "MessageTextVersion",
    "MessageWords",
    "OutboxMessage",
    "OutboxQuerySet",
    "PurgeProof",
    "SavedSearch",
    "SpecialDay",
    "StoredFile",
]
