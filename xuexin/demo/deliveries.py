"""What the demonstration school delivers, written as files and taken in by the import commands."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO, StringIO
from pathlib import Path

from django.core.management import call_command
from PIL import Image

from xuexin.demo import files
from xuexin.demo.calendar import Calendar
from xuexin.demo.classes import AFFILIATED, SCHOOL, SchoolPlan
from xuexin.demo.drawings import Studio
from xuexin.demo.people import Part, Student, cast_of
from xuexin.demo.portraits import Variant

__all__ = ["Deliveries"]

Photos = Iterator[tuple[str, bytes]]
Say = Callable[[str], object]

# Their graduation photo comes late, wrongly named, or not at all.
_NOT_IN_TIME = {Part.NO_PHOTO, Part.LATE_PHOTO, Part.AMBIGUOUS, Part.MISNAMED}
_SWAPPED = {
    Part.SWAPPED_LEFT: Part.SWAPPED_RIGHT,
    Part.SWAPPED_RIGHT: Part.SWAPPED_LEFT,
}
_UNKNOWN_NUMBERS = ("2022049910", "2022990001")
_FRAME_OF_A_PASSPORT = (358, 441)


@dataclass(frozen=True, slots=True)
class Deliveries:
    """Writes into `folder`, imports from there, and says what the commands said."""

    folder: Path
    students: list[Student]
    calendar: Calendar
    studio: Studio
    say: Say
    photographed: int

    def rosters(self) -> None:
        """One list as the school keeps it, one as the platform exports it."""
        own = files.write_roster(self.folder / "远山大学2026届名册.xlsx", self._of(SCHOOL))
        self._import("import_roster", own, now=self.calendar.roster_at)
        other = files.write_roster(
            self.folder / "云岭学院2026届名册.xlsx", self._of(AFFILIATED), as_platform=True
        )
        self._import("import_roster", other, now=self.calendar.roster_at, school=AFFILIATED.code)

    def photos(self) -> None:
        """Photos of the admission, of the graduation, and what the photographer sent afterwards."""
        for school, prefix in ((SCHOOL, "远山大学"), (AFFILIATED, "云岭学院")):
            admission = files.write_photos(
                self.folder / f"{prefix}录取照片.zip", self._admission(school)
            )
            self._import_photos(admission, self.calendar.admission_photos_at, school, "admission")
            graduation = files.write_photos(
                self.folder / f"{prefix}毕业照片.zip",
                self._graduation(school),
                is_gbk=school is SCHOOL,
            )
            self._import_photos(graduation, self.calendar.photos_at, school, "graduation")
        late = files.write_photos(self.folder / "补拍照片.zip", self._late())
        self._import("import_photos", late, now=self.calendar.late_photos_at, kind="graduation")

    def _of(self, school: SchoolPlan) -> list[Student]:
        return [each for each in self.students if each.group.school == school]

    def _photographed(self, school: SchoolPlan) -> list[Student]:
        return [each for each in self._of(school) if each.serial < self.photographed]

    def _admission(self, school: SchoolPlan) -> Photos:
        students = self._photographed(school)
        for student, data in self.studio.portraits(students, Variant.ADMISSION):
            yield files.by_student_no(student), data

    def _graduation(self, school: SchoolPlan) -> Photos:
        cast = cast_of(self.students)
        in_time = [each for each in self._photographed(school) if each.part not in _NOT_IN_TIME]
        for student, data in self.studio.portraits(in_time, Variant.GRADUATION):
            if student.part in _SWAPPED:
                other = cast[_SWAPPED[student.part]]
                yield files.usual_name(student), self._portrait(other)
            else:
                yield files.usual_name(student), data

    def _late(self) -> Photos:
        """Each file has its own trouble, except that of the one who was photographed later."""
        cast = cast_of(self.students)
        wrong, nobody = _UNKNOWN_NUMBERS
        stranger = self.students[-1]
        yield f"补拍/{cast[Part.LATE_PHOTO].student_no}.jpg", self._portrait(cast[Part.LATE_PHOTO])
        yield f"补拍/{wrong}_{cast[Part.NO_PHOTO].name}.jpg", self._portrait(cast[Part.NO_PHOTO])
        yield f"补拍/{nobody}.jpg", self.studio.portrait(stranger, Variant.ADMISSION)
        yield f"补拍/{cast[Part.AMBIGUOUS].student_no}.jpg", self._portrait(cast[Part.AMBIGUOUS])
        misnamed = cast[Part.MISNAMED]
        yield f"补拍/{misnamed.student_no}_{stranger.name}.jpg", self._portrait(misnamed)
        yield f"补拍/{cast[Part.DUPLICATE].student_no}.jpg", self._portrait(cast[Part.DUPLICATE])
        monitor = self._portrait(cast[Part.MONITOR])
        yield f"补拍/{cast[Part.MONITOR].student_no}.jpg", _shrunk(monitor)
        yield f"补拍/{cast[Part.TODO].student_no}.jpg", "这不是照片。".encode()

    def _portrait(self, student: Student) -> bytes:
        return self.studio.portrait(student, Variant.GRADUATION)

    def _import_photos(self, path: Path, now: datetime, school: SchoolPlan, kind: str) -> None:
        self._import("import_photos", path, now=now, school=school.code, kind=kind)

    def _import(self, command: str, path: Path, *, now: datetime, **options: str) -> None:
        """The same command that a school types, at the moment of the story."""
        said = StringIO()
        call_command(command, str(path), apply=True, now=now, verbosity=0, stdout=said, **options)
        self.say("，".join(filter(_is_summary, said.getvalue().splitlines())))


def _is_summary(line: str) -> bool:
    """Findings are for who asks; a start shows the figures."""
    return not line.startswith((" ", "提醒", "已导入"))


def _shrunk(data: bytes) -> bytes:
    """The size of another standard."""
    out = BytesIO()
    with Image.open(BytesIO(data)) as picture:
        picture.resize(_FRAME_OF_A_PASSPORT).save(out, "JPEG", quality=90, dpi=(300, 300))
    return out.getvalue()
