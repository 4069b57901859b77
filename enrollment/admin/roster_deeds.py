"""What the registrar may do with a roster: upload, apply, take back, put aside; decide near matches."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.conf import settings

from common.admin import Act, Deed, DeedForm, NothingForm, Panel, ReasonForm
from common.wording import file_size
from enrollment.admin.roster_panels import applying_panel, near_panel, undo_panels
from enrollment.models import ClassGroup, NearMatch, RosterImport, School
from enrollment.services.roster import (
    Claim,
    check_can_undo,
    decide_near_match,
    discard_roster,
    start_roster,
    start_undo,
    submit_roster,
)
from enrollment.states import (
    IMPORT,
    Coverage,
    ImportAction,
    ImportState,
    SamePerson,
    UndoState,
)

__all__ = ["NEAR_DEEDS", "ROSTER_DEEDS", "UPLOAD"]

_LEAVE, _CREATE = "leave", "create"


class RosterUploadForm(DeedForm):
    """The file, of whom it is complete, and what to do with rows that have errors."""

    file = forms.FileField(
        label="名册文件",
        widget=forms.FileInput(attrs={"accept": ".xlsx,.csv,.txt,.dbf"}),
    )
    school = forms.ModelChoiceField(
        label="学校",
        queryset=School.objects.order_by("code"),
        required=False,
        help_text="文件里没有院校代码一列，或者是完整名册时要选。",
    )
    coverage = forms.ChoiceField(
        label="名册范围",
        choices=Coverage.choices,
        initial=Coverage.PART,
        required=False,
        help_text="完整名册里没有的在籍学生，导入后标为“不在最新名册”，不会删除。",
    )
    coverage_grade = forms.IntegerField(
        label="哪个年级",
        required=False,
        min_value=1850,
        max_value=2200,
        help_text="只有一个年级的名册填，例如 2022。",
    )
    coverage_class = forms.CharField(
        label="哪个班",
        required=False,
        max_length=100,
        help_text="只有一个班的名册填，班级名称要和系统里一样。",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    skip_bad = forms.BooleanField(
        label="跳过有错误的行",
        required=False,
        help_text="不勾选：只要有一行有错误，整个文件都不导入。",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        most = file_size(settings.MAX_ROSTER_BYTES)
        self.fields["file"].help_text = f"XLSX、CSV 或 DBF，最大 {most}。先检查，看过结果再导入。"

    def clean(self) -> dict[str, Any]:
        """The claim as the service takes it."""
        given = super().clean() or {}
        coverage = Coverage(given.get("coverage") or Coverage.PART)
        name, group = given.get("coverage_class"), None
        if coverage == Coverage.CLASS and name:
            found = list(ClassGroup.objects.filter(school=given.get("school"), name=name)[:2])
            if len(found) != 1:
                self.add_error(
                    "coverage_class",
                    "没有这个班，照系统里的名称填写。"
                    if not found
                    else "同名的班不止一个，改用年级名册。",
                )
                return given
            group = found[0]
        given["claim"] = Claim(
            coverage=coverage,
            grade=given.get("coverage_grade") if coverage == Coverage.GRADE else None,
            class_group=group,
        )
        return given


class ApplyForm(DeedForm):
    """What to do with rows that may be known people, when nobody has decided."""

    undecided = forms.ChoiceField(
        label="没有决定是不是同一人的行",
        choices=[(_LEAVE, "这次不导入"), (_CREATE, "都按另一个人新增")],
        initial=_LEAVE,
        widget=forms.RadioSelect,
    )

    def __init__(self, *args: Any, obj: RosterImport, **kwargs: Any) -> None:
        super().__init__(*args, obj=obj, **kwargs)
        if not obj.near_matches.filter(decision=SamePerson.UNDECIDED).exists():
            del self.fields["undecided"]


class UndoForm(ReasonForm):
    """Why, and what with records that were worked on since."""

    keeps_later_work = forms.BooleanField(
        label="后来又办了事情的学籍留下，其余撤销",
        required=False,
        help_text="不勾选：只要有一份学籍后来又办了事情，就一份也不撤销。",
    )


def _upload(_obj: None, act: Act) -> RosterImport:
    return submit_roster(
        file=act.given["file"],
        file_name=act.given["file"].name,
        school=act.given["school"],
        skip_bad=act.given["skip_bad"],
        claim=act.given["claim"],
        actor=act.actor,
        now=act.now,
    )


def _start(roster: RosterImport, act: Act) -> str:
    start_roster(
        roster=roster,
        leaves_undecided=act.given.get("undecided") == _LEAVE,
        actor=act.actor,
        now=act.now,
    )
    return "开始导入"


def _preview_undo(roster: RosterImport, act: Act) -> Sequence[Panel]:
    check_can_undo(roster, actor=act.actor)
    return undo_panels(roster)


def _undo(roster: RosterImport, act: Act) -> str:
    start_undo(
        roster=roster,
        reason=act.reason,
        keeps_later_work=act.given["keeps_later_work"],
        actor=act.actor,
        now=act.now,
    )
    return "开始撤销"


def _discard(roster: RosterImport, act: Act) -> str:
    discard_roster(roster=roster, actor=act.actor, now=act.now)
    return "已放弃，没有写进学籍"


UPLOAD = Deed(
    name="upload",
    label="上传名册",
    lead="上传后在后台检查，不写进学籍；看过结果，再决定导入。",
    form=RosterUploadForm,
    run=_upload,
)
ROSTER_DEEDS: tuple[Deed, ...] = (
    Deed(
        name="apply",
        label="导入学籍",
        lead="在后台分批写进学籍；中途断了会接着做，不会写两次。",
        form=ApplyForm,
        is_offered=lambda roster, _act: roster.state == ImportState.STAGED,
        preview=lambda roster, _act: [applying_panel(roster)],
        run=_start,
    ),
    Deed(
        name="undo",
        label="撤销导入",
        lead="新增的学籍删去，更新过的恢复原值，“不在最新名册”的标记也恢复。由导入的人以外的另一位老师来做。",
        form=UndoForm,
        is_offered=lambda roster, _act: (
            roster.state == ImportState.APPLIED and roster.undo_state == UndoState.NONE
        ),
        preview=_preview_undo,
        run=_undo,
        is_danger=True,
    ),
    Deed(
        name="discard",
        label="放弃",
        lead="不写进学籍。文件和检查结果留到保留期满。",
        form=NothingForm,
        is_offered=lambda roster, _act: IMPORT.allows(
            ImportAction.DISCARD, source=ImportState(roster.state)
        ),
        run=_discard,
        is_danger=True,
    ),
)


def _decider(decision: SamePerson, said: str) -> Any:
    def run(match: NearMatch, act: Act) -> str:
        decide_near_match(
            match=match, decision=decision, reason=act.reason, actor=act.actor, now=act.now
        )
        return said

    return run


def _is_open(match: NearMatch) -> bool:
    return match.roster.state == ImportState.STAGED


NEAR_DEEDS: tuple[Deed, ...] = (
    Deed(
        name="same",
        label="是同一人",
        lead="导入时更新已有的这份学籍，学号、院校改成名册里的；实名绑定、照片和校对都留着。",
        is_offered=lambda match, _act: _is_open(match) and match.decision != SamePerson.SAME,
        preview=lambda match, _act: [near_panel(match)],
        run=_decider(SamePerson.SAME, "记下了：同一人，导入时更新已有学籍"),
    ),
    Deed(
        name="different",
        label="不是同一人",
        lead="导入时另外新增一份学籍。以后的名册里再出现，也不再提示。",
        is_offered=lambda match, _act: _is_open(match) and match.decision != SamePerson.DIFFERENT,
        preview=lambda match, _act: [near_panel(match)],
        run=_decider(SamePerson.DIFFERENT, "记下了：不是同一人"),
    ),
)
