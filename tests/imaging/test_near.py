"""Whose photo it may be: likenesses, exchanges and shifts, as pure rules."""

import pytest

from imaging.matching import (
    Person,
    Place,
    Said,
    exchange_reasons,
    hint_text,
    likely_shifts,
    photo_reasons,
    says_enough,
)
from tests.factories.people import make_number

pytestmark = pytest.mark.unit

NUMBER = make_number(127)
RECORD = Person("99999", "2022040127", "22990101010127", NUMBER, "沈若溪")


@pytest.mark.parametrize(
    ("photo", "reasons"),
    [
        (Person(student_no="2022040128", name="沈若溪"), ["student_no:one_sign", "name:same"]),
        (Person(student_no="2022040172", name="沈若溪"), ["student_no:swapped", "name:same"]),
        (Person(student_no="202204127", name="沈若溪"), ["student_no:one_missing", "name:same"]),
        (Person(student_no="2022040127", name="沈若谿"), ["student_no:same", "name:variant"]),
        (Person(student_no="2022040127", name="沈?溪"), ["student_no:same", "name:gap"]),
        (Person(student_no="2022040127", name="沈若汐"), ["student_no:same", "name:one_sign"]),
        (Person(student_no="2022040127", name="若溪沈"), []),
        (Person(student_no="2022040128", name="沈若汐"), []),
        (Person(student_no="2022049999", name="沈若溪"), []),
        (Person(student_no="2022040127", name="秦川"), []),
        (Person(student_no="2022040128"), ["student_no:one_sign", "no_name"]),
        (Person(name="沈若溪"), ["name:same", "no_number"]),
        (
            Person("99998", student_no="2022040127", name="沈若溪"),
            ["student_no:same", "name:same", "school"],
        ),
        (
            Person(candidate_no="22990101010137", name="沈若溪"),
            ["candidate_no:one_sign", "name:same"],
        ),
    ],
)
def test_photo_is_proposed_for_what_it_nearly_says(photo: Person, reasons: list[str]) -> None:
    assert photo_reasons(photo, RECORD) == reasons


def test_document_number_with_a_wrong_digit_or_x_is_near() -> None:
    wrong = NUMBER[:9] + str((int(NUMBER[9]) + 1) % 10) + NUMBER[10:]
    assert photo_reasons(Person(document_no=wrong), RECORD) == [
        "document_no:one_sign",
        "no_name",
    ]

    with_x = next(number for serial in range(200) if (number := make_number(serial)).endswith("X"))
    owner = RECORD._replace(document_no=with_x)
    assert photo_reasons(Person(document_no=with_x.lower()), owner)[0] == "document_no:same"
    assert photo_reasons(Person(document_no=f"{with_x[:-1]}0"), owner)[0] == "document_no:one_sign"


@pytest.mark.parametrize(
    ("photo", "reasons"),
    [
        (Person(document_no="E12345678", name="沈若溪"), ["other_no", "name:same"]),
        (Person(document_no="E12345678"), ["other_no", "no_name"]),
        (Person(document_no="E12345678", name="沈若汐"), []),
        (Person(document_no="E12345678", name="秦川"), []),
        (Person(document_no=NUMBER, name="沈若溪"), ["document_no:same", "name:same"]),
    ],
)
def test_other_number_of_the_person_counts_as_one_nearly_the_same(
    photo: Person, reasons: list[str]
) -> None:
    assert photo_reasons(photo, RECORD, has_other_no=True) == reasons
    assert all(map(hint_text, reasons))


def test_dot_in_a_name_is_no_difference() -> None:
    owner = RECORD._replace(name="阿依古丽·买买提")

    assert photo_reasons(Person(student_no="2022040127", name="阿依古丽买买提"), owner) == [
        "student_no:same",
        "name:dot",
    ]


