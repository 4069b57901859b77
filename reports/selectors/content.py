"""What a report says: the chosen fields, frozen with their labels in the report's language."""

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from accounts.identity import DocumentType
from common.components import FieldRow
from common.crypto import blind_index
from common.wording import NumberKind
from enrollment.models import StudentRecord
from enrollment.selectors import ShownField, record_fields, record_value
from imaging.models import PhotoVersion
from imaging.selectors import certified_photo_of, shown_photos_of
from imaging.states import PhotoKind
from reports.documents.english import LABELS, value_in_english
from reports.models import EnglishTerm, VerificationReport
from reports.states import NEVER_SHOWN, REQUIRED_FIELDS, ReportLanguage

_KEPT_IN_CHINESE = "recorded in Chinese"
_RESIDENTS = frozenset({DocumentType.RESIDENT_ID})


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentField:
    """One field as the receiver sees it."""

    name: str
    label: str
    value: str
    kind: str = "text"
    note: str = ""

    @property
    def row(self) -> FieldRow:
        """What the `field_list` tag takes."""
        kind = cast("NumberKind", self.kind)
        return FieldRow(label=self.label, value=self.value, kind=kind, note=self.note)


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """Everything that a report shows of a record."""

    fields: tuple[ContentField, ...]

    @property
    def rows(self) -> list[FieldRow]:
        """The fields for a page."""
        return [field.row for field in self.fields]

    @property
    def name(self) -> str:
        """The person's name as the record has it."""
        return next(field.value for field in self.fields if field.name == "name")

    @property
    def school(self) -> str:
        """The school as the report names it."""
        return next(field.value for field in self.fields if field.name == "school")

    def as_json(self) -> list[list[str]]:
        """What is stored."""
        return [
            [field.name, field.label, field.value, field.kind, field.note] for field in self.fields
        ]

    @classmethod
    def from_json(cls, stored: list[list[str]]) -> "Content":
        """What was stored."""
        return cls(
            fields=tuple(
                ContentField(name=name, label=label, value=value, kind=kind, note=note)
                for name, label, value, kind, note in stored
            )
        )


def choosable_fields(record: StudentRecord) -> list[ShownField]:
    """The fields that a report on the record may show: what is filled and no note of the school."""
    return [
        field for field in record_fields(record) if field.value and field.name not in NEVER_SHOWN
    ]


def photo_for(record: StudentRecord, *, now: datetime) -> PhotoVersion | None:
    """The photo that a report on the record may show: the certificate's, the graduation or admission photo.

    None that is not published yet.
    """
    if certified := certified_photo_of(record):
        return certified
    photos = shown_photos_of(record, now=now)
    return photos.get(PhotoKind.GRADUATION) or photos.get(PhotoKind.ADMISSION)


def needs_free_latin(record: StudentRecord) -> bool:
    """Whether the Latin spelling follows a document and not the pinyin rules.

    Names with an interpunct are spelled by the person's own language, people from Hong Kong, Macao,
    Taiwan and abroad by their papers (domain 3.5).
    """
    return record.id_type not in _RESIDENTS or "·" in record.name or record.name.isascii()


def draft_content(
    record: StudentRecord,
    names: Collection[str],
    *,
    language: ReportLanguage,
    latin_name: str = "",
) -> Content:
    """What a report with these fields would say of the record now; the required ones come along."""
    wanted = {*names, *REQUIRED_FIELDS}
    chosen = [field for field in choosable_fields(record) if field.name in wanted]
    if language == ReportLanguage.EN:
        return Content(fields=tuple(_in_english(chosen, record, latin_name)))
    return Content(
        fields=tuple(
            ContentField(name=field.name, label=field.label, value=field.value, kind=field.kind)
            for field in chosen
        )
    )


def _in_english(
    chosen: list[ShownField], record: StudentRecord, latin_name: str
) -> list[ContentField]:
    values = [field.value for field in chosen]
    terms = dict(EnglishTerm.objects.filter(chinese__in=values).values_list("chinese", "english"))
    found: list[ContentField] = []
    for field in chosen:
        label = LABELS[field.name]
        if field.name == "name":
            found.append(ContentField(name="name_latin", label=LABELS["name"], value=latin_name))
            found.append(ContentField(name="name", label="Name in the record", value=field.value))
            continue
        value = value_in_english(
            field.name, field.value, status=record.enrollment_status, terms=terms
        )
        found.append(
            ContentField(
                name=field.name,
                label=label,
                value=field.value if value is None else value,
                kind=field.kind,
                note=_KEPT_IN_CHINESE if value is None else "",
            )
        )
    return found


def content_of(report: VerificationReport) -> Content:
    """What the report says, as frozen at issue."""
    return Content.from_json(report.content)


def content_digest(record: StudentRecord, names: Collection[str]) -> bytes:
    """A keyed digest of the record's own values of these fields, whatever the language.

    It differs as soon as one of them says something else than at issue; the whole document number
    counts although only its mask is shown.
    """
    wanted: set[str] = {*names, *REQUIRED_FIELDS} - {"name_latin"}
    values: list[Any] = [
        [name, record_value(record, name, whole_number=True)] for name in sorted(wanted)
    ]
    return blind_index(json.dumps(values, ensure_ascii=False), purpose="report content")
