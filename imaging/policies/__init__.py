"""May the student give, change or take back a conclusion; may staff enter one for a student, or reopen."""

from collections.abc import Iterable
from datetime import datetime

from accounts.models import User
from accounts.policies import is_office, is_registrar
from common.actors import Actor
from common.errors import NotAllowedError, StaleStateError
from common.policy import allowed
from common.wording import date_cn, local, moment_sentence, until_sentence
from enrollment.models import Binding, ClassGroup, StudentRecord
from enrollment.selectors import is_bound_to, is_counsellor_of
from imaging.models import (
    CampaignMember,
    CaptureSession,
    OwnPhoto,
    PhotoClaim,
    PhotoRepair,
    PhotoVersion,
    ReopenRequest,
    RepairMove,
    VerificationConclusion,
)
from imaging.selectors.capture_plan import CapturePlan, CaptureStep, capture_member_of
from imaging.selectors.own_photo import OwnStanding
from imaging.selectors.registered import registered_in
from imaging.states import (
    MEMBERSHIP_EFFECTS,
    PHOTO_CLAIM,
    REOPEN,
    REPAIR,
    VERIFICATION,
    Conclusion,
    ConclusionAction,
    MembershipEffect,
    PhotoClaimAction,
    PhotoClaimState,
    PhotoKind,
    ReopenAction,
    ReopenState,
    RepairAction,
    RepairState,
)
from imaging.states.own_photo import OWN_PHOTO, OwnPhotoAction, OwnPhotoState

__all__ = [
    "available_repair_actions",
    "check_can_act_on_repair",
    "check_can_book",
    "check_can_change",
    "check_can_conclude",
    "check_can_enter_for",
    "check_can_find_photo",
    "check_can_manage_campaigns",
    "check_can_move_own_photo",
    "check_can_move_photo_claim",
    "check_can_move_reopen",
    "check_can_register",
    "check_can_repair",
    "check_can_run_capture",
    "check_can_send_own",
    "check_can_settle_photos",
    "check_can_withdraw",
    "check_not_registered",
    "check_own_capture",
    "is_own",
    "is_told",
    "may_see_class_photos",
    "own_photo_actions",
    "photo_claim_actions",
    "reopen_actions",
]


def is_own(user: User, member: CampaignMember) -> bool:
    """Whether the member's record is bound to this account; nobody stands in for a student."""
    try:
        owner_id = member.record.binding.identity.user_id
    except Binding.DoesNotExist:
        return False
    return user.is_active and owner_id == user.pk


def is_told(record: StudentRecord, *, now: datetime) -> bool:
    """Whether anybody may be written to about the record: not after a death, not while it is not shown."""
    effect = MEMBERSHIP_EFFECTS[record.status_at(now)]
    return record.is_shown and effect is not MembershipEffect.SILENT


def check_can_manage_campaigns(actor: Actor) -> None:
    """Campaigns, members and deadlines are the registrar's; commands act for the office."""
    if isinstance(actor, User) and not is_registrar(actor):
        raise NotAllowedError("只有教务处能设置校对批次。")


def check_can_settle_photos(actor: Actor) -> None:
    """Photo batches and capture entries are the registrar's; commands and sweeps act for the office."""
    if isinstance(actor, User) and not is_registrar(actor):
        raise NotAllowedError("只有教务处能导入照片、处理采集信息。")


def check_can_register(actor: Actor) -> None:
    """Packs for the national platform and its list of statuses are the registrar's; the sweep acts for it."""
    if isinstance(actor, User) and not is_registrar(actor):
        raise NotAllowedError("只有教务处能办理学历登记。")


def check_can_repair(actor: User, moves: Iterable[RepairMove]) -> None:
    """Moving photos that somebody relies on is the registrar's, and nobody's own record."""
    if not is_registrar(actor):
        raise NotAllowedError("只有教务处能导入照片、处理采集信息。")
    ids = {pk for move in moves for pk in (move.from_record_id, move.to_record_id)}
    if Binding.objects.filter(record__in=ids - {None}, identity__user=actor).exists():
        raise NotAllowedError("这件事和你自己的学籍有关，要由别人办理。")


