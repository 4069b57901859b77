"""The versions of a class's sheet: the one in hand, what it froze, and whether that is still so."""

from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from corrections.documents import sheet as form
from corrections.models import ClassSheet, HandInReopening, SheetRemark
from corrections.selectors.lines import Order, SheetLine, class_sheet, order_of, sheet_lines
from corrections.selectors.standing import Standing, class_standings
from corrections.states import FROZEN_SHEETS, SheetNumbers, SheetState
from enrollment.models import ClassGroup
from imaging.models import Campaign
from imaging.selectors import SheetMoments, sheet_moments


def current_sheet(campaign: Campaign, class_group: ClassGroup) -> ClassSheet | None:
    """The version in hand; None until somebody has begun one."""
    return (
        ClassSheet.objects.current()
        .filter(campaign=campaign, class_group=class_group)
        .select_related("campaign", "class_group__school", "class_group__college")
        .first()
    )


def current_or_new(campaign: Campaign, class_group: ClassGroup) -> ClassSheet:
    """The version in hand, or the unsaved draft that would be the first."""
    found = current_sheet(campaign, class_group)
    return found or ClassSheet(campaign=campaign, class_group=class_group)


def versions_of(campaign: Campaign, class_group: ClassGroup) -> QuerySet[ClassSheet]:
    """Every version of the class, the newest first."""
    return ClassSheet.objects.filter(campaign=campaign, class_group=class_group).order_by(
        "-version_no"
    )


def remarks_of(sheet: ClassSheet) -> dict[int, str]:
    """The remarks of a version by member."""
    if not sheet.pk:
        return {}
    rows: QuerySet[SheetRemark, Any] = sheet.remarks.values_list("member", "text")
    return dict(rows)


def frozen_content(
    lines: list[SheetLine], document: form.ClassSheet, order: Order
) -> dict[str, Any]:
    """What a freeze keeps: the document as it is printed, its order, and whose rows they are."""
    return {
        "title_year": document.title_year,
        "entry_grade": document.entry_grade,
        "class_name": document.class_name,
        "school_name": document.school_name,
        "is_demo": document.is_demo,
        "order": [order.is_descending, order.numbers.value],
        "rows": [
            [row.position, row.student_no, row.name, row.result, row.is_provisional]
            for row in document.rows
        ],
        "members": [line.standing.found.member_id for line in lines],
    }


def frozen_document(sheet: ClassSheet) -> form.ClassSheet:
    """The document that the version froze, with the moment of the freeze; ValueError for a draft."""
    if sheet.content is None or sheet.frozen_at is None:
        raise ValueError("a draft has frozen nothing")
    kept = sheet.content
    return form.ClassSheet(
        title_year=kept["title_year"],
        entry_grade=kept["entry_grade"],
        class_name=kept["class_name"],
        rows=tuple(
            form.SheetRow(
                position=position,
                student_no=student_no,
                name=name,
                result=result,
                is_provisional=is_provisional,
            )
            for position, student_no, name, result, is_provisional in kept["rows"]
        ),
        generated_at=sheet.frozen_at,
        school_name=kept["school_name"],
        ordering_label=sheet_order(sheet).label,
        is_demo=kept["is_demo"],
    )


def sheet_order(sheet: ClassSheet) -> Order:
    """The order that the version froze; of a draft the school's."""
    if sheet.content is None:
        return order_of(sheet.class_group.school)
    is_descending, numbers = sheet.content["order"]
    return Order(is_descending=is_descending, numbers=SheetNumbers(numbers))


def live_lines(
    sheet: ClassSheet,
    *,
    now: datetime,
    people: list[Standing] | None = None,
    order: Order | None = None,
) -> list[SheetLine]:
    """The lines as they stand at `now`, with the version's remarks and in its order."""
    if people is None:
        people = class_standings(campaign=sheet.campaign, class_group=sheet.class_group, now=now)
    return sheet_lines(people, remarks=remarks_of(sheet), order=order or sheet_order(sheet))


def live_document(sheet: ClassSheet, *, now: datetime) -> form.ClassSheet:
    """What the version would say if it were printed at `now`."""
    order = sheet_order(sheet)
    return class_sheet(
        campaign=sheet.campaign,
        class_group=sheet.class_group,
        lines=live_lines(sheet, now=now, order=order),
        order=order,
        now=now,
    )


def is_stale(sheet: ClassSheet, *, now: datetime) -> bool:
    """Whether anything that the version printed has changed since; of a draft and of past ones never."""
    if SheetState(sheet.state) not in FROZEN_SHEETS:
        return False
    return live_document(sheet, now=now).version_hash != sheet.content_hash


def changed_lines(sheet: ClassSheet, *, now: datetime) -> list[tuple[str, str, str, str]]:
    """(student number, name, as printed, as it is now) of each row that has changed; labels only."""
    before = {row.student_no: row for row in frozen_document(sheet).rows}
    after = {row.student_no: row for row in live_document(sheet, now=now).rows}
    found = []
    for number in dict.fromkeys([*before, *after]):
        was, is_now = before.get(number), after.get(number)
        texts = [
            f"{row.name}，{row.printed_result}" if row else "不在表上" for row in (was, is_now)
        ]
        if texts[0] != texts[1]:
            person = is_now or was
            found.append((number, person.name if person else "", texts[0], texts[1]))
    return found


def hand_in_moments(sheet: ClassSheet) -> SheetMoments:
    """The moments of the sheet's class."""
    return sheet_moments(sheet.campaign, sheet.class_group)


def reopening_in_force(sheet: ClassSheet, *, now: datetime) -> HandInReopening | None:
    """The reopening under which the class may hand in late, the longest one."""
    return (
        HandInReopening.objects.in_force_at(now)
        .filter(campaign=sheet.campaign, class_group=sheet.class_group)
        .order_by("-open_until", "-pk")
        .first()
    )


def is_hand_in_closed(sheet: ClassSheet, *, now: datetime) -> bool:
    """Whether a hand-in at `now` is refused: the deadline has come, and the office let nobody in late."""
    moments = hand_in_moments(sheet)
    if not (moments.is_late_at(now) or moments.is_over_at(now)):
        return False
    return reopening_in_force(sheet, now=now) is None
