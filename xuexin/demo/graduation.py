"""The graduation audit of the demonstration: a round that is archived, its second round, a notice that is up."""

from dataclasses import dataclass
from io import BytesIO
from typing import Final

from accounts.models import User
from corrections.models import AuditedStudent, Certificate, GraduationAudit
from corrections.services.graduation import (
    NewItem,
    answer_objection,
    apply_results,
    close_audit,
    create_audit,
    decide_all,
    draw_students,
    enter_sanction,
    fetch_certificates,
    hand_out,
    next_round,
    object_to_item,
    object_to_notice,
    open_audit,
    print_certificate,
    propose_all,
    publish_notice,
    upload_results,
)
from corrections.states.graduation import (
    AuditOutcome,
    CertificateState,
    ItemSource,
    ObjectionAction,
    SanctionKind,
    TakerKind,
)
from enrollment.models import College, School, StudentRecord
from enrollment.services.assignment import appoint
from enrollment.states import AssignmentRole
from xuexin.demo.accounts import Accounts, address
from xuexin.demo.calendar import Calendar
from xuexin.demo.classes import AFFILIATED, GRADUATING_CLASS, SCHOOL
from xuexin.demo.people import Part, Student, cast_of
from xuexin.demo.staff import Staff
from xuexin.demo.story import ACCOUNT_NAMES

__all__ = ["play_graduation"]

DEFER: Final = AuditOutcome.DEFER
_ASK: Final = "学院教学秘书"
# Photo and data wait for the campaign, which is still on; they are no condition here.
ITEMS: Final = (
    NewItem(title="学分", source=ItemSource.IMPORT, ask_whom=_ASK),
    NewItem(title="毕业论文（设计）", source=ItemSource.IMPORT, ask_whom="指导教师、学院教学秘书"),
    NewItem(title="学费", source=ItemSource.IMPORT, ask_whom="财务处", otherwise=DEFER),
    NewItem(title="处分", source=ItemSource.SANCTIONS, ask_whom="辅导员", otherwise=DEFER),
    NewItem(title="毕业照片核对", source=ItemSource.PHOTO, ask_whom="辅导员", is_required=False),
)
_MOST_CERTIFICATES: Final = 6
# Every so-manyth student has not paid, or has no thesis yet.
_UNPAID_EVERY: Final = 19
_NO_THESIS_EVERY: Final = 13


@dataclass(frozen=True, slots=True)
class _Play:
    """Who does what in the audits, and when."""

    staff: Staff
    second_secretary: User
    cast: dict[Part, StudentRecord]
    calendar: Calendar

    def account(self, part: Part) -> User:
        """The account of one of the cast."""
        return User.objects.get(email=address(ACCOUNT_NAMES[part]))


def play_graduation(
    staff: Staff, accounts: Accounts, students: list[Student], calendar: Calendar
) -> None:
    """Both schools, through the services that the pages call."""
    cast = {part: accounts.record_of(each) for part, each in cast_of(students).items()}
    play = _Play(staff, _second_secretary(staff, accounts, calendar), cast, calendar)
    main = _decided(play, School.objects.get(code=SCHOOL.code))
    _archived(play, main)
    _second_round(play, main)
    other = _decided(play, School.objects.get(code=AFFILIATED.code))
    on = calendar.on
    publish_notice(
        audit=other,
        opens_at=on(-1, 9),
        closes_at=on(4, 17),
        text="对名单有异议的，在公示期内实名提出。教务处电话 0990-0000000。",
        actor=staff.registrar,
        now=on(-1, 8, 30),
    )


def _second_secretary(staff: Staff, accounts: Accounts, calendar: Calendar) -> User:
    """The colleges without one share a secretary for the audit."""
    user = accounts.open("secretary2", at=calendar.roster_at)
    held = College.objects.filter(assignments__user=staff.secretary)
    for college in College.objects.exclude(pk__in=held).order_by("pk"):
        appoint(
            user=user,
            role=AssignmentRole.COLLEGE_SECRETARY,
            college=college,
            display_name="叶知秋",
            actor=staff.registrar,
            now=calendar.roster_at,
        )
    return user


def _decided(play: _Play, school: School) -> GraduationAudit:
    """Drawn, filled from a list, opened, proposed by the colleges and decided by the office."""
    on, clerk = play.calendar.on, play.staff.registrar
    audit = create_audit(
        school=school,
        graduating_class=GRADUATING_CLASS,
        title=f"{GRADUATING_CLASS} 届毕业资格审核",
        confirm_until=on(-4, 8),
        items=ITEMS,
        actor=clerk,
        now=on(-7, 14),
    )
    draw_students(audit=audit, actor=clerk, now=on(-7, 14, 10))
    _import_results(play, audit)
    open_audit(audit=audit, actor=clerk, now=on(-6, 9))
    _sanction(play, audit)
    for secretary in (play.staff.secretary, play.second_secretary):
        while propose_all(audit=audit, actor=secretary, now=on(-4, 9)):
            pass
    while decide_all(audit=audit, actor=clerk, now=on(-4, 15)):
        pass
    audit.refresh_from_db()
    return audit


