"""Student records: every field, how they came to the account, what was amended, the present photos."""

from collections.abc import Iterator
from datetime import datetime
from functools import partial
from typing import Any

from accounts.models import User
from common import files
from enrollment.models import Amendment, Binding, StudentRecord
from enrollment.selectors import FIELD_LABELS, ShownField, record_fields, records_of
from enrollment.selectors.sections import sections_of
from imaging.models import PhotoVersion
from imaging.selectors import certified_photo_of, shown_photos_of
from imaging.states import PhotoKind
from xuexin.own_data.items import Item, by_whom, without_numbers

__all__ = ["record_items"]

# What the roster says about somebody else.
_OF_OTHERS = frozenset({"counsellor_text"})


def record_items(user: User, now: datetime) -> Iterator[Item]:
    """One file of data a record, and its photos as they are now.

    Former versions are told of, not handed out: a replaced photo may show somebody else. The one
    that is locked with the certificate is handed out, one that is not published yet is not.
    """
    for record in records_of(user):
        folder = f"学籍 {record.student_no}"
        yield Item(path=f"{folder}/学籍.json", label="学籍信息和更正", data=_record(record, user))
        photos = {
            PhotoKind(kind).label: photo for kind, photo in shown_photos_of(record, now=now).items()
        }
        certified = certified_photo_of(record)
        if certified is not None and not certified.is_current:
            photos["学历登记时的毕业照片"] = certified
        for label, version in photos.items():
            file = version.entry.published
            if file.purged_at is None:
                yield Item(
                    path=f"{folder}/{label}.jpg",
                    label=f"{label}，第 {version.version_no} 版",
                    read=partial(files.read, file),
                )


def _value(record: StudentRecord, field: ShownField) -> str:
    """What the owner may read whole; of others no numbers."""
    if field.name in _OF_OTHERS:
        return without_numbers(field.value)
    return record.id_number if field.name == "id_number" else field.value


def _record(record: StudentRecord, user: User) -> dict[str, Any]:
    binding = Binding.objects.get(record=record)
    return {
        "school_code": record.school.code,
        "fields": {
            field.name: {"label": field.label, "value": _value(record, field)}
            for field in record_fields(record)
        },
        "updated_at": record.updated_at,
        "binding": {
            "source": binding.get_source_display(),
            "bound_at": binding.bound_at,
            "bound_by": by_whom(binding.bound_by, user),
        },
        **_history(record, user),
        "sections": {
            section.title: {row.label: row.value for row in section.rows}
            for section in sections_of(record)
        },
        "photo_versions": [
            {
                "kind": row.get_kind_display(),
                "version_no": row.version_no,
                "is_current": row.is_current,
                "attached_at": row.attached_at,
                "ended_at": row.ended_at,
                "end_reason": row.end_reason,
            }
            for row in PhotoVersion.objects.filter(record=record).order_by("kind", "version_no")
        ],
    }


def _history(record: StudentRecord, user: User) -> dict[str, Any]:
    """What was amended, and how the status changed."""
    return {
        "amendments": [
            {
                "field": FIELD_LABELS.get(row.field, row.field),
                "old_value": row.old_value,
                "new_value": row.new_value,
                "reason": row.reason,
                "amended_at": row.amended_at,
                "amended_by": by_whom(row.amended_by, user),
            }
            for row in Amendment.objects.filter(record=record).order_by("pk")
        ],
        "status_changes": [
            {
                "status": row.status_text or row.get_status_display(),
                "former_status": row.former_text or row.get_former_status_display(),
                "effective_from": row.effective_from,
                "source": row.get_source_display(),
                "reason": row.reason,
                "case_ref": row.case_ref,
                "recorded_at": row.recorded_at,
                "revoked_at": row.revoked_at,
                "revoke_reason": row.revoke_reason,
            }
            for row in record.status_changes.order_by("effective_from", "pk")
        ],
    }
