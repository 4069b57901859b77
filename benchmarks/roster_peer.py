"""The peer of the roster import: django-import-export in its bulk mode."""

from datetime import datetime
from pathlib import Path
from typing import Any

import tablib  # type: ignore[import-untyped]
from import_export import resources
from import_export.fields import Field
from import_export.widgets import DateWidget, DecimalWidget, ForeignKeyWidget

from accounts.identity import DocumentType, canonical_number, name_match_key
from accounts.models import document_index
from enrollment.models import ClassGroup, College, Major, School, StudentRecord

__all__ = ["load_with_import_export"]

_PLAIN = {
    "candidate_no": "KSH",
    "student_no": "XH",
    "name": "XM",
    "sex": "XB",
    "id_number": "SFZH",
    "ethnicity": "MZ",
    "political_status": "ZZMM",
    "level": "CC",
    "study_mode": "XXXS",
    "education_category": "XLLB",
    "department": "XSH",
}
_DAYS = {"birth_date": "CSRQ", "entry_date": "RXRQ", "expected_graduation_date": "YJBYRQ"}
_PLACES = {
    "college": ("FY", College, "name"),
    "major": ("ZYDM", Major, "code"),
    "class_group": ("BJMC", ClassGroup, "name"),
}


class _PlainResource(resources.ModelResource):  # type: ignore[misc]  # it has no types
    """A plain resource; the model's own field encrypts the number.

    It checks no numbers and leaves out colleges, majors and classes: less than the import does.
    """

    duration_years = Field("duration_years", "XZ", DecimalWidget())

    class Meta:
        model = StudentRecord
        fields = (*_PLAIN, *_DAYS, "duration_years")
        import_id_fields = ("student_no",)
        use_bulk = True
        batch_size = 1_000
        skip_diff = True

    def __init__(self, school: School, now: datetime) -> None:
        super().__init__()
        self._school, self._now = school, now
        for name, column in _PLAIN.items():
            self.fields[name] = Field(name, column)
        for name, column in _DAYS.items():
            self.fields[name] = Field(name, column, DateWidget("%Y%m%d"))

    def before_save_instance(self, instance: StudentRecord, row: Any, **kwargs: Any) -> None:
        """What the file does not say."""
        instance.school = self._school
        instance.id_type = DocumentType.RESIDENT_ID
        instance.id_number_index = document_index(canonical_number(instance.id_number))
        instance.name_key = name_match_key(instance.name)
        instance.created_at = instance.updated_at = self._now


class _RecordResource(_PlainResource):
    """A resource that puts each student into college, major and class by the library's own widget.

    It still checks no numbers, makes no places that are missing and works out no digests.
    """

    class Meta(_PlainResource.Meta):
        fields = (*_PlainResource.Meta.fields, *_PLACES)

    def __init__(self, school: School, now: datetime) -> None:
        super().__init__(school, now)
        for name, (column, model, key) in _PLACES.items():
            self.fields[name] = Field(name, column, ForeignKeyWidget(model, key))


def load_with_import_export(
    path: Path, school: School, *, now: datetime, with_places: bool = True
) -> None:
    """Import the CSV; every row is new, its college, major and class are there."""
    rows = tablib.Dataset().load(path.read_text(encoding="utf-8-sig"), format="csv")
    kind = _RecordResource if with_places else _PlainResource
    result = kind(school, now).import_data(rows, raise_errors=True, use_transactions=True)
    assert not result.has_errors()
