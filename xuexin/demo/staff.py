"""Who works at the demonstration school, and the campaign that they have opened."""

from dataclasses import dataclass

from accounts.models import User
from accounts.services import grant_role
from accounts.states import Role
from corrections.services.graduation.sanctions import name_sanction_handler
from enrollment.models import ClassGroup, College, School
from enrollment.services.assignment import appoint
from enrollment.states import AssignmentRole
from imaging.models import Campaign, PhotoProfile
from imaging.services.campaign import create_campaign, propose_members
from imaging.services.review.people import name_handler
from imaging.states import CampaignKind, PhotoKind
from xuexin.demo.accounts import Accounts
from xuexin.demo.calendar import Calendar
from xuexin.demo.classes import AFFILIATED, GRADUATING_CLASS, SCHOOL
from xuexin.demo.people import Student

__all__ = ["Staff", "open_campaign", "open_staff"]

# Account name, and whose counsellor text in the roster it is.
_COUNSELLORS = {
    "counsellor": "陈望",
    "counsellor2": "杜若",
    "counsellor3": "梅雪",
    "counsellor4": "常青",
}
_CLASSES_EACH = 3
_COLLEGE = "文学院"


@dataclass(frozen=True, slots=True)
class Staff:
    """Those who do something in the story."""

    registrar: User
    second_registrar: User
    secretary: User


def open_staff(accounts: Accounts, students: list[Student], calendar: Calendar) -> Staff:
    """Accounts and roles of office, college and counsellors."""
    at = calendar.school_at
    office = [accounts.open(name, at=at) for name in ("registrar", "registrar2")]
    for user in office:
        # The first one is appointed on the command line, like anywhere.
        grant_role(user=user, role=Role.REGISTRAR, actor=office[0], now=at)
    auditor = accounts.open("auditor", at=at)
    grant_role(user=auditor, role=Role.AUDITOR, actor=office[0], now=at)
    staff = Staff(
        registrar=office[0],
        second_registrar=office[1],
        secretary=accounts.open("secretary", at=calendar.roster_at),
    )
    name_handler(user=office[0], name="石老师", actor=office[1], now=at)
    name_sanction_handler(user=office[0], name="石老师", actor=office[1], now=at)
    _open_college(accounts, staff, calendar)
    _open_counsellors(accounts, staff, students, calendar)
    return staff


def _open_college(accounts: Accounts, staff: Staff, calendar: Calendar) -> None:
    college = College.objects.get(school__code=SCHOOL.code, name=_COLLEGE)
    leader = accounts.open("leader", at=calendar.roster_at)
    for user, role, person in (
        (staff.secretary, AssignmentRole.COLLEGE_SECRETARY, "柳青"),
        (leader, AssignmentRole.COLLEGE_LEADER, "顾长安"),
    ):
        appoint(
            user=user,
            role=role,
            college=college,
            display_name=person,
            actor=staff.registrar,
            now=calendar.roster_at,
        )


def _open_counsellors(
    accounts: Accounts, staff: Staff, students: list[Student], calendar: Calendar
) -> None:
    for name, person in _COUNSELLORS.items():
        of_person = [each for each in students if each.group.counsellor == person]
        records = [accounts.record_of(each).pk for each in of_person]
        classes = ClassGroup.objects.filter(records__in=records).distinct().order_by("pk")
        if not classes:
            continue
        user = accounts.open(name, at=calendar.roster_at)
        for group in classes[:_CLASSES_EACH]:
            appoint(
                user=user,
                role=AssignmentRole.COUNSELLOR,
                class_group=group,
                display_name=person,
                actor=staff.registrar,
                now=calendar.roster_at,
            )


def open_campaign(staff: Staff, calendar: Calendar) -> Campaign:
    """The graduation campaign of both schools, with everybody of the 届 who is enrolled."""
    profile = PhotoProfile.objects.filter(kind=PhotoKind.GRADUATION, is_default=True).first()
    campaign = create_campaign(
        title=f"{GRADUATING_CLASS}届毕业图像校对",
        kind=CampaignKind.GRADUATION,
        graduating_class=GRADUATING_CLASS,
        schools=list(School.objects.filter(code__in=[SCHOOL.code, AFFILIATED.code])),
        opens_at=calendar.opens_at,
        closes_at=calendar.closes_at,
        sheet_freeze_at=calendar.freeze_at,
        profile=profile
        or PhotoProfile.objects.create(
            name="毕业照片标准（教毕指 2017 年 99 号）", kind=PhotoKind.GRADUATION, is_default=True
        ),
        graduation_date=calendar.graduation_date,
        phases=calendar.phases,
        help_text="看不到照片，或者不知道算不算有误，先问辅导员，不要随便选。",
        actor=staff.registrar,
        now=calendar.campaign_at,
    )
    propose_members(campaign=campaign, actor=staff.registrar, now=calendar.campaign_at)
    return campaign
