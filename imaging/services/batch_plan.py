"""What a delivery of photos means, found out before anything is stored: whose photos, which repeats."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from hashlib import sha256
from pathlib import PurePosixPath

from imaging.importers import (
    ArchiveItem,
    Manifest,
    PhotoArchive,
    UnreadableItemError,
    UnreadableManifestError,
    parse_manifest,
)
from imaging.inspection import PhotoRules
from imaging.matching import (
    Claim,
    MatchReason,
    MatchResult,
    claim_from_name,
    claim_from_row,
    mark_repeats,
    match,
    waiting_for_two,
    waiting_for_waiver,
)
from imaging.selectors.lookup import RecordLookup, lookup_for
from imaging.selectors.repair import locked_records
from imaging.selectors.waivers import records_waived
from imaging.services.batch_inspect import Inspectors, Received
from imaging.services.batch_report import FileRemark
from imaging.states import MatchState, PhotoKind

__all__ = ["DeliveryPlan", "DeliveryTerms", "PlannedPhoto", "plan_delivery"]

_NO_MANIFEST = Manifest(rows=())
# A delivery has one list. Each table that is tried may take seconds, and an archive holds thousands.
_MOST_TABLES = 10


@dataclass(slots=True)
class PlannedPhoto:
    """One photo of a delivery with what was said about it; `twins` are files with the same content."""

    item: ArchiveItem
    claim: Claim
    captured_date: date | None
    result: MatchResult
    twins: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class DeliveryPlan:
    """Every photo once, whose it is, and what there is to say before any of them was opened."""

    photos: Sequence[PlannedPhoto]
    lookup: RecordLookup
    file_count: int
    ignored: int
    warnings: Sequence[FileRemark]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryTerms:
    """What holds for every photo of a delivery, and when it is looked at."""

    kind: PhotoKind
    school_code: str
    rules: PhotoRules
    inspectors: Inspectors
    now: datetime


def plan_delivery(
    archive: PhotoArchive, terms: DeliveryTerms, *, manifest: Manifest | None = None
) -> DeliveryPlan:
    """Match every photo by its row in the list, else by its name.

    The list is the given one, else the one in the archive. Several usable photos of one record in
    one delivery are ambiguous; files with the same content count once, and are ambiguous when their
    names lead to different records. A record whose photo is locked gets no other one by a delivery.
    """
    warnings = [
        FileRemark(ignored.path, ignored.reason, ignored.message)
        for ignored in archive.ignored
        if ignored.message
    ]
    manifest = manifest or _manifest_in(archive, warnings)
    warnings += _manifest_warnings(manifest, archive)
    claims = [_claim_of(item, manifest) for item in archive]
    lookup = lookup_for(claim for claim, _ in claims)
    photos = [
        PlannedPhoto(item, claim, taken_on, match(claim, lookup, school_code=terms.school_code))
        for item, (claim, taken_on) in zip(archive, claims, strict=True)
    ]
    photos = _without_twins(photos)
    _mark_repeats(photos, terms)
    _hold_locked(photos, terms)
    return DeliveryPlan(
        photos=photos,
        lookup=lookup,
        file_count=archive.file_count,
        ignored=len(archive.ignored) + len(archive.tables),
        warnings=warnings,
    )


def _manifest_in(archive: PhotoArchive, warnings: list[FileRemark]) -> Manifest:
    """The first table of the archive that is a photo list; the others are named."""
    chosen: Manifest | None = None
    for table in archive.tables[:_MOST_TABLES]:
        if chosen is not None:
            message = "压缩包里有几份照片清单，只采用第一份。"
            warnings.append(FileRemark(table.path, "second_list", message))
            continue
        try:
            chosen = parse_manifest(table.read(), table.name)
        except (UnreadableManifestError, UnreadableItemError) as error:
            warnings.append(FileRemark(table.path, error.code, error.message))
    if (more := len(archive.tables) - _MOST_TABLES) > 0:
        message = f"压缩包里的表格太多，还有 {more} 份没有打开，请只放一份照片清单。"
        warnings.append(FileRemark("", "more_lists", message))
    return chosen or _NO_MANIFEST


def _manifest_warnings(manifest: Manifest, archive: PhotoArchive) -> Iterator[FileRemark]:
    for finding in manifest.findings:
        message = f"照片清单第 {finding.line} 行：{finding.message}"
        yield FileRemark("", finding.code, message)
    if not manifest.rows:
        return
    for row in manifest.unused(item.path for item in archive):
        message = f"照片清单第 {row.line} 行的“{row.file_name}”不在压缩包里。"
        yield FileRemark(row.file_name, "file_missing", message)
    for item in archive:
        if manifest.find(item.path) is None:
            yield FileRemark(item.path, "not_listed", "照片清单里没有这个文件，按文件名比对。")


def _claim_of(item: ArchiveItem, manifest: Manifest) -> tuple[Claim, date | None]:
    """What is said about the photo: its row, and its name where the row holds no number."""
    named = claim_from_name(PurePosixPath(item.name).stem)
    row = manifest.find(item.path)
    if row is None:
        return named, None
    listed = claim_from_row(
        student_no=row.student_no,
        document_no=row.document_no,
        candidate_no=row.candidate_no,
        ticket=row.ticket,
        name=row.name,
        school_code=row.school_code,
    )
    if not listed.keys:
        listed = replace(listed, keys=named.keys, names=listed.names or named.names)
    return listed, row.taken_on


def _without_twins(photos: Sequence[PlannedPhoto]) -> list[PlannedPhoto]:
    """Keep one of the files with the same content; only what may be equal is read."""
    by_fingerprint: dict[tuple[int, int], list[PlannedPhoto]] = defaultdict(list)
    for photo in photos:
        by_fingerprint[photo.item.fingerprint].append(photo)
    dropped: set[int] = set()
    for alike in by_fingerprint.values():
        if len(alike) > 1:
            for twins in _by_content(alike).values():
                kept = _merged(twins)
                dropped.update(id(twin) for twin in twins if twin is not kept)
    return [photo for photo in photos if id(photo) not in dropped]


def _by_content(photos: Iterable[PlannedPhoto]) -> Mapping[str, list[PlannedPhoto]]:
    groups: dict[str, list[PlannedPhoto]] = defaultdict(list)
    for photo in photos:
        try:
            groups[sha256(photo.item.read()).hexdigest()].append(photo)
        except UnreadableItemError:
            continue  # refused with its reason when its turn comes
    return groups


def _merged(twins: Sequence[PlannedPhoto]) -> PlannedPhoto:
    """The one that stands for all: a matched one where there is one, ambiguous when they disagree."""
    matched = [twin for twin in twins if twin.result.state == MatchState.MATCHED]
    kept = (matched or twins)[0]
    kept.twins = [twin.item.path for twin in twins if twin is not kept]
    record_ids = {twin.result.record_id for twin in matched}
    if len(record_ids) > 1:
        kept.result = MatchResult(
            MatchState.AMBIGUOUS,
            reason=MatchReason.SAME_FILE,
            candidates=tuple(sorted(pk for pk in record_ids if pk is not None)),
        )
    return kept


def _mark_repeats(photos: Sequence[PlannedPhoto], terms: DeliveryTerms) -> None:
    """Make records with several usable photos ambiguous; what will be refused does not count."""
    by_record: dict[int, list[PlannedPhoto]] = defaultdict(list)
    for photo in photos:
        if photo.result.record_id is not None:
            by_record[photo.result.record_id].append(photo)
    contested = [photo for group in by_record.values() if len(group) > 1 for photo in group]
    if not contested:
        return
    usable = [
        received.subject
        for received, inspection in terms.inspectors.inspect(_read(contested), terms.rules)
        if inspection.ok
    ]
    marked = mark_repeats([photo.result for photo in usable])
    for photo, result in zip(usable, marked, strict=True):
        photo.result = result


def _hold_locked(photos: Iterable[PlannedPhoto], terms: DeliveryTerms) -> None:
    """Let photos wait whose record's present one is locked, or whose student need not hand in one."""
    matched = [photo for photo in photos if photo.result.record_id is not None]
    record_ids = [photo.result.record_id for photo in matched if photo.result.record_id]
    locked = locked_records(record_ids, terms.kind, now=terms.now)
    waived = records_waived(record_ids, terms.kind, now=terms.now)
    for photo in matched:
        if photo.result.record_id in waived:
            photo.result = waiting_for_waiver(photo.result)
        elif photo.result.record_id in locked:
            photo.result = waiting_for_two(photo.result)


def _read(photos: Iterable[PlannedPhoto]) -> Iterator[Received[PlannedPhoto]]:
    for photo in photos:
        try:
            yield Received(photo, photo.item.read())
        except UnreadableItemError:
            continue
