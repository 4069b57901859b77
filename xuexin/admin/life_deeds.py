"""What happens to a record in its life: a new status, not being shown, being a duplicate."""

from collections.abc import Sequence
from datetime import date

from django import forms

from common.admin import Act, Deed, Panel, ReasonForm
from common.masking import MaskKind, mask
from common.wording import date_cn, local
from enrollment.models import DuplicateCase, StudentRecord
from enrollment.services.duplicates import propose_duplicate
from enrollment.services.status import NewStatus, change_status, revoke_status
from enrollment.services.visibility import hide_record, show_record
from enrollment.states import DuplicateState, EnrollmentStatus
from imaging.models import CampaignMember, PhotoVersion, VerificationConclusion
from imaging.states import MEMBERSHIP_EFFECTS, Conclusion, MembershipEffect

__all__ = ["LIFE_DEEDS", "conclusions_of", "duplicate_panels", "memberships_of", "photos_of"]

_EFFECTS = {
    MembershipEffect.STAYS: "照常参加",
    MembershipEffect.WAITS: "留在名单里并注明，不再催办",
    MembershipEffect.SILENT: "留在名单里并注明，不再给本人或家属发任何消息",
    MembershipEffect.REMOVED: "移出没定稿的批次，注明学籍状态；状态改回来会自动加回",
}


