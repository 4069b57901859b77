"""The lines of a class's sheet: where everybody stands, what the monitor remarked, in the order of the form."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from common.components import SheetRow, Tone
from corrections.documents import sheet as form
from corrections.documents.ordering import ordering_label, sort_rows
from corrections.models import SheetOrder
from corrections.selectors.standing import Phase, Standing
from corrections.states import SheetNumbers
from enrollment.models import ClassGroup, School
from imaging.models import Campaign

_TONES = {
    Phase.IDLE: Tone.TODO,
    Phase.TODO: Tone.TODO,
    Phase.NO_PHOTO: Tone.BLOCKED,
    Phase.OPEN: Tone.DUE,
    Phase.LOCKED: Tone.LOCKED,
    Phase.DISPUTED: Tone.DISPUTED,
}
_NUMERIC = {SheetNumbers.AUTO: None, SheetNumbers.NUMBER: True, SheetNumbers.TEXT: False}


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """By which rule the rows stand."""

    is_descending: bool = True
    numbers: SheetNumbers = SheetNumbers.AUTO

    @property
    def label(self) -> str:
        """The order in words."""
        return ordering_label(descending=self.is_descending)


def order_of(school: School) -> Order:
    """The school's rule; from large to small where it has none."""
    found = SheetOrder.objects.filter(school=school).first()
    if found is None:
        return Order()
    return Order(is_descending=found.is_descending, numbers=SheetNumbers(found.numbers))


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetLine:
    """One student's line: where it is printed, where the student stands, what the monitor remarked."""

    position: int
    standing: Standing
    remark: str = ""

    @property
    def result(self) -> str:
        """The 校对结果; beside somebody without a conclusion also the remark."""
        if self.remark and self.standing.pending_parts:
            return f"{self.standing.result}；备注：{self.remark}"
        return self.standing.result

    @property
    def printed(self) -> form.SheetRow:
        """The line as the form prints it."""
        return form.SheetRow(
            position=self.position,
            student_no=self.standing.found.student_no,
            name=self.standing.found.name,
            result=self.result,
            is_provisional=self.standing.found.is_open,
        )

    @property
    def shown(self) -> SheetRow:
        """The line as the page shows it."""
        return SheetRow(
            number=self.position,
            student_no=self.standing.found.student_no,
            name=self.standing.found.name,
            result=self.result,
            tone=_TONES[self.standing.phase],
            is_open=self.standing.found.is_open,
        )


def class_sheet(
    *,
    campaign: Campaign,
    class_group: ClassGroup,
    lines: list[SheetLine],
    order: Order,
    now: datetime,
) -> form.ClassSheet:
    """The document that PDF and XLSX print."""
    return form.ClassSheet(
        title_year=campaign.graduating_class,
        entry_grade=class_group.entry_grade,
        class_name=class_group.name,
        rows=tuple(line.printed for line in lines),
        generated_at=now,
        school_name=class_group.school.name,
        ordering_label=order.label,
        is_demo=class_group.school.is_demo,
    )


def sheet_lines(
    people: list[Standing], *, remarks: Mapping[int, str], order: Order
) -> list[SheetLine]:
    """The people in the order of the form; equal numbers keep the order of their records.

    `remarks` are by member. However the database returns the people, the lines are the same.
    """
    by_number: dict[str, list[Standing]] = defaultdict(list)
    for person in sorted(people, key=lambda person: person.found.record_id):
        by_number[person.found.student_no].append(person)
    unsorted = [
        SheetLine(position=0, standing=person).printed
        for number in sorted(by_number)
        for person in by_number[number]
    ]
    rows = sort_rows(unsorted, descending=order.is_descending, numeric=_NUMERIC[order.numbers])
    return [
        SheetLine(
            position=row.position,
            standing=(person := by_number[row.student_no].pop(0)),
            remark=remarks.get(person.found.member_id, ""),
        )
        for row in rows
    ]
