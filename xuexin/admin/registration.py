"""登记数据包 at the desk: what stands in the way, building, handing out with a reason, erasing."""

from collections.abc import Sequence
from typing import Any, cast

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone

from common import audit, files
from common.admin import (
    Act,
    Cell,
    Deed,
    Download,
    NothingForm,
    Panel,
    ReadonlyAdmin,
    ReasonForm,
    facts,
    moment,
    moment_text,
)
from common.admin.imports import ImportAdmin
from common.models import FileView, StoredFile
from common.wording import local
from enrollment.models import School
from imaging.documents.workbook import XLSX
from imaging.models import Campaign, PackedRecord, RegistrationPack
from imaging.selectors.registration import Candidate
from imaging.states import CampaignKind
from imaging.states.registration import BYTES_ADVICE, NEXT_STEPS, PACK, PackAction, PackState
from xuexin.registration.blockers import Overview, blocker_book, overview_of, scope_of
from xuexin.registration.packs import (
    drop_pack,
    erase_pack,
    hand_out_pack,
    open_pack,
    start_pack,
)

__all__ = ["PackedRecordAdmin", "RegistrationPackAdmin"]

_VIEWS = 50


class PackForm(ReasonForm):
    """Of whom, and why."""

    campaign = forms.ModelChoiceField(
        label="校对批次",
        queryset=Campaign.objects.filter(kind=CampaignKind.GRADUATION).order_by("-opens_at"),
    )
    school = forms.ModelChoiceField(
        label="学校",
        queryset=School.objects.order_by("code"),
        help_text="一包一所学校：平台按院校代码收。",
    )
    graduating_class = forms.IntegerField(
        label="只要这一届",
        required=False,
        min_value=2000,
        max_value=2200,
        help_text="留空就是批次里的所有人。",
    )
    field_order = ["campaign", "school", "graduating_class", "reason"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].label = "为什么导出"
        self.fields["reason"].help_text = "例如交给谁、办什么。写进审计记录。"


