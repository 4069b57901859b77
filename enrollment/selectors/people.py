"""Who and what the rows of a list mean: accounts, classes, colleges, records that are there."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from accounts.identity import name_match_key
from accounts.identity.phone import normal_phone
from accounts.models import User
from accounts.selectors import proved_owner
from accounts.states import Role
from common.crypto import blind_index
from common.models import Channel
from enrollment.importers.dates import parse_year
from enrollment.importers.people import ListedPerson
from enrollment.models import (
    Assignment,
    Binding,
    ClassGroup,
    College,
    PeopleList,
    PeopleListRow,
    StudentRecord,
)
from enrollment.models.staff import Placement
from enrollment.states import (
    CLASS_ROLES,
    OWNERS_OF_RECORDS,
    AssignmentRole,
    ListedOutcome,
    ListedRole,
)

__all__ = ["OFFICE_ROLES", "Directory", "contact_index", "has_placement", "judged"]

_SHANGHAI = ZoneInfo("Asia/Shanghai")
_CLASS = frozenset(ListedRole(role.value) for role in CLASS_ROLES)
_COLLEGE = frozenset({ListedRole.COLLEGE_SECRETARY, ListedRole.COLLEGE_LEADER})


OFFICE_ROLES = {ListedRole.REGISTRAR: Role.REGISTRAR, ListedRole.AUDITOR: Role.AUDITOR}


def has_placement(user: User, placement: Placement, *, now: datetime) -> bool:
    """Whether the account is already what the list says, now or from its day on."""
    role = ListedRole(placement.role)
    if role in OFFICE_ROLES:
        return user.has_role(OFFICE_ROLES[role])
    if role is ListedRole.STUDENT:
        return Binding.objects.filter(record=placement.record_id, identity__user=user).exists()
    held = Assignment.objects.filter(
        user=user,
        role=AssignmentRole(role.value),
        class_group=placement.class_group_id,
        college=placement.college_id,
    )
    return held.in_force_at(max(now, placement.starts_at or now)).exists()


def contact_index(contact: str) -> bytes:
    """Under which an invited contact is found."""
    return blind_index(contact, purpose="contact")


class Directory:
    """Classes, colleges and records that the rows name, read in a few queries."""

    def __init__(self, people: Iterable[ListedPerson]) -> None:
        listed = list(people)
        self.classes: defaultdict[str, list[ClassGroup]] = defaultdict(list)
        names = {person.get("class_name") for person in listed} - {""}
        for group in ClassGroup.objects.filter(name__in=names).select_related("college", "school"):
            self.classes[group.name].append(group)
        self.colleges: defaultdict[str, list[College]] = defaultdict(list)
        names = {person.get("college") for person in listed} - {""}
        for college in College.objects.filter(name__in=names).select_related("school"):
            self.colleges[college.name].append(college)
        self.records: defaultdict[str, list[StudentRecord]] = defaultdict(list)
        numbers = {person.get("student_no") for person in listed} - {""}
        found = StudentRecord.objects.filter(student_no__in=numbers)
        for record in found.select_related("school", "class_group", "binding__identity__user"):
            self.records[record.student_no].append(record)

    def account(self, row: Placement) -> User | None:
        """The account that has proved the row's contact, or holds the row's record."""
        if row.record is not None and hasattr(row.record, "binding"):
            owner: User = row.record.binding.identity.user
            return owner
        return proved_owner(row.contact_kind, row.contact)


def judged(
    person: ListedPerson, directory: Directory, *, people_list: PeopleList, now: datetime
) -> PeopleListRow:
    """The row with what applying it would do, or why it cannot be applied."""
    row = PeopleListRow(
        people_list=people_list,
        row_no=person.row_no,
        role=person.role or "",
        name=person.get("name")[:150],
        is_deputy=person.is_deputy,
        starts_at=_midnight(person.starts_on),
        ends_at=_midnight(person.ends_on),
        outcome=ListedOutcome.ERROR,
    )
    problems = [person.problem, "" if row.name else "没写姓名。"]
    problems.append(_set_contact(row, person))
    if person.role is not None:
        problems.append(_set_place(row, person, person.role, directory))
    if row.ends_at and row.ends_at <= (row.starts_at or now):
        problems.append("止于的日期要晚于起始日期，也要晚于今天。")
    row.finding = "".join(problems)[:300]
    if row.finding:
        return row
    row.outcome = _outcome(row, directory, now=now)
    return row


def _outcome(row: PeopleListRow, directory: Directory, *, now: datetime) -> ListedOutcome:
    user = directory.account(row)
    if user is None:
        return ListedOutcome.INVITE
    if has_placement(user, row, now=now):
        return ListedOutcome.UNCHANGED
    return ListedOutcome.APPOINT


def _set_contact(row: PeopleListRow, person: ListedPerson) -> str:
    email, phone = person.get("email").lower(), person.get("phone")
    row.contact, row.channel = "", ""
    if email:
        if email.count("@") != 1 or " " in email:
            return "邮箱写得不对。"
        row.contact, row.channel = email, Channel.EMAIL
    elif phone:
        number = normal_phone(phone)
        if number is None:
            return "手机号写得不对；境外号码前面加区号，例如 +852。"
        row.contact, row.channel = number, Channel.SMS
    row.contact_index = contact_index(str(row.contact))
    return "" if row.contact else "没写邮箱，也没写手机号。"


def _set_place(
    row: PeopleListRow, person: ListedPerson, role: ListedRole, directory: Directory
) -> str:
    if role in OWNERS_OF_RECORDS:
        problem = _set_record(row, person, directory)
        if problem:
            return problem
    if role in _CLASS:
        return _set_class(row, person, directory)
    if role in _COLLEGE:
        found = [
            college
            for college in directory.colleges[person.get("college")]
            if _is_of_school(college.school.code, college.school.name, person)
        ]
        if len(found) != 1:
            return "没有这个学院。" if not found else "同名的学院不止一个，加上院校代码一列。"
        row.college = found[0]
    return ""


def _set_record(row: PeopleListRow, person: ListedPerson, directory: Directory) -> str:
    found = [
        record
        for record in directory.records[person.get("student_no")]
        if _is_of_school(record.school.code, record.school.name, person)
    ]
    if not person.get("student_no"):
        return "班长和学生要写学号。"
    if len(found) != 1:
        return "名册里没有这个学号。" if not found else "这个学号在几所学校都有，加上院校代码一列。"
    if found[0].name_key != name_match_key(person.get("name")):
        return "学号和姓名对不上，请核对。"
    row.record = found[0]
    if row.role == ListedRole.MONITOR and not person.get("class_name"):
        row.class_group = found[0].class_group
    return ""


def _set_class(row: PeopleListRow, person: ListedPerson, directory: Directory) -> str:
    if row.class_group is not None:
        return ""
    grade = parse_year(person.get("grade")) if person.get("grade") else None
    found = [
        group
        for group in directory.classes[person.get("class_name")]
        if _is_of_school(group.school.code, group.school.name, person)
        and (
            not person.get("college")
            or (group.college and group.college.name == person.get("college"))
        )
        and (grade is None or group.entry_grade == grade)
    ]
    if len(found) != 1:
        return (
            ("没有这个班级。" if not found else "同名的班级不止一个，加上学院和年级。")
            if person.get("class_name")
            else "没写班级。"
        )
    row.class_group = found[0]
    if row.role == ListedRole.MONITOR and row.record and row.record.class_group_id != found[0].pk:
        return "这名学生不在这个班。"
    return ""


def _is_of_school(code: str, name: str, person: ListedPerson) -> bool:
    return person.get("school") in {"", code, name}


def _midnight(day: date | None) -> datetime | None:
    return datetime.combine(day, time(), tzinfo=_SHANGHAI) if day else None
