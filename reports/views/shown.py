"""Reports as pages show them: states with their looks, photos with their addresses."""

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from common.components import PhotoView, Tone
from common.wording import date_sentence, local, until_sentence
from imaging.models import PhotoVersion
from reports.documents.english import PURPOSES
from reports.models import VerificationReport
from reports.selectors import Standing
from reports.services.report import Draft
from reports.states import ReportLanguage, ReportPurpose, ReportState

__all__ = ["Verdict", "checked_verdict", "in_clauses", "own_photo", "own_verdict", "purpose_of"]

_TONES = {
    ReportState.ACTIVE: Tone.DONE,
    ReportState.OUTDATED: Tone.DUE,
    ReportState.EXPIRED: Tone.BLOCKED,
    ReportState.SUSPENDED: Tone.BLOCKED,
    ReportState.CLOSED: Tone.BLOCKED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """A state for a badge, and a sentence that says what follows."""

    state: ReportState
    text: str

    @property
    def tone(self) -> Tone:
        """The look of the badge."""
        return _TONES[self.state]

    @property
    def label(self) -> str:
        """The state's name."""
        return str(self.state.label)


def own_verdict(report: VerificationReport, standing: Standing) -> Verdict:
    """What the report is worth, said to its owner."""
    say = {
        ReportState.ACTIVE: f"对方现在能查到。{until_sentence(report.expires_at)} 到期。",
        ReportState.EXPIRED: "过期了，对方只看到“已过期”，看不到你的信息。可以延期。",
        ReportState.CLOSED: "关闭了，对方只看到“已关闭”，看不到你的信息。关闭以后不能再打开。",
        ReportState.OUTDATED: f"{_since(standing.since)}报告里的内容变过，对方看不到旧的内容了。"
        "还需要的话，按现在的内容另开一份。",
        ReportState.SUSPENDED: "学籍现在的状况不能开具证明，对方只看到“已暂停”。有疑问找教务处。",
    }
    return Verdict(state=standing.state, text=say[standing.state])


def checked_verdict(report: VerificationReport, standing: Standing) -> Verdict:
    """What the report is worth, said to a stranger: never whose it is unless it is valid."""
    say = {
        ReportState.ACTIVE: "查验时有效。下面是学生选择公开的内容。",
        ReportState.EXPIRED: f"这份报告 {until_sentence(report.expires_at)} 到期，不能再作凭据。"
        "请对方延期，或者给你一份新的。",
        ReportState.CLOSED: "这份报告已经由开具的一方关闭，不能再作凭据。还需要的话，请对方给你一份新的。",
        ReportState.OUTDATED: f"签发以后，{_since(standing.since)}报告里的内容有了变化，原来的内容不再显示。"
        "请对方给你一份新的。",
        ReportState.SUSPENDED: "这份报告现在不能作凭据。请向给你报告的人了解，或者请对方找学校办理。",
    }
    return Verdict(state=standing.state, text=say[standing.state])


def _since(moment: datetime | None) -> str:
    return f"{date_sentence(local(moment).date())}" if moment else ""


def in_clauses(moment: str) -> SafeString:
    """A written moment that breaks between day and time only."""
    day, _, rest = moment.partition(" ")
    return format_html('<span class="nb">{}</span> <span class="nb">{}</span>', day, rest)


def own_photo(version: PhotoVersion | None) -> PhotoView | None:
    """The photo for its owner's preview."""
    if version is None:
        return None
    return PhotoView(url=reverse("imaging:photo", args=[version.pk]), alt="报告里的照片")


def purpose_of(draft: Draft) -> str:
    """The purpose as the receiver will read it."""
    english = draft.language == ReportLanguage.EN
    known = PURPOSES[draft.purpose] if english else str(draft.purpose.label)
    if draft.purpose == ReportPurpose.OTHER and draft.purpose_text:
        return draft.purpose_text
    mark = ": " if english else "："
    return f"{known}{mark}{draft.purpose_text}" if draft.purpose_text else known
