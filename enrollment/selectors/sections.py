"""Further sections of a record as a person reads them; nothing is asked for where there are none."""

from collections.abc import Sequence
from dataclasses import dataclass

from common.components import FieldRow
from common.wording import date_cn
from enrollment.models import AdmissionInfo, Aid, Graduation, StudentRecord, UpgradeCheck
from enrollment.states import UpgradeState

__all__ = ["Section", "graduation_of", "sections_of", "upgrade_state_of"]

_UPGRADE_NOTES = {
    UpgradeState.PENDING: "学校还在核查你的专科学历，核查完才能注册。",
    UpgradeState.PASSED: "你的专科学历已经核查。",
    UpgradeState.FAILED: "专科学历没有核对上，请带毕业证书找教务处。",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One section: its title, a sentence, and its fields."""

    name: str
    title: str
    note: str = ""
    rows: Sequence[FieldRow] = ()


def graduation_of(record: StudentRecord) -> Graduation | None:
    """What is registered about the record's certificate now."""
    if not record.has_sections:
        return None
    return Graduation.objects.filter(record=record, superseded_at=None).first()


def upgrade_state_of(record: StudentRecord) -> UpgradeState | None:
    """How far the check of the prior diploma is; None for whoever needs none."""
    if not record.has_sections:
        return None
    found = UpgradeCheck.objects.filter(record=record).values_list("state", flat=True).first()
    return UpgradeState(found) if found else None


def sections_of(record: StudentRecord) -> list[Section]:
    """The sections that this record has, for its student; no query when it has none."""
    if not record.has_sections:
        return []
    found = (_graduation(record), _upgrade(record), _admission(record), _aid(record))
    return [section for section in found if section is not None]


def _graduation(record: StudentRecord) -> Section | None:
    row = graduation_of(record)
    if row is None:
        return None
    return Section(
        name="graduation",
        title="学历",
        note="登记以后，证书上有的信息不能再改；真有错误，要凭省里的批文更正。",
        rows=[
            FieldRow(label="结论", value=str(row.get_outcome_display())),
            FieldRow(label=f"{row.get_outcome_display()}日期", value=date_cn(row.conferred_date)),
            FieldRow(label="证书编号", value=row.certificate_no, kind="plain"),
        ],
    )


def _upgrade(record: StudentRecord) -> Section | None:
    row = UpgradeCheck.objects.filter(record=record).first()
    if row is None:
        return None
    return Section(
        name="upgrade",
        title="前置学历核查",
        note=_UPGRADE_NOTES[UpgradeState(row.state)],
        rows=[
            FieldRow(label="核查结果", value=str(row.get_state_display()), note=row.note),
            FieldRow(label="核查日期", value=date_cn(row.checked_date) if row.checked_date else ""),
        ],
    )


def _admission(record: StudentRecord) -> Section | None:
    row = AdmissionInfo.objects.filter(record=record).first()
    if row is None:
        return None
    return Section(
        name="admission",
        title="录取信息",
        rows=[
            FieldRow(label="录取批次", value=row.batch),
            FieldRow(label="录取类型", value=row.category),
            FieldRow(label="生源地", value=row.origin),
            FieldRow(
                label="录取日期", value=date_cn(row.admitted_date) if row.admitted_date else ""
            ),
            FieldRow(label="录取专业", value=row.major_text),
        ],
    )


def _aid(record: StudentRecord) -> Section | None:
    rows = list(Aid.objects.filter(record=record).order_by("-school_year", "title"))
    if not rows:
        return None
    return Section(
        name="aid",
        title="资助信息",
        note="只有你自己和教务处看得到。",
        rows=[
            FieldRow(
                label=f"{row.school_year}学年" if row.school_year else "资助",
                value=row.title,
                note=f"{row.amount} 元" if row.amount else "",
            )
            for row in rows
        ],
    )