def check_can_act_on_repair(
    actor: User, repair: PhotoRepair, action: RepairAction, *, now: datetime
) -> None:
    """Whether the person may do it now; two acts need somebody who did not ask for them."""
    check_can_repair(actor, repair.moves.all())
    if action == RepairAction.CONFIRM and actor.pk == repair.proposer_id:
        raise NotAllowedError("提出的人不能自己确认，请另一位老师核对后确认。")
    if action == RepairAction.UNDO and actor.pk == repair.undo_asker_id:
        raise NotAllowedError("提出撤销的人不能自己确认，请另一位老师核对后确认。")
    REPAIR.target(action, source=RepairState(repair.state))
    if action == RepairAction.CONFIRM and not repair.is_open_at(now):
        raise NotAllowedError("过了有效期没有人确认，没有办。还要办的话，请重新提出。")


def available_repair_actions(
    actor: User, repair: PhotoRepair, *, now: datetime
) -> list[RepairAction]:
    """The actions that the person may take now, in the order of the table; draws every button."""
    return [
        action
        for action in REPAIR.actions_from(RepairState(repair.state))
        if action != RepairAction.EXPIRE
        and allowed(check_can_act_on_repair, actor, repair, action, now=now)
    ]


def check_can_run_capture(actor: Actor) -> None:
    """Sessions, tickets and the counter are the registrar's; commands act for the office."""
    if isinstance(actor, User) and not is_registrar(actor):
        raise NotAllowedError("只有教务处能安排拍照、办理报到。")


def check_own_capture(user: User, member: CampaignMember, *, now: datetime) -> None:
    """The student's own ticket, booking and leave: the bound student, while taking part."""
    _check_owner(user, member, now=now)


def check_can_book(plan: CapturePlan, session: CaptureSession) -> None:
    """A seat in a make-up session: for who has missed the class's session or has said so before."""
    if plan.step is CaptureStep.DONE:
        raise NotAllowedError("你的照片已经到了，不用补拍。照片不对，请在核对时选“有误”。")
    if plan.step is CaptureStep.ARRIVED:
        raise NotAllowedError("你已经拍过，照片还在路上，不用再约。")
    if plan.step is CaptureStep.COMING:
        raise NotAllowedError("你们班的拍照还没到时间。去不了就先请假，再约补拍。")
    if session not in plan.makeups:
        raise StaleStateError("这一场现在不能约了，请看看别的场次。")


def check_can_send_own(user: User, standing: OwnStanding) -> None:
    """An own photo: the bound student, while the campaign takes them and no photo is on its way."""
    channels, now = standing.channels, standing.plan.now
    _check_owner(user, standing.member, now=now)
    if channels is None or not standing.offered:
        raise NotAllowedError("这次不收自己交的照片，请按安排到现场拍。")
    if now < channels.opens_at:
        raise NotAllowedError(f"还没开始收，{moment_sentence(channels.opens_at)}开始。")
    if not standing.is_open:
        raise NotAllowedError(
            f"{until_sentence(channels.closes_at)} 已经截止，不再收自己交的照片，请到现场拍。"
        )
    if standing.waiting is not None:
        raise StaleStateError("已经交了一张，老师还没看完。要换，先撤回那一张。")
    if standing.is_settling:
        raise NotAllowedError("上一张收下了，还要另一位老师确认，现在不用再交。")
    if standing.plan.step is CaptureStep.DONE:
        raise NotAllowedError("你的照片已经到了，不用再交。照片不对，请在核对时选“有误”。")
    if standing.plan.step is CaptureStep.ARRIVED:
        raise NotAllowedError("你已经在现场拍过，照片还在路上，不用再交。")
    if not standing.left:
        raise NotAllowedError(
            f"已经交过 {standing.used} 次，不能再交了。请到现场拍，或者联系教务处。"
        )


def own_photo_actions(actor: Actor, photo: OwnPhoto) -> list[OwnPhotoAction]:
    """What this person may do with the photo now, in the order of the table."""
    return [
        action
        for action in OWN_PHOTO.actions_from(OwnPhotoState(photo.state))
        if allowed(check_can_move_own_photo, actor, photo, action)
    ]


def check_can_move_own_photo(actor: Actor, photo: OwnPhoto, action: OwnPhotoAction) -> None:
    """Its student sends, drops and withdraws; one of the office looks at it, and only that one decides."""
    is_mine = isinstance(actor, User) and is_own(actor, photo.member)
    if action in {OwnPhotoAction.SEND, OwnPhotoAction.DISCARD, OwnPhotoAction.WITHDRAW}:
        if not is_mine:
            raise NotAllowedError("只能由学生本人办。")
        return
    if not isinstance(actor, User) or not is_registrar(actor):
        raise NotAllowedError("只有教务处能看学生交的照片。")
    if is_mine:
        raise NotAllowedError("这是你自己的照片，要由别的老师看。")
    is_reviewer = actor.actor_id == photo.reviewer_id
    if action == OwnPhotoAction.TAKE_OVER and is_reviewer:
        raise NotAllowedError("你已经在看这张照片。")
    if action not in {OwnPhotoAction.CLAIM, OwnPhotoAction.TAKE_OVER} and not is_reviewer:
        raise NotAllowedError("这张照片是另一位老师在看，要先接过来。")


