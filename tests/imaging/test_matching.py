"""Whose photo is it? Edge cases 38, 40, 49, 52."""

from collections.abc import Iterable

import pytest

from accounts.identity import name_match_key
from imaging.matching import (
    Claim,
    KeyKind,
    MatchReason,
    MatchResult,
    RecordRef,
    claim_from_name,
    claim_from_row,
    likely_kind,
    mark_repeats,
    match,
)
from imaging.states import MatchState

pytestmark = pytest.mark.unit

MAIN, AFFILIATED = "99999", "99998"
DOCUMENT = "990101189901010018"


class Roster:
    """An index of records in memory."""

    def __init__(self) -> None:
        self.numbers: dict[tuple[KeyKind, str], set[RecordRef]] = {}
        self.voided: dict[str, set[RecordRef]] = {}

    def add(self, record_id: int, name: str, *, school: str = MAIN, **numbers: str) -> None:
        ref = RecordRef(record_id, school, name_match_key(name))
        for kind, value in numbers.items():
            self.numbers.setdefault((KeyKind(kind), value), set()).add(ref)

    def find(self, kind: KeyKind, value: str) -> Iterable[RecordRef]:
        return self.numbers.get((kind, value), ())

    def find_voided(self, ticket: str) -> Iterable[RecordRef]:
        return self.voided.get(ticket, ())


@pytest.fixture
def roster() -> Roster:
    roster = Roster()
    roster.add(
        1, "王伟", student_no="20210001", document_no=DOCUMENT, candidate_no="21990001110001"
    )
    roster.add(2, "李娜", student_no="20210002", ticket="C0002")
    roster.add(3, "王伟", student_no="20210003")
    roster.add(4, "古丽米热·艾比布力", student_no="2021A004", document_no="H12345678")
    roster.add(5, "赵敏", student_no="20210002", school=AFFILIATED)
    # One person with two records at the same school.
    roster.add(6, "钱明", student_no="20210006", document_no="99010118990101003X")
    roster.add(7, "钱明", student_no="20240006", document_no="99010118990101003X")
    return roster


def numbers_and_names(stem: str) -> tuple[list[str], tuple[str, ...]]:
    claim = claim_from_name(stem)
    return [key.value for key in claim.keys], claim.names


# --- file names


@pytest.mark.parametrize(
    ("stem", "numbers", "names"),
    [
        ("20210001", ["20210001"], ()),
        ("20210001王伟", ["20210001"], ("王伟",)),
        ("20210001-王伟", ["20210001"], ("王伟",)),
        ("20210001_王伟", ["20210001"], ("王伟",)),
        ("王伟 20210001", ["20210001"], ("王伟",)),
        ("王伟（20210001）", ["20210001"], ("王伟",)),
        ("２０２１０００１", ["20210001"], ()),
        ("20210001 (1)", ["20210001"], ()),
        ("20210001 - 副本", ["20210001"], ()),
        ("20210001-王伟 - 副本 (2)", ["20210001"], ("王伟",)),
        ("20210001_毕业照", ["20210001"], ()),
        ("计算机1班_20210001_王伟", ["20210001"], ("王伟",)),
        ("99010118990101003x", ["99010118990101003x"], ()),
        ("2021A004古丽米热·艾比布力", ["2021A004"], ("古丽米热·艾比布力",)),
        ("20210001ZHANG San", ["20210001ZHANG"], ("San",)),
        ("20210001 ZHANG San", ["20210001"], ("ZHANG", "San", "ZHANGSan")),
        ("A123456(7)", ["A123456(7)"], ()),
        ("20210001_990101189901010018", ["20210001", DOCUMENT], ()),
        ("王伟", [], ("王伟",)),
        ("王伟2", [], ("王伟",)),
        ("IMG_20210001", [], ()),
        ("DSC_0001", [], ()),
        ("微信图片_20250331120000", [], ()),
        ("", [], ()),
    ],
)
def test_file_names_are_read(stem: str, numbers: list[str], names: tuple[str, ...]) -> None:
    assert numbers_and_names(stem) == (numbers, names)


# --- matching


@pytest.mark.parametrize(
    "stem",
    [
        "20210001",
        "20210001王伟",
        "王伟_20210001",
        "21990001110001",
        DOCUMENT,
        f"20210001-{DOCUMENT}",
        "20210001_20250331",
    ],
)
def test_every_kind_of_number_finds_the_record(roster: Roster, stem: str) -> None:
    assert match(claim_from_name(stem), roster) == MatchResult(MatchState.MATCHED, record_id=1)


def test_document_number_is_compared_in_canonical_form(roster: Roster) -> None:
    assert match(claim_from_name("h1234567800"), roster).record_id == 4


def test_letters_in_a_student_number_may_be_small(roster: Roster) -> None:
    assert match(claim_from_name("2021a004"), roster).record_id == 4


def test_name_with_another_interpunct_agrees(roster: Roster) -> None:
    assert match(claim_from_name("2021A004_古丽米热•艾比布力"), roster).record_id == 4


def test_name_that_disagrees_is_not_matched_silently(roster: Roster) -> None:
    assert match(claim_from_name("20210001李娜"), roster) == MatchResult(
        MatchState.UNMATCHED, reason=MatchReason.NAME_MISMATCH, candidates=(1,)
    )


