"""What a student is told while the school checks in person: where to go with what; never why, never a result."""

from django.conf import settings

from common.wording import until_sentence
from imaging.models import IdentityReview
from imaging.states.review import ReviewState
from xuexin.pages.next_step import Step

__all__ = ["review_words"]


def review_words(review: IdentityReview) -> Step:
    """One sentence and one next step; after the papers are together it is the school's turn."""
    college = review.record.college
    if review.state == ReviewState.COLLECTING:
        where = college.name if college else settings.OFFICE_CONTACT
        return Step(
            title="学校要和你|当面核实一次",
            text=f"请在 {until_sentence(review.due_at)} 以前，带身份证原件到{where}办理，"
            "老师会告诉你还要带什么。核实不等于你做错了什么。",
        )
    return Step(
        title="当面核实|正在办",
        kicker="现在轮到学校",
        text=f"你不用再做什么，办完会发消息给你。有疑问联系{settings.OFFICE_CONTACT}。",
    )