class StatusForm(ReasonForm):
    """The new status, from which day, how the paper words it, and which paper."""

    field_order = ["status", "effective_from", "text", "case", "reason"]
    status = forms.ChoiceField(label="变更为", choices=[("", "请选择"), *EnrollmentStatus.choices])
    effective_from = forms.DateField(
        label="生效日期",
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text="写以后的日期，到那天自动生效。",
    )
    text = forms.CharField(
        label="文件上的写法",
        required=False,
        max_length=50,
        help_text="例如：在籍（休学）。不填就用标准写法。",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    case = forms.CharField(
        label="依据",
        required=False,
        max_length=100,
        help_text="文号、会议纪要或勘误单号。",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


def _new_status(act: Act) -> NewStatus:
    day: date = act.given["effective_from"]
    return NewStatus(
        status=EnrollmentStatus(act.given["status"]),
        effective_from=day,
        text=act.given["text"],
        case=act.given["case"],
    )


def _preview_status(record: StudentRecord, act: Act) -> Sequence[Panel]:
    new = _new_status(act)
    when = "现在" if new.effective_from <= local(act.now).date() else "到那天"
    running = CampaignMember.objects.filter(
        record=record, removed_at=None, sheet_freeze_at__gt=act.now
    ).select_related("campaign")
    effect = _EFFECTS[MEMBERSHIP_EFFECTS[new.status]]
    return [
        Panel.of(
            "会改的地方",
            ("项目", "现在", "改为"),
            [
                (
                    "学籍状态",
                    record.enrollment_status_text or record.get_enrollment_status_display(),
                    f"{new.text or new.status.label}，{date_cn(new.effective_from)}起（{when}生效）",
                )
            ],
        ),
        Panel.of(
            "校对批次",
            ("批次", "这个状态意味着"),
            ((member.campaign.title, effect) for member in running),
            empty="不在没定稿的批次里",
        ),
    ]


def _change_status(record: StudentRecord, act: Act) -> str:
    change = change_status(
        record=record, new=_new_status(act), reason=act.reason, actor=act.actor, now=act.now
    )
    if change.applied_at is None:
        return f"已登记，{date_cn(change.effective_from)}起生效；那天以前可以撤销"
    return "已变更学籍状态"


def _revoke(record: StudentRecord, act: Act) -> str:
    revoke_status(record=record, reason=act.reason, actor=act.actor, now=act.now)
    return "已撤销，学籍状态不变"


def _hide(record: StudentRecord, act: Act) -> str:
    hide_record(record=record, reason=act.reason, actor=act.actor, now=act.now)
    return "学生现在看不到这份学籍，已通知本人教务处正在核实"


def _show(record: StudentRecord, act: Act) -> str:
    show_record(record=record, reason=act.reason, actor=act.actor, now=act.now)
    return "已恢复显示，已通知本人"


class DuplicateForm(ReasonForm):
    """Which record stays: the other one of the pair."""

    field_order = ["stays", "reason"]
    stays = forms.CharField(
        label="保留哪一条",
        max_length=32,
        help_text="要保留的那条学籍的学号。这一条注销、保留备查，学生只看到那一条。",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def clean_stays(self) -> StudentRecord:
        """The record with this number: of the same school, else the only one anywhere."""
        number = self.cleaned_data["stays"].strip()
        rows = StudentRecord.objects.filter(student_no=number).exclude(pk=self.obj.pk)
        found = list(rows.filter(school=self.obj.school_id)[:1] or rows[:2])
        if len(found) != 1:
            raise forms.ValidationError("没有找到这个学号的学籍，或者不止一条。")
        return found[0]


def duplicate_panels(record: StudentRecord, stays: StudentRecord) -> list[Panel]:
    """The pair side by side, and everything that hangs on either: what cancelling touches."""
    pair = (record, stays)
    return [
        Panel.of(
            "两条学籍",
            ("项目", "注销这一条", "保留这一条"),
            [
                ("学校", *(each.school.name for each in pair)),
                ("学号", *(each.student_no for each in pair)),
                ("考生号", *(each.candidate_no for each in pair)),
                ("姓名", *(each.name for each in pair)),
                ("证件号码", *(mask(each.id_number, MaskKind.DOCUMENT_NO) for each in pair)),
                ("层次", *(each.level for each in pair)),
                ("专业", *(each.major_name for each in pair)),
                ("入学日期", *(each.entry_date for each in pair)),
                ("学籍状态", *(each.get_enrollment_status_display() for each in pair)),
            ],
            note=""
            if record.id_number_index == stays.id_number_index
            else "两条的证件号码不一样：先确认是同一个人。",
        ),
        Panel.of(
            "会牵动的",
            ("内容", "注销这一条", "保留这一条"),
            [
                ("绑定账号", *("有" if hasattr(each, "binding") else "没有" for each in pair)),
                ("参加的批次", *(memberships_of(each) for each in pair)),
                ("已给的结论", *(conclusions_of(each) for each in pair)),
                ("当前照片", *(photos_of(each) for each in pair)),
            ],
            note="注销的一条什么都不删除：绑定、结论和照片都留着，只是学生不再看到；"
            "没定稿的批次会移出它。确认以后可以恢复。",
        ),
    ]


def memberships_of(record: StudentRecord) -> int:
    """In how many campaigns it takes part."""
    return CampaignMember.objects.filter(record=record, removed_at=None).count()


def conclusions_of(record: StudentRecord) -> int:
    """How many conclusions hold."""
    given = VerificationConclusion.objects.exclude(state=Conclusion.PENDING)
    return given.filter(round__is_current=True, round__member__record=record).count()


def photos_of(record: StudentRecord) -> int:
    """How many photos are current."""
    return PhotoVersion.objects.filter(record=record, is_current=True).count()


def _preview_duplicate(record: StudentRecord, act: Act) -> Sequence[Panel]:
    return duplicate_panels(record, act.given["stays"])


def _propose(record: StudentRecord, act: Act) -> str:
    propose_duplicate(
        record=record,
        stays=act.given["stays"],
        reason=act.reason,
        actor=act.actor,
        now=act.now,
    )
    return "已提出，现在什么都没变；请另一位老师在“重复学籍”里核对确认"


def _is_waiting(record: StudentRecord, act: Act) -> bool:
    day = record.next_status_from
    return day is not None and day > local(act.now).date()


def _may_be_duplicate(record: StudentRecord, _act: Act) -> bool:
    open_cases = DuplicateCase.objects.filter(
        record=record, state__in=[DuplicateState.PROPOSED, DuplicateState.CONFIRMED]
    )
    return record.duplicate_of_id is None and not open_cases.exists()


LIFE_DEEDS: tuple[Deed, ...] = (
    Deed(
        name="status",
        label="登记学籍异动",
        form=StatusForm,
        asks_first=True,
        preview=_preview_status,
        is_offered=lambda record, _act: not record.next_status and record.duplicate_of_id is None,
        run=_change_status,
    ),
    Deed(
        name="revoke-status",
        label="撤销还没生效的异动",
        is_offered=_is_waiting,
        run=_revoke,
    ),
    Deed(
        name="hide",
        label="暂不显示给学生",
        lead="用于内容有疑问、正在核实的学籍。学生会看到“教务处正在核实”，看不到内容和这里写的理由。",
        is_offered=lambda record, _act: record.hidden_at is None,
        run=_hide,
    ),
    Deed(
        name="show",
        label="恢复显示",
        is_offered=lambda record, _act: record.hidden_at is not None,
        run=_show,
    ),
    Deed(
        name="duplicate",
        label="按重复学籍注销",
        lead="要两个人：你提出，另一位老师核对后确认。",
        form=DuplicateForm,
        asks_first=True,
        preview=_preview_duplicate,
        is_offered=_may_be_duplicate,
        run=_propose,
        is_danger=True,
    ),
)
