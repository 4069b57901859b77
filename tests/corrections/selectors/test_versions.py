"""A version is stale as soon as anything that it printed has changed, and for no other reason."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest

from corrections.documents.sheet import ClassSheet as Document
from corrections.documents.sheet import SheetRow
from corrections.models import ClassSheet, SheetOrder
from corrections.selectors.lines import Order, sheet_lines
from corrections.selectors.standing import class_standings
from corrections.selectors.versions import changed_lines, frozen_document, is_stale, live_document
from corrections.states import FROZEN_SHEETS, SheetNumbers, SheetState
from enrollment.models import ClassGroup, StudentRecord
from enrollment.states import EnrollmentStatus
from imaging.models import Campaign, CampaignMember, VerificationConclusion
from imaging.states import Conclusion, ConclusionKind
from tests.factories import enrolment
from tests.factories.imaging import (
    FREEZE,
    make_campaign,
    make_conclusion,
    make_member,
    make_photo,
)
from tests.factories.sheets import make_sheet

AFTER = FREEZE + timedelta(hours=1)


@pytest.fixture
def campaign(record: StudentRecord) -> Campaign:
    """Alice has said that all is right; a second student has said nothing."""
    campaign = make_campaign()
    make_photo(record)
    member = make_member(record, campaign)
    make_conclusion(member, ConclusionKind.PHOTO)
    make_conclusion(member, ConclusionKind.DATA)
    other = enrolment.make_record(
        class_group=record.class_group, student_no="2022040103", name="江未"
    )
    make_photo(other)
    make_member(other, campaign)
    return campaign


def _update(**values: object) -> Callable[[CampaignMember], object]:
    return lambda member: StudentRecord.objects.filter(pk=member.record_id).update(**values)


def _conclude(**values: object) -> Callable[[CampaignMember], object]:
    def change(member: CampaignMember) -> None:
        VerificationConclusion.objects.filter(
            round__member=member, kind=ConclusionKind.DATA
        ).update(**values)

    return change


def _class_of(member: CampaignMember) -> ClassGroup:
    assert member.class_group is not None
    return member.class_group


def _add(member: CampaignMember) -> None:
    make_member(enrolment.make_record(class_group=member.class_group), member.campaign)


PRINTED: dict[str, Callable[[CampaignMember], object]] = {
    "name": _update(name="沈若谿"),
    "number": _update(student_no="2022040128"),
    "result": _conclude(state=Conclusion.INCORRECT, reasons=["FIELD_WRONG"], wrong_fields=["sex"]),
    "provisional": _conclude(locks_at=AFTER + timedelta(hours=1)),
    "status": _update(enrollment_status=EnrollmentStatus.SUSPENDED),
    "removed": lambda member: CampaignMember.objects.filter(pk=member.pk).update(
        removed_at=AFTER, removed_by="测试"
    ),
    "added": _add,
    "class name": lambda member: ClassGroup.objects.filter(pk=_class_of(member).pk).update(
        name="汉语言文学 2203 班"
    ),
    "year": lambda member: Campaign.objects.filter(pk=member.campaign_id).update(
        graduating_class=2027
    ),
}
UNPRINTED: dict[str, Callable[[CampaignMember], object]] = {
    "nothing": lambda _member: None,
    "ethnicity": _update(ethnicity="满族"),
    "department": _update(department="中文系"),
    "graduation": _update(expected_graduation_date=date(2026, 7, 1)),
    "candidate": _update(candidate_no="22990101019999"),
    "note": _conclude(note="补充一句"),
    "entered": _conclude(concluded_by="b***@example.test"),
    "title": lambda member: Campaign.objects.filter(pk=member.campaign_id).update(title="改名"),
    "deadline": lambda member: Campaign.objects.filter(pk=member.campaign_id).update(
        hand_in_at=AFTER
    ),
    "another class": lambda member: make_member(
        enrolment.make_record(class_group=enrolment.make_class("法学 2201 班")), member.campaign
    ),
    "order of the school": lambda member: SheetOrder.objects.create(
        school=_class_of(member).school, is_descending=False
    ),
}


def fresh(sheet: ClassSheet) -> ClassSheet:
    """Read again, with what it points to."""
    return ClassSheet.objects.get(pk=sheet.pk)


@pytest.mark.django_db
@pytest.mark.parametrize("change", PRINTED)
def test_any_change_of_what_is_printed_makes_it_stale(
    change: str, campaign: Campaign, class_group: ClassGroup, record: StudentRecord
) -> None:
    sheet = make_sheet(campaign, class_group, SheetState.FROZEN, at=AFTER)

    PRINTED[change](record.memberships.get())

    assert is_stale(fresh(sheet), now=AFTER) is True


@pytest.mark.django_db
@pytest.mark.parametrize("change", UNPRINTED)
def test_no_other_change_does(
    change: str, campaign: Campaign, class_group: ClassGroup, record: StudentRecord
) -> None:
    sheet = make_sheet(campaign, class_group, SheetState.FROZEN, at=AFTER)

    UNPRINTED[change](record.memberships.get())

    assert is_stale(fresh(sheet), now=AFTER) is False


@pytest.mark.django_db
@pytest.mark.parametrize("state", list(SheetState))
def test_only_what_is_frozen_and_in_hand_goes_stale(
    state: SheetState, campaign: Campaign, class_group: ClassGroup, record: StudentRecord
) -> None:
    sheet = make_sheet(campaign, class_group, state, at=AFTER)
    _update(name="沈若谿")(record.memberships.get())

    assert is_stale(fresh(sheet), now=AFTER) is (state in FROZEN_SHEETS)


@pytest.mark.django_db
def test_changed_rows_are_named(
    campaign: Campaign, class_group: ClassGroup, record: StudentRecord
) -> None:
    sheet = make_sheet(campaign, class_group, SheetState.FROZEN, at=AFTER)
    _update(name="沈若谿")(record.memberships.get())

    assert changed_lines(fresh(sheet), now=AFTER) == [
        ("2022040127", "沈若谿", "沈若溪，无误", "沈若谿，无误")
    ]


@pytest.mark.django_db
def test_remark_is_printed_until_there_is_a_conclusion(
    campaign: Campaign, class_group: ClassGroup
) -> None:
    sheet = make_sheet(campaign, class_group)
    member = CampaignMember.objects.get(record__student_no="2022040103")
    sheet.remarks.create(member=member, text="在外实习", written_at=AFTER, written_by="测试")

    def printed() -> str:
        return live_document(fresh(sheet), now=AFTER).rows[1].printed_result

    assert printed() == "未校对；备注：在外实习"
    make_conclusion(member, ConclusionKind.PHOTO)
    make_conclusion(member, ConclusionKind.DATA)
    assert printed() == "无误"


@pytest.mark.django_db
def test_rows_stand_as_the_school_says(campaign: Campaign, class_group: ClassGroup) -> None:
    SheetOrder.objects.create(school=class_group.school, is_descending=False)
    sheet = make_sheet(campaign, class_group, SheetState.FROZEN, at=AFTER)

    document = frozen_document(fresh(sheet))

    assert [row.student_no for row in document.rows] == ["2022040103", "2022040127"]
    assert document.ordering_label == "按学号由小到大"


@pytest.mark.django_db
def test_lines_do_not_depend_on_the_order_of_the_database(
    campaign: Campaign, class_group: ClassGroup
) -> None:
    people = class_standings(campaign=campaign, class_group=class_group, now=AFTER)
    order = Order(numbers=SheetNumbers.TEXT)

    forward = sheet_lines(people, remarks={}, order=order)
    backward = sheet_lines(people[::-1], remarks={}, order=order)

    assert forward == backward


def test_digest_follows_what_is_printed() -> None:
    hypothesis = pytest.importorskip("hypothesis")
    st = pytest.importorskip("hypothesis.strategies")
    text = st.text(alphabet="无误未校对沈若溪（）；012Aa ", max_size=8)
    row = st.builds(
        SheetRow,
        position=st.integers(1, 60),
        student_no=text,
        name=text,
        result=text,
        is_provisional=st.booleans(),
    )

    @hypothesis.settings(max_examples=150, deadline=None)  # type: ignore[untyped-decorator]  # a module that may be absent has no types
    @hypothesis.given(  # type: ignore[untyped-decorator]  # the same
        rows=st.lists(row, min_size=1, max_size=5),
        place=st.integers(0, 4),
        other=row,
        minutes=st.integers(0, 9_999),
    )
    def follows(rows: list[SheetRow], place: int, other: SheetRow, minutes: int) -> None:
        place %= len(rows)
        before = _document(tuple(rows))
        after = _document((*rows[:place], other, *rows[place + 1 :]))
        moved = replace(
            before, generated_at=AFTER + timedelta(minutes=minutes), ordering_label="别的说法"
        )

        assert (before.version_hash == after.version_hash) is (rows[place] == other)
        assert before.version_hash != _document(tuple(rows[:-1])).version_hash
        assert before.version_hash == moved.version_hash

    follows()


def _document(rows: tuple[SheetRow, ...]) -> Document:
    return Document(
        title_year=2026,
        entry_grade=2022,
        class_name="汉语言文学 2201 班",
        rows=rows,
        generated_at=AFTER,
        school_name="远山大学",
        ordering_label="按学号由大到小",
    )
