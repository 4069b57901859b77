"""The planner: from the day of graduation back to the first photo; a proposal to be edited and used."""

from datetime import date, timedelta
from typing import Any, Final

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone

from common.admin import Panel
from common.wording import local, moment_sentence
from imaging.admin.campaign_forms import phase_fields
from imaging.models import PHASES, Campaign, Timetable
from imaging.selectors.planning import Lengths, cautions, count_back

__all__ = ["planner_page"]

_LABELS: Final = {
    "capture_days": ("拍照要几天", "含补拍。"),
    "lead_days": ("拍完到照片公布要几天", "采集单位修图、上传、对上学籍；各校四十天到三个月。"),
    "check_days": ("给学生核对几天", ""),
    "hand_in_days": ("定稿到交齐纸质反馈表几天", ""),
    "registration_days": ("交齐以后到毕业日期留几天", "登记学历、印证书。"),
}
_LONGEST: Final = 400


class PlanForm(forms.Form):
    """The day of graduation, and how long each part takes."""

    graduation_date = forms.DateField(
        label="毕业日期", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        usual = Lengths()
        for name, (label, help_text) in _LABELS.items():
            self.fields[name] = forms.IntegerField(
                label=label,
                help_text=help_text,
                min_value=1,
                max_value=_LONGEST,
                initial=getattr(usual, name),
            )

    def lengths(self) -> Lengths:
        """How long each part takes."""
        return Lengths(**{name: self.cleaned_data[name] for name in _LABELS})


class ProposalForm(forms.Form):
    """The proposed moments, to be edited before they are used."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["graduation_date"] = forms.DateField(
            label="毕业日期", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
        )
        self.fields |= phase_fields(PHASES)


def planner_page(request: HttpRequest, desk: "admin.ModelAdmin[Campaign]") -> HttpResponse:
    """Nothing is written here: the proposal goes into the form of a new campaign, or of this one.

    There it is checked, previewed and audited like every other change.
    """
    now = timezone.now()
    campaign = _campaign(request, desk)
    form, proposal = _typed(request, campaign), None
    panels: list[Panel] = []
    if form.is_bound and form.is_valid():
        day: date = form.cleaned_data["graduation_date"]
        timetable = count_back(day, form.lengths())
        # Of its own ids: both forms stand on one page.
        proposal = ProposalForm(
            initial={"graduation_date": day, **timetable.fixed}, auto_id="use_%s"
        )
        panels = [_table(timetable, day), *_doubts(timetable, day, now)]
    target = (
        reverse("admin:imaging_campaign_do", args=[campaign.pk, "move"])
        if campaign
        else reverse("admin:imaging_campaign_add")
    )
    context = {
        **desk.admin_site.each_context(request),
        "opts": desk.opts,
        "title": f"按毕业日期倒排时间：{campaign}" if campaign else "按毕业日期倒排时间",
        "campaign": campaign,
        "form": form,
        "proposal": proposal,
        "panels": panels,
        "target": target,
        "media": desk.media,
    }
    return TemplateResponse(request, "admin/campaign_plan.html", context)


def _campaign(request: HttpRequest, desk: "admin.ModelAdmin[Campaign]") -> Campaign | None:
    """The campaign that the plan is for, if it is for one."""
    asked = request.GET.get("campaign", "")
    found: Campaign | None = desk.get_object(request, asked) if asked else None
    return found


def _typed(request: HttpRequest, campaign: Campaign | None) -> PlanForm:
    if "graduation_date" in request.GET:
        return PlanForm(request.GET)
    known = campaign.graduation_date if campaign else None
    return PlanForm(initial={"graduation_date": known})


def _table(timetable: Timetable, day: date) -> Panel:
    """The proposal in words, each moment with the days that are left to the graduation."""
    return Panel.of(
        "倒排出来的时间",
        ("时间", "什么时候", "离毕业"),
        (
            (
                PHASES[name],
                f"{local(at).year}年{moment_sentence(at)}",
                f"{(day - local(at).date()) // timedelta(days=1)} 天",
            )
            for name, at in timetable.fixed.items()
        ),
        note="要老师到场的时间避开了周末和法定假日，提前到最近的工作日。",
    )


def _doubts(timetable: Timetable, day: date, now: Any) -> list[Panel]:
    said = cautions(timetable, now=now, graduation_date=day)
    return [Panel.of("请再看一眼", (), ((each,) for each in said))] if said else []