def test_name_alone_is_no_key_however_rare(roster: Roster) -> None:
    assert match(claim_from_name("古丽米热·艾比布力"), roster) == MatchResult(
        MatchState.UNMATCHED, reason=MatchReason.NO_NUMBER
    )


def test_number_that_no_record_has_is_unmatched(roster: Roster) -> None:
    assert match(claim_from_name("20219999"), roster) == MatchResult(
        MatchState.UNMATCHED, reason=MatchReason.UNKNOWN_NUMBER
    )


def test_number_of_two_schools_is_ambiguous_until_the_school_is_given(roster: Roster) -> None:
    claim = claim_from_name("20210002")

    assert match(claim, roster) == MatchResult(
        MatchState.AMBIGUOUS, reason=MatchReason.TWO_SCHOOLS, candidates=(2, 5)
    )
    assert match(claim, roster, school_code=MAIN).record_id == 2
    assert match(claim, roster, school_code=AFFILIATED).record_id == 5


def test_number_of_two_schools_stays_ambiguous_with_a_name(roster: Roster) -> None:
    assert match(claim_from_name("20210002赵敏"), roster).reason is MatchReason.TWO_SCHOOLS


def test_number_of_another_school_is_unmatched(roster: Roster) -> None:
    assert match(claim_from_name("20210001"), roster, school_code=AFFILIATED) == MatchResult(
        MatchState.UNMATCHED, reason=MatchReason.OTHER_SCHOOL
    )


def test_school_of_the_list_must_agree_with_the_chosen_one(roster: Roster) -> None:
    claim = claim_from_row(student_no="20210002", school_code=AFFILIATED)

    assert match(claim, roster).record_id == 5
    assert match(claim, roster, school_code=MAIN).reason is MatchReason.OTHER_SCHOOL


def test_document_number_of_two_records_is_ambiguous_and_a_student_number_settles_it(
    roster: Roster,
) -> None:
    document = "99010118990101003X"

    assert match(claim_from_name(document), roster) == MatchResult(
        MatchState.AMBIGUOUS, reason=MatchReason.SEVERAL_RECORDS, candidates=(6, 7)
    )
    assert match(claim_from_row(student_no="20240006", document_no=document), roster).record_id == 7


def test_numbers_of_two_people_are_ambiguous(roster: Roster) -> None:
    assert match(claim_from_name("20210001_20210003"), roster) == MatchResult(
        MatchState.AMBIGUOUS, reason=MatchReason.KEYS_DISAGREE, candidates=(1, 3)
    )


def test_number_that_is_a_student_number_here_and_a_candidate_number_there_is_ambiguous(
    roster: Roster,
) -> None:
    roster.add(8, "孙丽", student_no="20218888", candidate_no="20210003")

    assert match(claim_from_name("20210003"), roster).candidates == (3, 8)
    assert match(claim_from_row(student_no="20210003"), roster).record_id == 3


def test_listed_number_that_the_roster_lacks_contradicts_the_other(roster: Roster) -> None:
    wrong_document = claim_from_row(student_no="20210001", document_no="990101189901010099")
    no_candidate_number = claim_from_row(student_no="20210002", candidate_no="21990001119999")

    assert match(wrong_document, roster) == MatchResult(
        MatchState.UNMATCHED, reason=MatchReason.KEYS_DISAGREE, candidates=(1,)
    )
    assert match(no_candidate_number, roster, school_code=MAIN).record_id == 2


def test_ticket_of_a_list_finds_the_record(roster: Roster) -> None:
    assert match(claim_from_row(ticket="C0002"), roster).record_id == 2


def test_empty_row_is_no_key(roster: Roster) -> None:
    assert match(claim_from_row(name="王伟"), roster).reason is MatchReason.NO_NUMBER
    assert match(Claim(keys=()), roster).reason is MatchReason.NO_NUMBER


def test_several_photos_of_one_record_wait_for_a_person() -> None:
    first, second = (MatchResult(MatchState.MATCHED, record_id=record_id) for record_id in (1, 2))
    unmatched = MatchResult(MatchState.UNMATCHED, reason=MatchReason.NO_NUMBER)

    assert mark_repeats([first, second, first, unmatched]) == [
        MatchResult(MatchState.AMBIGUOUS, reason=MatchReason.SEVERAL_PHOTOS, candidates=(1,)),
        second,
        MatchResult(MatchState.AMBIGUOUS, reason=MatchReason.SEVERAL_PHOTOS, candidates=(1,)),
        unmatched,
    ]


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (DOCUMENT, KeyKind.DOCUMENT_NO),
        ("99010118990101003x", KeyKind.DOCUMENT_NO),
        ("990101990101001", KeyKind.DOCUMENT_NO),
        ("H12345678", KeyKind.DOCUMENT_NO),
        ("A123456(7)", KeyKind.DOCUMENT_NO),
        ("20210001", KeyKind.STUDENT_NO),
        ("21990001110001", KeyKind.STUDENT_NO),
        ("2021CS001", KeyKind.STUDENT_NO),
    ],
)
def test_what_looks_like_a_document_number_is_kept_as_one(value: str, kind: KeyKind) -> None:
    assert likely_kind(value) is kind


def test_every_reason_has_a_sentence() -> None:
    assert all(reason.message.endswith("。") for reason in MatchReason)