def _import_results(play: _Play, audit: GraduationAudit) -> None:
    """What the school's own systems say: most have everything, the student of the tour has not paid."""
    clerk, on = play.staff.registrar, play.calendar.on
    unpaid = {play.cast[Part.TODO].pk}
    safe = {play.cast[part].pk for part in (Part.LOCKED, Part.MONITOR, Part.CASE_APPLIED)}
    lines = ["学号,学分,毕业论文（设计）,学费"]
    rows = audit.students.order_by("pk").values_list("record", "record__student_no")
    for number, (record, student_no) in enumerate(rows, start=1):
        has_paid = record in safe or not (record in unpaid or number % _UNPAID_EVERY == 0)
        has_thesis = record in safe or number % _NO_THESIS_EVERY != 0
        lines.append(
            f"{student_no},达到（{150 + number % 9}/150）,"
            f"{'达到' if has_thesis else '没达到'},{'达到' if has_paid else '没达到（欠 1 学年）'}"
        )
    made = upload_results(
        file=BytesIO("\n".join(lines).encode()),
        file_name="毕业审核结果.csv",
        audit=audit,
        actor=clerk,
        now=on(-7, 15),
    )
    apply_results(result_import=made, actor=clerk, now=on(-7, 15, 20))


def _sanction(play: _Play, audit: GraduationAudit) -> None:
    """One of the round stands under a sanction; only its handlers read which."""
    if audit.school.code != SCHOOL.code:
        return
    enter_sanction(
        record=play.cast[Part.SWAPPED_LEFT],
        kind=SanctionKind.DEMERIT,
        document_no="远大演示学处 2026-3 号",
        imposed_date=play.calendar.on(-120, 9).date(),
        reason="期末考试携带手机。",
        actor=play.staff.registrar,
        now=play.calendar.on(-5, 10),
    )


def _archived(play: _Play, audit: GraduationAudit) -> None:
    """On notice, objected to, answered; certificates printed, fetched, handed out; archived."""
    on, first, second = play.calendar.on, play.staff.registrar, play.staff.second_registrar
    publish_notice(
        audit=audit, opens_at=on(-4, 17), closes_at=on(-2, 17), actor=first, now=on(-4, 16)
    )
    objection = object_to_notice(
        audit=audit,
        name="秦川",
        contact="15500000000",
        reason="我们班有一名同学上学期转专业，名单上的专业还是原来的。",
        actor=play.account(Part.MONITOR),
        now=on(-3, 11),
    )
    answer_objection(
        objection=objection,
        action=ObjectionAction.REJECT,
        answer="已核实：转专业的手续在这次审核以后才办完，毕业资格按原专业审核，没有错。",
        actor=second,
        now=on(-3, 16),
    )
    _certificates(play, audit)
    close_audit(audit=audit, actor=first, now=on(-1, 17))


def _certificates(play: _Play, audit: GraduationAudit) -> None:
    """Some are printed; the college has fetched its own and handed out two."""
    on, first = play.calendar.on, play.staff.registrar
    college = _student(audit, play.cast[Part.LOCKED]).college
    graduates = audit.students.filter(decided=AuditOutcome.GRADUATE).select_related("audit")
    known = [play.cast[Part.LOCKED].pk, play.cast[Part.CASE_APPLIED].pk]
    others = graduates.exclude(record__in=known).order_by("pk")
    wanted = [
        *graduates.filter(record__in=known),
        *others.filter(college=college)[:_MOST_CERTIFICATES],
        *others.exclude(college=college)[:_MOST_CERTIFICATES],
    ]
    for number, student in enumerate(wanted, start=1):
        print_certificate(
            student=student, number=f"999991202605{number:06d}", actor=first, now=on(-2, 18)
        )
    if college is None:
        return
    fetch_certificates(audit=audit, college=college, fetcher="柳青", actor=first, now=on(-1, 9, 30))
    proxy = {"taker_name": "秦川", "proxy_reason": "本人在外地实习，有委托书和本人身份证复印件。"}
    for part, taker, more in (
        (Part.LOCKED, TakerKind.SELF, {}),
        (Part.CASE_APPLIED, TakerKind.PROXY, proxy),
    ):
        row = Certificate.objects.filter(
            student__audit=audit, student__record=play.cast[part]
        ).select_related("student__record", "student__audit", "student__college")
        for certificate in row.filter(state=CertificateState.AT_COLLEGE):
            hand_out(
                certificate=certificate,
                taker=taker,
                actor=play.staff.secretary,
                now=on(-1, 11),
                **more,
            )


def _second_round(play: _Play, audit: GraduationAudit) -> None:
    """Those who failed or were put off are looked at again; one of them objects to what the list says."""
    audit.refresh_from_db()
    again = next_round(
        audit=audit,
        confirm_until=play.calendar.on(3, 18),
        actor=play.staff.registrar,
        now=play.calendar.on(-1, 17, 30),
    )
    open_audit(audit=again, actor=play.staff.registrar, now=play.calendar.on(-1, 18))
    student = _student(again, play.cast[Part.TODO])
    object_to_item(
        student=student,
        item=again.items.get(title="学费"),
        reason="上个月已经在财务处补交了，有缴费凭证，号码 2026-0512。",
        actor=play.account(Part.TODO),
        now=play.calendar.on(-1, 20),
    )


def _student(audit: GraduationAudit, record: StudentRecord) -> AuditedStudent:
    return audit.students.select_related("audit", "record", "college").get(record=record)
