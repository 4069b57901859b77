"""The class feedback sheet: live rows from the conclusions, as a page and as a document."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from accounts.models import User
from common.components import SheetPage, SheetRow, Tone
from common.paper.fonts import UnprintableName, unprintable_names
from corrections.documents import sheet as form
from corrections.documents.ordering import ordering_label, sort_rows
from corrections.selectors.cases import Case, detailed_cases, plain_cases
from corrections.selectors.scope import Sight, sight_of
from corrections.selectors.standing import Phase, Standing, class_standings
from enrollment.models import ClassGroup
from imaging.models import Campaign
from imaging.selectors import SheetMoments, sheet_moments

_TONES = {
    Phase.TODO: Tone.TODO,
    Phase.NO_PHOTO: Tone.BLOCKED,
    Phase.OPEN: Tone.DUE,
    Phase.LOCKED: Tone.LOCKED,
    Phase.DISPUTED: Tone.DISPUTED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetLine:
    """One student's line: where it is printed, and where the student stands."""

    position: int
    standing: Standing

    @property
    def printed(self) -> form.SheetRow:
        """The line as the form prints it."""
        return form.SheetRow(
            position=self.position,
            student_no=self.standing.found.student_no,
            name=self.standing.found.name,
            result=self.standing.result,
            is_provisional=self.standing.found.is_open,
        )

    @property
    def shown(self) -> SheetRow:
        """The line as the page shows it."""
        return SheetRow(
            number=self.position,
            student_no=self.standing.found.student_no,
            name=self.standing.found.name,
            result=self.standing.result,
            tone=_TONES[self.standing.phase],
            is_open=self.standing.found.is_open,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetView:
    """The sheet page of one class for one reader."""

    sheet: form.ClassSheet
    moments: SheetMoments
    pages: tuple[SheetPage, ...]
    provisional_count: int
    awaited_count: int
    unprintable: tuple[UnprintableName, ...]
    cases: tuple[Case, ...]
    sees_details: bool


def sheet_rows(
    *, campaign: Campaign, class_group: ClassGroup, viewer: User, now: datetime
) -> list[SheetLine]:
    """The rows of the class's sheet at `now`, by student number from large to small.

    Nothing for a person who may not look at the class.
    """
    if sight_of(viewer, class_group, now=now) is None:
        return []
    return _lines(class_standings(campaign=campaign, class_group=class_group, now=now))


def sheet_view(
    *, campaign: Campaign, class_group: ClassGroup, viewer: User, now: datetime
) -> SheetView | None:
    """The sheet with what this reader may know beside it; None for a stranger.

    A monitor gets labels; from the counsellor upward also reasons, right values and evidence.
    """
    sight = sight_of(viewer, class_group, now=now)
    if sight is None:
        return None
    people = class_standings(campaign=campaign, class_group=class_group, now=now)
    lines = _lines(people)
    document = class_sheet(campaign=campaign, class_group=class_group, lines=lines, now=now)
    ordered = [line.standing for line in lines]
    is_detailed = sight is Sight.DETAILS
    return SheetView(
        sheet=document,
        moments=sheet_moments(campaign, class_group),
        pages=_pages(document, lines, now=now),
        provisional_count=sum(person.found.is_open for person in people),
        awaited_count=sum(person.is_awaited for person in people),
        unprintable=tuple(unprintable_names(person.found.name for person in ordered)),
        cases=tuple(detailed_cases(ordered) if is_detailed else plain_cases(ordered)),
        sees_details=is_detailed,
    )


def class_sheet(
    *, campaign: Campaign, class_group: ClassGroup, lines: list[SheetLine], now: datetime
) -> form.ClassSheet:
    """The document that PDF and XLSX print."""
    return form.ClassSheet(
        title_year=campaign.graduating_class,
        entry_grade=class_group.entry_grade,
        class_name=class_group.name,
        rows=tuple(line.printed for line in lines),
        generated_at=now,
        school_name=class_group.school.name,
        ordering_label=ordering_label(),
        is_demo=class_group.school.is_demo,
    )


def _lines(people: list[Standing]) -> list[SheetLine]:
    """The people in the order of the form; equal numbers keep the order of their records."""
    by_number: dict[str, list[Standing]] = defaultdict(list)
    for person in sorted(people, key=lambda person: person.found.record_id):
        by_number[person.found.student_no].append(person)
    unsorted = [
        SheetLine(position=0, standing=person).printed
        for group in by_number.values()
        for person in group
    ]
    return [
        SheetLine(position=row.position, standing=by_number[row.student_no].pop(0))
        for row in sort_rows(unsorted)
    ]


def _pages(
    document: form.ClassSheet, lines: list[SheetLine], *, now: datetime
) -> tuple[SheetPage, ...]:
    printed = document.pages()
    return tuple(
        SheetPage(
            title=document.title.replace("校对反馈表", "|校对反馈表"),
            class_line=document.class_line,
            order_line=f"{document.ordering_label}，共 {len(lines)} 人",
            number=page.number,
            count=page.total,
            rows=tuple(
                line.shown
                for line in lines[
                    (page.number - 1) * form.ROWS_PER_PAGE : page.number * form.ROWS_PER_PAGE
                ]
            ),
            is_last=page.number == page.total and len(lines) % form.ROWS_PER_PAGE != 0,
            digest=document.version_label.replace(" ", ""),
            made_at=now,
            is_demo=document.is_demo,
        )
        for page in printed
    )