@pytest.mark.parametrize(
    ("reasons", "alone"),
    [
        (["student_no:one_sign", "name:same"], True),
        (["document_no:one_sign", "no_name"], True),
        (["student_no:one_sign", "no_name"], False),
        (["other_no", "name:same"], True),
        (["other_no", "no_name"], False),
        (["name:same", "no_number"], False),
    ],
)
def test_weak_reasons_need_to_be_the_only_ones(reasons: list[str], *, alone: bool) -> None:
    assert says_enough(reasons) is alone


def place(
    number: int, *, says: int | None = None, said: Said = Said.NOTHING, named: bool = True
) -> Place:
    """The record of this number with the photo that says it is `says`; no photo for None."""
    record = Person("99999", f"20220401{number:02d}", "", b"", f"学生{number}号某")
    if says is None:
        return Place(number, record)
    photo = Person("99999", f"20220401{says:02d}", "", b"", f"学生{says}号某" if named else "")
    return Place(number, record, 1000 + number, photo, said)


def test_neighbours_whose_data_fit_exchanged_are_proposed() -> None:
    reasons = exchange_reasons(place(11, says=12), place(12, says=11))

    assert reasons == ["fits:name", "fits:student_no", "neighbours"]
    assert [hint_text(code) for code in reasons] == [
        "换过来姓名就对上",
        "换过来学号就对上",
        "拍摄次序或学号相邻",
    ]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (place(11, says=11), place(12, says=12)),
        (place(11, says=12), place(12, says=12)),  # one of them fits where it is
        (place(11, says=12, said=Said.RIGHT), place(12, says=11)),
        (place(11, says=12), place(12)),  # nothing to exchange with
        (place(11, says=13), place(12, says=14)),
        (place(11, says=11, said=Said.NOT_ME), place(12, says=12)),
        (place(11, says=11, said=Said.SWAPPED), place(12, says=12, said=Said.RIGHT)),
    ],
)
def test_what_fits_is_left_alone(one: Place, other: Place) -> None:
    assert exchange_reasons(one, other) == []
    assert exchange_reasons(other, one) == []


def test_two_students_who_say_it_is_somebody_else_are_proposed() -> None:
    one = place(11, says=11, said=Said.NOT_ME)
    other = place(12, says=12, said=Said.SWAPPED)

    assert exchange_reasons(one, other) == ["both_no", "neighbours"]


def test_one_who_says_mixed_up_and_one_who_has_not_looked_are_proposed() -> None:
    one = place(11, says=11, said=Said.SWAPPED)

    assert exchange_reasons(one, place(12, says=12)) == ["one_swapped", "neighbours"]


@pytest.mark.parametrize("step", [1, -1])
def test_run_whose_data_fit_the_next_one_is_a_shift(step: int) -> None:
    inside = [place(number, says=number + step) for number in (12, 13, 14)]
    order = [place(11, says=11), *inside, place(15, says=15), place(16)]

    (shift,) = likely_shifts(order)

    moves = dict(shift.moves)
    assert moves[1013] == 13 + step
    assert moves[1012] == (13 if step == 1 else 0)
    assert "neighbours" in shift.reasons


def test_end_of_a_shift_goes_to_the_neighbour_without_a_photo() -> None:
    order = [*(place(number, says=number + 1) for number in (11, 12, 13)), place(14)]

    (shift,) = likely_shifts(order)

    assert shift.moves == ((1011, 12), (1012, 13), (1013, 14))


def test_run_of_denials_beside_a_gap_is_a_shift() -> None:
    run = [place(number, says=number, said=Said.NOT_ME) for number in (11, 12, 13)]

    (after,) = likely_shifts([place(10, says=10), *run, place(14)])
    (before,) = likely_shifts([place(10), *run, place(14, says=14)])

    assert after.moves == ((1011, 12), (1012, 13), (1013, 14))
    assert before.moves == ((1011, 10), (1012, 11), (1013, 12))
    assert likely_shifts([place(10, says=10), *run, place(14, says=14)]) == []
    assert likely_shifts([place(10), *run, place(14)]) == []  # either way: nobody knows


def test_two_in_a_row_are_no_shift() -> None:
    order = [place(11, says=12), place(12, says=13), place(13)]

    assert likely_shifts(order) == []
