"""Verification reports as they stand after the student has confirmed the preview."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.contrib.auth.hashers import make_password

from enrollment.models import StudentRecord
from imaging.models import PhotoVersion
from reports.matching import new_code
from reports.models import VerificationReport
from reports.models.report import code_index
from reports.selectors import content_digest, draft_content
from reports.states import REQUIRED_FIELDS, ReportLanguage, ReportPurpose

ISSUED = datetime(2026, 6, 10, 2, 0, tzinfo=UTC)


def make_report(
    record: StudentRecord,
    *,
    fields: tuple[str, ...] = (*REQUIRED_FIELDS, "level", "major_name"),
    code: str | None = None,
    pin: str = "",
    photo: PhotoVersion | None = None,
    **values: Any,
) -> VerificationReport:
    """A valid report on a bound record, for three months from two days before the tests' now."""
    code = code or new_code()
    language = values.pop("language", ReportLanguage.ZH)
    content = draft_content(
        record, fields, language=language, latin_name=values.pop("latin_name", "SHEN Ruoxi")
    )
    return VerificationReport.objects.create(
        record=record,
        identity=record.binding.identity,
        photo=photo,
        language=language,
        content=content.as_json(),
        content_digest=content_digest(record, fields),
        code=code,
        code_index=code_index(code),
        pin_hash=make_password(pin) if pin else "",
        **{
            "purpose": ReportPurpose.JOB,
            "receiver": "青岚文化公司",
            "issued_at": ISSUED,
            "issued_by": "本人",
            "expires_at": ISSUED + timedelta(days=92),
            **values,
        },
    )
