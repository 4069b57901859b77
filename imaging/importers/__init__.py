"""Read what photo vendors deliver: archives and their lists. Pure: nothing is stored here."""

from imaging.importers.archive import (
    ArchiveItem,
    ArchiveLimits,
    IgnoredItem,
    IgnoreReason,
    PhotoArchive,
    UnreadableArchiveError,
    UnreadableItemError,
    read_archive,
)
from imaging.importers.manifest import (
    Manifest,
    ManifestFinding,
    ManifestRow,
    UnreadableManifestError,
    parse_manifest,
)

__all__ = [
    "ArchiveItem",
    "ArchiveLimits",
    "IgnoreReason",
    "IgnoredItem",
    "Manifest",
    "ManifestFinding",
    "ManifestRow",
    "PhotoArchive",
    "UnreadableArchiveError",
    "UnreadableItemError",
    "UnreadableManifestError",
    "parse_manifest",
    "read_archive",
]
