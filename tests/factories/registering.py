"""Certificates that are registered, and members who are ready for it."""

from datetime import date, datetime, timedelta
from itertools import count

from accounts.models import User
from common.actors import SYSTEM
from enrollment.models import Graduation, StudentRecord
from enrollment.services.graduation import NewGraduation, register_graduation
from enrollment.states import GraduationOutcome
from imaging.models import Campaign, CampaignMember, RegistrationPack
from imaging.states import ConclusionKind
from tests.factories import enrolment, imaging, people
from xuexin.registration.packs import open_pack, start_pack

_serial = count(1)
CONFERRED = date(2026, 6, 10)


def certificate_no(serial: int) -> str:
    """A certificate number of 远山大学 as it is built: school, regular, year, level, serial."""
    return f"99999120260500{serial:04d}"


def register(record: StudentRecord, *, at: datetime, actor: User | None = None) -> Graduation:
    """The record's certificate, registered at that moment."""
    new = NewGraduation(
        outcome=GraduationOutcome.GRADUATED,
        conferred_date=min(CONFERRED, at.date()),
        certificate_no=certificate_no(next(_serial)),
    )
    made = register_graduation(record=record, new=new, actor=actor or SYSTEM, now=at)
    record.refresh_from_db()
    return made


def make_closed_campaign(at: datetime) -> Campaign:
    """A campaign that is over at the moment, with a standard that the drawn portraits meet."""
    day = timedelta(days=1)
    return imaging.make_campaign(
        opens_at=at - 20 * day,
        closes_at=at - 3 * day,
        sheet_freeze_at=at - 2 * day,
        profile=imaging.make_profile(name="登记用", min_bytes=1_000, max_bytes=60_000),
    )


def make_ready(campaign: Campaign, **fields: object) -> CampaignMember:
    """A bound student who found photo and data right; both are locked when the campaign is over."""
    record = enrolment.make_record(**fields)
    user = people.make_user(f"s{record.pk}@example.test")
    enrolment.bind(record, people.make_identity(user, name=record.name, number=record.id_number))
    at = campaign.opens_at + timedelta(days=1)
    imaging.make_photo(record, at=at)
    member = imaging.make_member(record, campaign)
    for kind in ConclusionKind:
        imaging.make_conclusion(member, kind, at=at)
    return member


def make_pack(
    campaign: Campaign, *, actor: User, now: datetime, is_started: bool = True
) -> RegistrationPack:
    """A pack of the campaign's first school; started, but built by nobody."""
    pack = open_pack(
        campaign=campaign,
        school=campaign.schools.get(),
        graduating_class=None,
        reason="交省里办理学历电子注册",
        actor=actor,
        now=now,
    )
    if is_started:
        start_pack(pack=pack, actor=actor, now=now)
    return pack
