"""Two matters on the desk: a number that an old account holds, and a record under a former number."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from accounts.identity import DocumentType, Sex, check_digit
from accounts.models import DeclaredIdentity, User
from accounts.services import declare_identity
from enrollment.models import RescueCase
from enrollment.services.claim import submit_claim
from enrollment.services.rescue import open_rescue, propose_rescue
from enrollment.services.rescue.opening import Claim
from enrollment.states import RescueOpinion, RescueProof
from xuexin.demo.accounts import Accounts
from xuexin.demo.calendar import Calendar
from xuexin.demo.deeds import drawn_proof
from xuexin.demo.people import Part, Student

__all__ = ["CLAIMANT", "FORMER_MAILBOX", "RENUMBERED", "Matters"]

# Account names. Both people are of the cast, without an account so far: their photos found nobody.
CLAIMANT = "rescue"
FORMER_MAILBOX = "formermail"
RENUMBERED = "claim"

Planned = tuple[datetime, Callable[[datetime], object]]


@dataclass(frozen=True, slots=True)
class Matters:
    """What the two people did, and how far the office has come."""

    cast: Mapping[Part, Student]
    accounts: Accounts
    calendar: Calendar
    clerk: User

    def planned(self) -> list[Planned]:
        """Deeds with their moments; the rescue waits for its second decision, the claim for its first."""
        on, ago = self.calendar.on, self.calendar.ago
        return [
            (on(-6, 20, 30), self._register_by_a_mailbox_that_ends),
            (on(-2, 9, 10), self._ask_for_the_number),
            (on(-1, 10, 20), self._propose),
            (ago(20), self._claim_under_the_former_number),
        ]

    def _register_by_a_mailbox_that_ends(self, now: datetime) -> None:
        self.accounts.open_student(self.cast[Part.MISNAMED], FORMER_MAILBOX, at=now)

    def _ask_for_the_number(self, now: datetime) -> None:
        """Registered again, the number is taken: three facts of the roster, then 24 hours of waiting."""
        student = self.cast[Part.MISNAMED]
        user, identity = self._declare(student, CLAIMANT, student.id_number, now)
        record = self.accounts.record_of(student)
        claim = Claim(
            proof=RescueProof.FACTS,
            school=record.school,
            facts={
                "candidate_no": student.candidate_no,
                "entry_date": f"{record.entry_date}",
                "ethnicity": record.ethnicity,
            },
            statement="上周用实习单位的邮箱注册的，实习结束，那个邮箱停了，登录不了。",
        )
        open_rescue(identity=identity, claim=claim, actor=user, now=now)

    def _propose(self, now: datetime) -> None:
        propose_rescue(
            case=RescueCase.objects.get(),
            opinion=RescueOpinion.APPROVE,
            answer="三项信息和名册一致，原账号没有反对。号码转到你现在的账号。",
            name="宋知微",
            actor=self.clerk,
            now=now,
        )

    def _claim_under_the_former_number(self, now: datetime) -> None:
        """The police gave a new number, the roster has the old one."""
        student = self.cast[Part.AMBIGUOUS]
        user, identity = self._declare(student, RENUMBERED, _new_number(student), now)
        submit_claim(
            identity=identity,
            school=self.accounts.record_of(student).school,
            given_no=student.candidate_no,
            given_name=student.name,
            evidence=[
                drawn_proof("居民身份证，人像面，新的号码"),
                drawn_proof("派出所出具的公民身份号码更正证明"),
            ],
            former_type=DocumentType.RESIDENT_ID,
            former_number=student.id_number,
            note="原来的号码和别人重号，2024 年派出所换了新的，名册里还是旧的。",
            actor=user,
            now=now,
        )

    def _declare(
        self, student: Student, name: str, number: str, now: datetime
    ) -> tuple[User, DeclaredIdentity]:
        user = self.accounts.open(name, at=now)
        identity = declare_identity(
            user=user,
            name=student.name,
            id_type=DocumentType.RESIDENT_ID,
            number=number,
            now=now,
        )
        return user, identity


def _new_number(student: Student) -> str:
    """Same place, day and sex as before, the next free order; as impossible as the first."""
    order = "999" if student.sex is Sex.MALE else "998"
    first = f"{student.id_number[:14]}{order}"
    return first + check_digit(first)