class TakeForm(ReasonForm):
    """Why it leaves the house; every student in it reads this."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        reason = cast("forms.CharField", self.fields["reason"])
        reason.label = "为什么下载"
        reason.max_length = 200
        reason.help_text = "写明交给谁。写进审计记录；包里的每名学生在“谁看过我的资料”里也看得到。"


def _can(action: PackAction) -> Any:
    """Whether the table allows the action."""
    return lambda pack, _act: PACK.allows(action, source=PackState(pack.state))


def _open(_obj: None, act: Act) -> RegistrationPack:
    given = act.given
    return open_pack(
        campaign=given["campaign"],
        school=given["school"],
        graduating_class=given["graduating_class"],
        reason=act.reason,
        actor=act.actor,
        now=act.now,
    )


def _start(pack: RegistrationPack, act: Act) -> str:
    start_pack(pack=pack, actor=act.actor, now=act.now)
    return "开始生成，可以离开这一页"


def _preview_start(pack: RegistrationPack, act: Act) -> Sequence[Panel]:
    return overview_panels(overview_of(scope_of(pack), now=act.now))[:2]


def _list(pack: RegistrationPack, act: Act) -> Download:
    data = blocker_book(scope_of(pack), taken_by=act.actor, now=act.now)
    audit.record("registrationpack.listed", actor=act.actor, now=act.now, obj=pack)
    stamp = f"{local(act.now):%m%d-%H%M}"
    return Download(name=f"还不能登记-{stamp}.xlsx", content_type=XLSX, data=data)


def _take(pack: RegistrationPack, act: Act) -> Any:
    return hand_out_pack(pack=pack, reason=act.reason, actor=act.actor, now=act.now)


def _erase(pack: RegistrationPack, act: Act) -> str:
    erase_pack(pack=pack, actor=act.actor, now=act.now)
    return "已销毁，销毁证明在“销毁证明”里"


def _drop(pack: RegistrationPack, act: Act) -> str:
    drop_pack(pack=pack, actor=act.actor, now=act.now)
    return "已放弃，什么都没有导出"


PACK_DEEDS: tuple[Deed, ...] = (
    Deed(
        name="build",
        label="生成数据包",
        lead="能登记的人进包，还不能登记的不进；在后台做，中途断了会重做。学籍和照片都不会改。",
        form=NothingForm,
        is_offered=_can(PackAction.START),
        preview=_preview_start,
        run=_start,
    ),
    Deed(
        name="list",
        label="下载还不能登记的名单",
        lead="XLSX，每人还差什么、下一步做什么；没有证件号码。",
        form=NothingForm,
        is_offered=_can(PackAction.START),
        run=_list,
    ),
    Deed(
        name="download",
        label="下载数据包",
        lead="里面有完整证件号码和照片，只交给办理学历电子注册的人。",
        form=TakeForm,
        is_offered=lambda pack, _act: pack.state == PackState.READY,
        run=_take,
    ),
    Deed(
        name="erase",
        label="现在就销毁",
        lead="已经交出去了，或者用不着了。文件马上删掉，留下摘要和销毁证明；不能恢复，可以重新生成一包。",
        form=NothingForm,
        is_offered=_can(PackAction.ERASE),
        run=_erase,
        is_danger=True,
    ),
    Deed(
        name="drop",
        label="放弃",
        form=NothingForm,
        lead="不生成了。什么都没有导出。",
        is_offered=_can(PackAction.DROP),
        run=_drop,
    ),
)


@admin.register(RegistrationPack)
class RegistrationPackAdmin(ImportAdmin):
    """Exports for the national platform, the newest first."""

    running = {"BUILDING": "正在生成"}
    list_display = (
        "__str__",
        "state",
        "campaign",
        "school",
        "people",
        "left_out",
        moment("created_at", "新建时间"),
        "created_by",
    )
    list_filter = ("state", "school")
    list_select_related = ("campaign", "school")
    ordering = ("-id",)
    fields = (
        "campaign",
        "school",
        "graduating_class",
        "reason",
        "state",
        "failure",
        "people",
        "left_out",
        "created_at",
        "created_by",
        "started_at",
        "started_by",
        "ready_at",
        "expires_at",
        "erased_at",
        "erased_by",
    )
    create = Deed(
        name="open",
        label="新建登记数据包",
        lead="先看谁能登记、谁还差什么，再决定生成。新建不导出任何东西。",
        form=PackForm,
        run=_open,
    )
    deeds = PACK_DEEDS

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """What has happened so far; stages that were not reached have no empty lines."""
        return [name for name in self.fields if not obj or getattr(obj, name)]

    def get_queryset(self, request: HttpRequest) -> Any:
        """With what the pages name."""
        rows = super().get_queryset(request)
        return rows.select_related("campaign__profile", "school", "file")

    def total_of(self, obj: RegistrationPack) -> int:
        """People of the scope."""
        return obj.total

    def panels(self, request: HttpRequest, obj: RegistrationPack) -> Sequence[Panel]:
        """Before it is built who is ready; afterwards what it holds and who took it."""
        if PACK.allows(PackAction.START, source=PackState(obj.state)):
            return overview_panels(overview_of(scope_of(obj), now=timezone.now()))
        return content_panels(obj) if obj.file_id else ()

    def answer(self, request: HttpRequest, obj: Any, deed: Deed, outcome: Any) -> HttpResponse:
        """A stored file is streamed; everything else as usual."""
        if isinstance(outcome, StoredFile):
            name = f"学历登记-{obj.school.code}-{obj.pk}.zip"
            return cast("HttpResponse", files.stream(outcome, download_name=name))
        return super().answer(request, obj, deed, outcome)


@admin.register(PackedRecord)
class PackedRecordAdmin(ReadonlyAdmin):
    """Whom a pack held."""

    list_display = ("pack", "record", "photo", "photo_sha256")
    list_select_related = ("pack", "record", "photo")
    fields = ("pack", "record", "photo", "values_digest", "photo_sha256")
    ordering = ("-pack", "record")

    def subject_of(self, obj: PackedRecord) -> Any:
        """The record it is about."""
        return obj.record


def overview_panels(overview: Overview) -> list[Panel]:
    """How many can be handed over, what is in the way how often, and the first people."""
    shown = len(overview.shown)
    return [
        facts(
            "能不能登记",
            [
                ("批次里", f"{overview.total} 人"),
                ("能登记，会进包", f"{overview.ready} 人"),
                ("还不能登记，不进包", f"{overview.blocked} 人"),
                ("已经登记学历，不用再导", f"{overview.registered} 人"),
            ],
        ),
        Panel.of(
            "还差什么",
            ("还差什么", "人数", "下一步"),
            [(blocker.value, count, NEXT_STEPS[blocker]) for blocker, count in overview.counts],
            empty="没有，都能登记",
            note="一个人可能差几样。",
        ),
        Panel.of(
            "还不能登记的人",
            ("学号", "姓名", "还差什么", "下一步"),
            [
                (
                    _linked(person),
                    person.record.name,
                    "；".join(each.text for each in person.found),
                    person.found[0].next_step,
                )
                for person in overview.shown
            ],
            note=f"只列前 {shown} 人，全部在下载的名单里。" if overview.blocked > shown else "",
        ),
        *_remarks_of(overview),
    ]


def _remarks_of(overview: Overview) -> list[Panel]:
    """Who goes in and is worth a look, if anybody is."""
    shown = len(overview.remarked)
    if not shown:
        return []
    more = f"只列前 {shown} 人，全部在下载的名单里。" if overview.remarks > shown else ""
    return [
        Panel.of(
            f"能登记，请留意：{overview.remarks} 人",
            ("学号", "姓名", "留意什么"),
            [(_linked(person), person.record.name, person.remark) for person in overview.remarked],
            note=f"{BYTES_ADVICE}{more}",
        )
    ]


def _linked(person: Candidate) -> Cell:
    url = reverse("admin:enrollment_studentrecord_change", args=[person.record.pk])
    return Cell(text=person.record.student_no, url=url)


def content_panels(pack: RegistrationPack) -> list[Panel]:
    """Files with their digests, what to know about them, and who took the pack."""
    taken = FileView.objects.filter(file=pack.file_id).order_by("-pk")[:_VIEWS]
    held = reverse("admin:imaging_packedrecord_changelist")
    return [
        Panel.of(
            "包里的文件",
            ("文件", "SHA-256"),
            list(pack.digests.items()),
            note="".join(pack.remarks),
            more=Cell(text="看包里有谁", url=f"{held}?pack__id__exact={pack.pk}"),
        ),
        Panel.of(
            "谁下载过",
            ("时间", "谁", "为什么"),
            [(moment_text(view.viewed_at), view.viewer_label, view.purpose) for view in taken],
            empty="还没有人下载",
        ),
    ]
