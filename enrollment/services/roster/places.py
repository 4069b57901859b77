"""Colleges, majors and classes as rosters name them: found or made, many at a time."""

from collections.abc import Iterable
from typing import NamedTuple

from django.db import transaction
from django.db.models import Q

from enrollment.importers.facts import Facts
from enrollment.models import ClassGroup, College, Major, School, class_key

__all__ = ["PlacedMajor", "Places"]


class PlacedMajor(NamedTuple):
    """A major with the name and code that it has here."""

    id: int
    code: str
    name: str


_MajorKey = tuple[int, str, str]
_ClassKey = tuple[str, str, int | None, str]


class Places:
    """Ids of everything that facts name; what a school has not yet is made before it is asked for."""

    def __init__(self) -> None:
        self._schools = {school.code: school for school in School.objects.all()}
        self._ids = {code: school.pk for code, school in self._schools.items()}
        self._colleges: dict[tuple[int, str], int] = {}
        self._majors: dict[_MajorKey, PlacedMajor] = {}
        self._classes: dict[_ClassKey, int] = {}

    def school_id(self, facts: Facts) -> int:
        """The school that was named; known, because the check refuses unknown ones."""
        return self._ids[facts.school_code]

    def key_fields(self, facts: Facts) -> list[str]:
        """The fields that count as key in that school."""
        fields: list[str] = self._schools[facts.school_code].key_fields
        return fields

    def college_id(self, facts: Facts) -> int | None:
        """The college, None when none is named."""
        if not facts.college_name:
            return None
        return self._colleges[self._ids[facts.school_code], facts.college_name]

    def major(self, facts: Facts) -> PlacedMajor | None:
        """The major, None when neither name nor code is given."""
        return self._majors.get((self._ids[facts.school_code], facts.major_code, facts.major_name))

    def class_id(self, facts: Facts) -> int | None:
        """The class, None when none is named."""
        return self._classes[_class_of(facts)] if facts.class_name else None

    def prepare(self, wanted: Iterable[Facts]) -> None:
        """Find or make the places of these facts. Safe beside another import that does the same."""
        facts = list(wanted)
        self._prepare_colleges(facts)
        self._prepare_majors(facts)
        self._prepare_classes(facts)

    def _prepare_colleges(self, facts: list[Facts]) -> None:
        missing = {
            (self._ids[one.school_code], name)
            for one in facts
            for name in (one.college_name, one.class_college)
            if name
        } - self._colleges.keys()
        if not missing:
            return
        with transaction.atomic():
            College.objects.bulk_create(
                [College(school_id=school, name=name) for school, name in sorted(missing)],
                ignore_conflicts=True,
            )
        found = College.objects.filter(
            school__in={school for school, _ in missing}, name__in={name for _, name in missing}
        )
        for pk, school, name in found.values_list("pk", "school_id", "name"):
            self._colleges[school, name] = pk

    def _prepare_majors(self, facts: list[Facts]) -> None:
        missing = {
            (self._ids[one.school_code], one.major_code, one.major_name)
            for one in facts
            if one.major_code or one.major_name
        } - self._majors.keys()
        if not missing:
            return
        self._find_majors(missing)
        still = missing - self._majors.keys()
        with transaction.atomic():
            Major.objects.bulk_create(
                # A code without a name is its own name until a roster says more.
                [
                    Major(school_id=school, code=code, name=name or code)
                    for school, code, name in sorted(still)
                ],
                ignore_conflicts=True,
            )
        self._find_majors(still)

    def _find_majors(self, missing: set[_MajorKey]) -> None:
        """By code and name; by one of them alone where the roster gives only one."""
        if not missing:
            return
        named = Q(name__in={name for _, _, name in missing if name})
        coded = Q(code__in={code for _, code, name in missing if not name})
        rows = Major.objects.filter(named | coded, school__in={school for school, _, _ in missing})
        for pk, school, code, name in rows.order_by("pk").values_list(
            "pk", "school_id", "code", "name"
        ):
            major = PlacedMajor(pk, code, name)
            if (school, code, name) in missing:
                self._majors[school, code, name] = major
            for part in ((school, "", name), (school, code, "")):
                if part in missing:
                    self._majors.setdefault(part, major)

    def _prepare_classes(self, facts: list[Facts]) -> None:
        missing = {_class_of(one) for one in facts if one.class_name} - self._classes.keys()
        if not missing:
            return
        made = {place: self._class(place) for place in sorted(missing, key=str)}
        with transaction.atomic():
            ClassGroup.objects.bulk_create(made.values(), ignore_conflicts=True)
        found = ClassGroup.objects.filter(key__in=[one.key for one in made.values()])
        ids = dict(found.values_list("key", "pk"))
        self._classes |= {place: ids[one.key] for place, one in made.items()}

    def _class(self, place: _ClassKey) -> ClassGroup:
        code, college, grade, name = place
        school_id = self._ids[code]
        college_id = self._colleges[school_id, college] if college else None
        return ClassGroup(
            school_id=school_id,
            college_id=college_id,
            entry_grade=grade,
            name=name,
            key=class_key(school_id, college_id, grade, name),
        )


def _class_of(facts: Facts) -> _ClassKey:
    return facts.school_code, facts.class_college, facts.class_grade, facts.class_name