def check_can_find_photo(user: User, record: StudentRecord, *, now: datetime) -> None:
    """没照片，找找看: the bound student of a record that is to have a photo, and has none (C-54)."""
    if not user.is_active or not is_bound_to(user, record):
        raise NotAllowedError("只能给自己的学籍找照片。")
    if PhotoVersion.objects.filter(
        record=record, kind=PhotoKind.GRADUATION, is_current=True
    ).exists():
        raise NotAllowedError("你的照片已经对上学籍，不用再找。照片不对，在核对时选“有误”。")
    member = capture_member_of(record, now=now)
    if member is None:
        raise NotAllowedError("现在没有要你照片的校对批次。有疑问请联系教务处学籍科。")
    _check_takes_part(member, now=now, who="你")


def check_can_move_photo_claim(actor: Actor, claim: PhotoClaim, action: PhotoClaimAction) -> None:
    """The student takes it back; a registrar who is no party to it decides; events close the rest."""
    if action == PhotoClaimAction.WITHDRAW:
        if not isinstance(actor, User) or actor.pk != claim.claimant_id:
            raise NotAllowedError("只有认领的学生能撤回。")
        return
    if action == PhotoClaimAction.LAPSE:
        return
    if not isinstance(actor, User) or not is_registrar(actor):
        raise NotAllowedError("只有教务处能核实照片认领。")
    rivals = PhotoClaim.objects.filter(entry=claim.entry_id, state=PhotoClaimState.OPEN)
    parties = {claim.record_id, *rivals.values_list("record", flat=True)}
    is_claimant = actor.pk == claim.claimant_id or rivals.filter(claimant=actor).exists()
    is_owner = Binding.objects.filter(record__in=parties, identity__user=actor).exists()
    if is_claimant or is_owner:
        raise NotAllowedError("这份认领和你自己有关，要由别的老师办。")


def photo_claim_actions(actor: Actor, claim: PhotoClaim) -> list[PhotoClaimAction]:
    """What this person may do with the claim now, in the order of the table; draws every button."""
    return [
        action
        for action in PHOTO_CLAIM.actions_from(PhotoClaimState(claim.state))
        if action != PhotoClaimAction.LAPSE
        and allowed(check_can_move_photo_claim, actor, claim, action)
    ]


def may_see_class_photos(user: User, class_group: ClassGroup, *, now: datetime) -> bool:
    """Whether the person may see the photos of this class together: its counsellor, and the office.

    Neither the monitor nor the college, who see results and no faces.
    """
    return is_office(user) or is_counsellor_of(user, class_group, now=now)


def check_can_conclude(
    user: User, conclusion: VerificationConclusion, *, member: CampaignMember, now: datetime
) -> None:
    """A first conclusion: the bound student, within [opens_at, own deadline), while still PENDING."""
    _check_owner(user, member, now=now)
    if now < member.begins_at:
        raise NotAllowedError(f"校对还没开始，{moment_sentence(member.begins_at)}开始。")
    if conclusion.state != Conclusion.PENDING:
        raise StaleStateError(_already(conclusion, now))
    if member.closes_at <= now:
        raise NotAllowedError(
            f"{until_sentence(member.closes_at)} 已经截止，不能再提交。请联系辅导员。"
        )


def check_can_withdraw(
    user: User, conclusion: VerificationConclusion, *, member: CampaignMember, now: datetime
) -> None:
    """Back to PENDING: the bound student, before the lock and before the own deadline.

    What staff entered for the student may be taken back after the deadline too: it was not the student's.
    """
    check_can_change(user, conclusion, member=member, now=now)
    if member.closes_at <= now and not conclusion.is_proxy:
        raise NotAllowedError(
            "已经过了截止时间，撤回以后就不能再提交了，所以不能撤回；还可以修改结论。"
        )


def check_can_change(
    user: User, conclusion: VerificationConclusion, *, member: CampaignMember, now: datetime
) -> None:
    """Another conclusion in its place: the bound student, before the lock, also after the deadline."""
    _check_owner(user, member, now=now)
    if not VERIFICATION.allows(ConclusionAction.WITHDRAW, source=Conclusion(conclusion.state)):
        raise StaleStateError("这项结论已经撤回了，请刷新页面再看。")
    if conclusion.is_locked_at(now):
        raise NotAllowedError("结论已经锁定，不能再改。发现错了，可以申请重新开放。")


