"""Invented students: always the same, numbered like a real school's, and none of them possible."""

from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest

from accounts.identity import Sex, canonical_number, name_match_key, sex_of
from imaging.importers import read_archive
from xuexin.demo import files
from xuexin.demo.calendar import calendar_of
from xuexin.demo.classes import planned_classes
from xuexin.demo.drawings import FACES, open_studio
from xuexin.demo.people import Part, cast_of, students_of
from xuexin.demo.portraits import Variant

pytestmark = pytest.mark.unit


@pytest.mark.parametrize("count", [24, 60, 240, 20_000])
def test_students_are_as_many_as_asked_and_differ(count: int) -> None:
    students = students_of(count)

    assert len(students) == count
    assert len({each.id_number for each in students}) == count
    assert len({each.candidate_no for each in students}) == count
    assert len({(each.group.school.code, each.student_no) for each in students}) == count
    assert {each.birth_date.year // 10 for each in students} <= {188, 189}


def test_usual_school_has_three_colleges_and_eight_classes() -> None:
    classes = planned_classes(240)
    own = [group for group in classes if group.school.code == "99999"]

    assert (len(own), len({group.college for group in own})) == (8, 3)
    assert [group.size for group in classes if group not in own] == [8]
    assert len({(group.school, group.college, group.name) for group in classes}) == len(classes)


def test_cast_is_the_same_in_a_school_of_any_size() -> None:
    small, large = cast_of(students_of(24)), cast_of(students_of(240))

    assert set(small) == set(Part) - {Part.EXTRA}
    assert {part: each.id_number for part, each in small.items()} == {
        part: each.id_number for part, each in large.items()
    }


def test_number_states_the_sex() -> None:
    assert [
        each
        for each in students_of(240)
        if sex_of(canonical_number(each.id_number), "RESIDENT_ID") is not each.sex
    ] == []


def test_names_are_of_every_kind() -> None:
    names = {each.name for each in students_of(240)}

    assert any("\u00b7" in name for name in names)
    assert max(map(len, names)) >= 12
    assert any(len(name) == 2 for name in names)
    assert any(name.startswith("欧阳") for name in names)
    assert any(ord(character) > 0xFFFF for name in names for character in name)
    assert all(name_match_key(name) for name in names)


def test_faces_beyond_the_drawn_ones_are_other_files() -> None:
    students = students_of(FACES + 200)
    pairs = zip(students, students[FACES:], strict=False)
    of_one_face = next(pair for pair in pairs if pair[0].sex is pair[1].sex)

    with open_studio(1) as studio:
        one, other = (data for _, data in studio.portraits(of_one_face, Variant.GRADUATION))

    assert one != other
    assert abs(len(one) - len(other)) < 40
    assert one[-1000:] == other[-1000:]


def test_archive_has_names_as_windows_writes_them(tmp_path: Path) -> None:
    path = files.write_photos(tmp_path / "照片.zip", [("文学院/𬭩.jpg", b"1")], is_gbk=True)

    raw = path.read_bytes()
    assert "文学院/𬭩.jpg".encode("gb18030") in raw
    assert "文学院".encode() not in raw
    with read_archive(BytesIO(raw)) as archive:
        assert [photo.path for photo in archive] == ["文学院/𬭩.jpg"]


@pytest.mark.parametrize("hour", range(0, 24, 5))
def test_calendar_keeps_its_order_at_any_hour(hour: int) -> None:
    now = datetime(2026, 6, 12, hour, 3, tzinfo=UTC)

    calendar = calendar_of(now)

    moments = [getattr(calendar, name) for name in calendar.__slots__ if name != "now"]
    assert moments == sorted(moments)
    assert calendar.opens_at < calendar.ago(97) < now < calendar.closes_at
    assert calendar.on(-2, 22, 59) < calendar.ago(24)
    assert calendar.freeze_at - calendar.closes_at == timedelta(hours=12)
    assert {each.sex for each in students_of(24)} == set(Sex)
