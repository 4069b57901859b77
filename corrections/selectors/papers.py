"""What a college prints and hands on: its classes, their sheets, and one list of all that is wrong."""

from dataclasses import replace
from datetime import datetime

from django.conf import settings
from django.db.models import Exists, OuterRef, QuerySet
from django.urls import reverse

from accounts.models import User
from accounts.policies import is_registrar
from corrections.documents import sheet as form
from corrections.documents.error_list import ErrorRow
from corrections.models import ClassSheet, CollegePrint
from corrections.selectors.cases import Case, detailed_cases
from corrections.selectors.standing import class_standings
from corrections.selectors.versions import current_or_new, frozen_document, is_stale, live_document
from corrections.states import FROZEN_SHEETS, PrintState, SheetState
from enrollment.models import Assignment, ClassGroup, College, School
from enrollment.states import AssignmentRole
from imaging.models import Campaign, CampaignMember, VerificationConclusion
from imaging.states import Conclusion

__all__ = [
    "campaigns_to_print",
    "checked_document",
    "classes_to_print",
    "colleges_to_print",
    "errors_in",
    "printed_document",
    "prints_of",
    "schools_on_paper",
]

_COLLEGE_ROLES = (AssignmentRole.COLLEGE_SECRETARY, AssignmentRole.COLLEGE_LEADER)


def colleges_to_print(user: User, *, now: datetime) -> QuerySet[College]:
    """The colleges whose papers the person prints: secretary and leader their own, the office all."""
    colleges = College.objects.select_related("school").order_by("school__name", "name", "pk")
    if is_registrar(user):
        return colleges
    if not user.is_active:
        return colleges.none()
    held = Assignment.objects.in_force_at(now).filter(user=user, role__in=_COLLEGE_ROLES)
    return colleges.filter(pk__in=held.exclude(college=None).values("college"))


def campaigns_to_print(colleges: QuerySet[College]) -> QuerySet[Campaign]:
    """The campaigns in which these colleges have anybody, the newest first."""
    members = CampaignMember.objects.filter(
        campaign=OuterRef("pk"), class_group__college__in=colleges.order_by(), removed_at=None
    )
    return Campaign.objects.filter(Exists(members)).order_by("-opens_at", "-pk")


def classes_to_print(*, campaign: Campaign, college: College | None) -> QuerySet[ClassGroup]:
    """The classes that take part, of the college or, without one, of all colleges."""
    members = CampaignMember.objects.filter(
        campaign=campaign, class_group=OuterRef("pk"), removed_at=None
    )
    classes = ClassGroup.objects.filter(Exists(members)).select_related("school", "college")
    if college is not None:
        classes = classes.filter(college=college)
    return classes.order_by("college__name", "-entry_grade", "name", "pk")


def schools_on_paper(*, campaign: Campaign, college: College | None) -> list[School]:
    """The schools whose classes are on the list: other schools of the portal say nothing about it."""
    classes = classes_to_print(campaign=campaign, college=college).order_by()
    return list(School.objects.filter(pk__in=classes.values("school")).order_by("code"))


def printed_document(
    *, campaign: Campaign, class_group: ClassGroup, now: datetime
) -> form.ClassSheet:
    """The sheet that is printed for a class: what was frozen, else the rows of this moment as a draft.

    The caller has checked who asks.
    """
    version = current_or_new(campaign, class_group)
    if SheetState(version.state) in FROZEN_SHEETS:
        return checked_document(version, has_changed=is_stale(version, now=now))
    return live_document(version, now=now)


def checked_document(version: ClassSheet, *, has_changed: bool = False) -> form.ClassSheet:
    """What the version froze, with the address at which anybody can ask whether that is still so.

    Paper that is out of date when it is drawn says so by itself.
    """
    path = reverse("corrections:sheet_check", args=[version.check_code])
    check = form.SheetCheck(
        address=f"{settings.BASE_URL}{path}", version=version.version_no, is_stale=has_changed
    )
    return replace(frozen_document(version), check=check)


def errors_in(*, campaign: Campaign, college: College | None, now: datetime) -> list[ErrorRow]:
    """Every 有误 of the college or of all colleges with right values, numbers masked, without notes.

    What a student wrote in own words stays with the case: it may be private. The caller has checked
    that the reader may see values.
    """
    wrong = VerificationConclusion.objects.filter(
        round__member__campaign=campaign,
        round__member__class_group=OuterRef("pk"),
        round__member__removed_at=None,
        round__is_current=True,
        state=Conclusion.INCORRECT,
    )
    classes = classes_to_print(campaign=campaign, college=college).filter(Exists(wrong))
    found = []
    for class_group in classes:
        people = class_standings(campaign=campaign, class_group=class_group, now=now)
        cases = sorted(detailed_cases(people), key=lambda case: case.student_no)
        found += [_error(case, class_group, with_college=college is None) for case in cases]
    return found


def _error(case: Case, class_group: ClassGroup, *, with_college: bool) -> ErrorRow:
    college = class_group.college
    named = with_college and college is not None
    return ErrorRow(
        class_name=f"{college} {class_group.name}" if named else class_group.name,
        student_no=case.student_no,
        name=case.name,
        label=case.label,
        changes=tuple((each.label, each.original, each.proposed) for each in case.changes),
        reasons=case.reasons,
        status=case.status,
        record_id=case.record_id,
    )


def prints_of(user: User, *, now: datetime) -> QuerySet[CollegePrint]:
    """What the person asked for and may still have: only of colleges that are the person's now."""
    mine = CollegePrint.objects.filter(
        requester=user, college__in=colleges_to_print(user, now=now).order_by()
    ).exclude(state=PrintState.ERASED)
    return mine.select_related("college", "campaign", "file").order_by("-pk")