def check_not_registered(member: CampaignMember) -> None:
    """Nothing is concluded any more once the certificate is registered with what was concluded."""
    if found := registered_in(member):
        raise NotAllowedError(
            f"{date_cn(local(found.at).date())}已登记学历（{found.outcome}），照片和信息随证书固定，"
            "不能再核对或修改。真有错误，请带证件联系教务处。"
        )


def check_can_enter_for(
    user: User, conclusion: VerificationConclusion, *, member: CampaignMember, now: datetime
) -> None:
    """代录: the registrar or the class's counsellor, for another person, only where nothing is given yet."""
    _check_stands_in(user, member, now=now)
    _check_takes_part(member, now=now, who="这名学生")
    if now < member.begins_at:
        raise NotAllowedError(f"校对还没开始，{moment_sentence(member.begins_at)}开始。")
    if conclusion.state != Conclusion.PENDING:
        raise StaleStateError(
            f"{conclusion.get_kind_display()}已经有结论“{conclusion.get_state_display()}”，不能代录。"
            "学生自己给的，只有学生能改。"
        )
    if member.closes_at <= now:
        raise NotAllowedError(
            f"{until_sentence(member.closes_at)} 已经截止。先由教务处给这名学生延期，再代录。"
        )


def _check_stands_in(user: User, member: CampaignMember, *, now: datetime) -> None:
    if is_own(user, member):
        raise NotAllowedError("这是你自己的学籍，用你自己的核对页面。")
    is_counsellor = member.class_group is not None and is_counsellor_of(
        user, member.class_group, now=now
    )
    if not (is_registrar(user) or is_counsellor):
        raise NotAllowedError("只有教务处和本班辅导员能代录。")


def reopen_actions(actor: Actor, request: ReopenRequest) -> list[ReopenAction]:
    """What this person may do with the request now, in the order of the table."""
    return [
        action
        for action in REOPEN.actions_from(ReopenState(request.state))
        if allowed(check_can_move_reopen, actor, request, action)
    ]


def check_can_move_reopen(actor: Actor, request: ReopenRequest, action: ReopenAction) -> None:
    """Two of the office, neither of them its student: one proposes, the other decides.

    Only the student takes it back; what one has proposed, anybody of the office may send back.
    """
    is_mine = isinstance(actor, User) and is_own(actor, request.member)
    if action == ReopenAction.WITHDRAW:
        if not is_mine or request.is_by_staff:
            raise NotAllowedError("只有提交申请的学生能撤回。")
        return
    if not isinstance(actor, User) or not is_registrar(actor):
        raise NotAllowedError("只有教务处能办重新开放。")
    if is_mine:
        raise NotAllowedError("这是你自己的申请，要由别的老师办。")
    is_decision = action in {ReopenAction.GRANT, ReopenAction.REFUSE}
    if is_decision and actor.actor_id == request.proposer_id:
        raise NotAllowedError("提出意见的人不能自己复核，请另一位老师复核。")


def _check_owner(user: User, member: CampaignMember, *, now: datetime) -> None:
    if not is_own(user, member):
        raise NotAllowedError("只能由学生本人核对，别人不能代替。")
    _check_takes_part(member, now=now, who="你")


def _check_takes_part(member: CampaignMember, *, now: datetime, who: str) -> None:
    if not member.record.is_shown:
        raise NotAllowedError("教务处正在核实这条学籍，核实完才能核对。")
    effect = MEMBERSHIP_EFFECTS[member.record.status_at(now)]
    if effect is MembershipEffect.REMOVED:
        raise NotAllowedError(f"{who}的学籍状态已经变了，不参加这次校对。有疑问请联系辅导员。")
    if member.removed_at is not None:
        raise NotAllowedError(f"{who}已不在这次校对的名单里，有疑问请联系辅导员。")
    if effect is MembershipEffect.SILENT and who != "你":
        raise NotAllowedError("这名学生的学籍状态不用核对，不能代录。")
    check_not_registered(member)


def _already(conclusion: VerificationConclusion, now: datetime) -> str:
    said = f"{conclusion.get_kind_display()}刚刚已经提交为“{conclusion.get_state_display()}”"
    if conclusion.is_locked_at(now):
        return f"{said}，并且已经锁定。"
    return f"{said}，可能是在另一个窗口或设备上。请刷新页面再看。"
