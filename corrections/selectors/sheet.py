"""The class feedback sheet: live rows from the conclusions, as a page and as a document."""

from dataclasses import dataclass
from datetime import datetime

from accounts.models import User
from common.components import SheetPage
from common.paper.fonts import UnprintableName, unprintable_names
from corrections.documents import sheet as form
from corrections.models import ClassSheet
from corrections.selectors.cases import Case, detailed_cases, plain_cases
from corrections.selectors.lines import SheetLine, class_sheet
from corrections.selectors.scope import Sight, sight_of
from corrections.selectors.standing import class_standings
from corrections.selectors.versions import current_or_new, live_lines, sheet_order
from enrollment.models import ClassGroup
from imaging.models import Campaign
from imaging.selectors import SheetMoments, sheet_moments


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetView:
    """The sheet page of one class for one reader."""

    sheet: form.ClassSheet
    version: ClassSheet
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
    """The rows of the class's sheet at `now`, in the order of the school (from large to small where it has none).

    Nothing for a person who may not look at the class.
    """
    if sight_of(viewer, class_group, now=now) is None:
        return []
    return live_lines(current_or_new(campaign, class_group), now=now)


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
    version = current_or_new(campaign, class_group)
    order = sheet_order(version)
    lines = live_lines(version, now=now, people=people, order=order)
    document = class_sheet(
        campaign=campaign,
        class_group=class_group,
        lines=lines,
        order=order,
        now=now,
    )
    ordered = [line.standing for line in lines]
    is_detailed = sight is Sight.DETAILS
    return SheetView(
        sheet=document,
        version=version,
        moments=sheet_moments(campaign, class_group),
        pages=_pages(document, lines, now=now),
        provisional_count=sum(person.found.is_open for person in people),
        awaited_count=sum(person.is_awaited for person in people),
        unprintable=tuple(unprintable_names(person.found.name for person in ordered)),
        cases=tuple(detailed_cases(ordered) if is_detailed else plain_cases(ordered)),
        sees_details=is_detailed,
    )


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
