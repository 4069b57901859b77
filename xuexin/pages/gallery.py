"""The gallery of components at /ui/ (DEBUG only): each one in every tone, with invented people."""

from datetime import date, datetime, timedelta, timezone
from typing import Any

from django import forms
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.views.decorators.http import require_safe

from common.components import (
    ActionButton,
    BurnUp,
    BurnUpPoint,
    FieldRow,
    MeterCounts,
    NavItem,
    PhotoView,
    SheetPage,
    SheetRow,
    TimelineStep,
    Tone,
)
from common.icons import ICONS

__all__ = ["gallery"]

# A fixed moment, so that two pictures of the gallery can be laid over each other.
_SHANGHAI = timezone(timedelta(hours=8))
_NOW = datetime(2026, 6, 12, 20, 11, tzinfo=_SHANGHAI)
_SUBMITTED = datetime(2026, 6, 12, 14, 32, tzinfo=_SHANGHAI)
_DEADLINE = datetime(2026, 6, 16, 23, 0, tzinfo=_SHANGHAI)


class ExampleForm(forms.Form):
    """One field of every kind."""

    email = forms.EmailField(
        label="电子邮箱",
        help_text="激活信发到这里，24 小时内点开有效。",
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    password = forms.CharField(
        label="密码",
        help_text="8 到 64 位，可用字母、数字和符号；不能包含自己的姓名、手机号或证件号码。",
        widget=forms.PasswordInput(
            attrs={"autocomplete": "new-password", "data-ui-strength": "id_email"}
        ),
    )
    id_type = forms.ChoiceField(
        label="证件类型", choices=[("ID", "居民身份证"), ("PASSPORT", "护照"), ("OTHER", "其他")]
    )
    major = forms.CharField(
        label="专业", help_text="专业属于关键信息，要报省里批准，一般三周左右。"
    )
    note = forms.CharField(
        label="说明",
        required=False,
        help_text="不会印在班级反馈表上，只有经办老师看得到。",
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    reasons = forms.MultipleChoiceField(
        label="照片哪里有误",
        choices=[
            ("NOT_ME", "照片不是我本人|和同学弄混，也选这项"),
            ("UNCLEAR", "模糊、变形，或底色不对|不喜欢这张照片，不算有误"),
            ("OLD", "这是我以前学历的照片"),
        ],
        widget=forms.CheckboxSelectMultiple,
    )
    evidence = forms.FileField(
        label="证明材料",
        help_text="照片或 PDF，5 MB 以内。谁打开过，你都能查到；结案后按期删除。",
        widget=forms.FileInput(
            attrs={"accept": "image/*,application/pdf", "data-ui-max-bytes": "5242880"}
        ),
    )
    remember = forms.BooleanField(
        label="记住这台设备", required=False, help_text="公用电脑上不要勾选。"
    )


class ChoiceForm(forms.Form):
    """The two conclusions."""

    photo = forms.ChoiceField(
        label="毕业照片是你本人，清楚、完整吗？",
        choices=[("CORRECT", "正确"), ("INCORRECT", "有误")],
        widget=forms.RadioSelect,
    )


def _photos() -> dict[str, PhotoView]:
    return {
        "graduation": PhotoView(
            url=static("img/gallery/graduation.svg"),
            alt="毕业照片：浅蓝底，深色外套，白衬衫，正面",
            caption="毕业照片",
            note="第 1 版，4月8日拍摄",
            zoom_url=static("img/gallery/graduation.svg"),
        ),
        "admission": PhotoView(
            url=static("img/gallery/admission.svg"),
            alt="录取照片：浅蓝底，校服，短发，正面",
            caption="录取照片",
            note="只供对照",
        ),
    }


def _fields() -> list[FieldRow]:
    return [
        FieldRow(label="姓名", value="古丽阿依努尔·阿卜杜热西提·麦麦提明"),
        FieldRow(label="证件类型", value="居民身份证"),
        FieldRow(label="证件号码", value="99**************23", kind="id_number"),
        FieldRow(label="学号", value="2022040127", kind="student_no"),
        FieldRow(label="考生号", value="22990101010123", kind="candidate_no"),
        FieldRow(label="出生日期", value="1886年03月12日"),
        FieldRow(label="系所", value=""),
        FieldRow(label="学籍状态", value="在籍（注册学籍）", note="6月1日更新"),
    ]


def _steps() -> list[TimelineStep]:
    return [
        TimelineStep(label="已拍摄", state="done", note="4月8日（星期三），图书馆一层"),
        TimelineStep(label="没对上学籍", state="broken", note="登记的学号只有 9 位"),
        TimelineStep(label="等你核对", state="now", note="6月1日发布，第 1 版"),
        TimelineStep(label="锁定", state="lock", note="你提交 24 小时以后"),
        TimelineStep(label="用于学历注册", state="todo", note="学校统一上报"),
    ]


def _sheet() -> SheetPage:
    people = [
        ("2022040129", "夏侯远", "无误", Tone.DONE, False),
        ("2022040127", "沈若溪", "无误", Tone.DUE, True),
        ("2022040115", "秦牧野", "照片有误", Tone.DISPUTED, False),
        ("2022040114", "古丽阿依努尔·阿卜杜热西提", "信息有误：姓名、专业", Tone.DISPUTED, True),
        ("2022040111", "林䶮", "未校对", Tone.TODO, False),
    ]
    return SheetPage(
        title="高等教育学历电子注册|图像信息校对反馈表|（2026 届）",
        class_line="班级名称：2022 级汉语言文学 2201 班",
        order_line="按学号由大到小，共 5 人",
        number=1,
        count=1,
        rows=tuple(
            SheetRow(
                number=number, student_no=no, name=name, result=result, tone=tone, is_open=is_open
            )
            for number, (no, name, result, tone, is_open) in enumerate(people, start=1)
        ),
        is_last=True,
        digest="9F3A71C05E2B",
        version=2,
        made_at=datetime(2026, 6, 17, 9, 2, tzinfo=_SHANGHAI),
        is_demo=True,
    )


def _chart() -> BurnUp:
    values = (0, 1, 2, 4, 5, 7, 8, 9, 9, 13, 18, 23)
    return BurnUp(
        points=tuple(
            BurnUpPoint(day=date(2026, 6, day), value=value)
            for day, value in enumerate(values, start=1)
        ),
        total=28,
        starts_on=date(2026, 6, 1),
        ends_at=_DEADLINE,
        today=_NOW.date(),
    )


def _actions() -> dict[str, ActionButton]:
    return {
        "start": ActionButton(label="开始核对", url="#"),
        "withdraw": ActionButton(
            label="撤回，重新核对", url="#", method="post", tone="outline", icon="undo"
        ),
        "final": ActionButton(label="提交后不能再改", url="#", tone="danger", icon="lock"),
        "confirm": ActionButton(
            label="看确认框", url="?show=confirm", tone="outline", confirm=True
        ),
    }


def _context() -> dict[str, Any]:
    return {
        "now": _NOW,
        "submitted_at": _SUBMITTED,
        "locks_at": _SUBMITTED + timedelta(hours=24),
        "deadline": _DEADLINE,
        "photos": _photos(),
        "fields": _fields(),
        "short_fields": _fields()[2:4],
        "steps": _steps(),
        "sheet": _sheet(),
        "chart": _chart(),
        "counts": MeterCounts(locked=17, open=4, disputed=2, todo=5, blocked=1),
        "buttons": _actions(),
        "icons": sorted(ICONS),
        "looks": ["是你本人，没和同学弄混", "五官清楚，没有变形", "是这次拍的，不是以前学历的照片"],
        "tab_items": [
            NavItem(label="汉语言文学，本科", url="#", current=True),
            NavItem(label="法学，第二学士学位", url="#"),
        ],
        "page_of_list": Paginator(range(45), 20).get_page(2),
        "reminder": (
            "各位同学：2026 届毕业照片核对，6月16日（星期二）23:00 截止。\n"
            "还没核的 3 位：江*、古丽·***、方*白。\n"
            "请本人登录，大约三分钟。不要把密码和验证码给任何人，班长和老师也不要给。"
        ),
    }


@login_not_required
@require_safe
def gallery(request: HttpRequest) -> HttpResponse:
    """Show every component; `?show=confirm` is the confirmation page that the confirm script fetches."""
    if request.GET.get("show") == "confirm":
        return render(request, "pages/gallery_confirm.html", _context())
    empty = ExampleForm()
    wrong = ExampleForm(
        {"email": "沈若溪", "id_type": "ID", "reasons": [], "note": "2023年9月转专业。"},
        auto_id="wrong_%s",
    )
    forms_shown = {
        "form": empty,
        "wrong": wrong,
        "choice": ChoiceForm(),
        "unchosen": ChoiceForm({}, auto_id="unchosen_%s"),
    }
    return render(request, "pages/gallery.html", {**_context(), **forms_shown})
