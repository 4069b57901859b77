"""What the handlers may do with an identity review, one button each."""

from collections.abc import Callable, Sequence
from typing import cast

from accounts.models import User
from common.admin import Act, Deed, NothingForm, Panel, facts
from common.policy import allowed
from imaging.admin.review_forms import (
    EndForm,
    EndSeatForm,
    ExportForm,
    FilingForm,
    PaperForm,
    RemovePaperForm,
    SeatForm,
)
from imaging.admin.review_panels import end_panel
from imaging.models import IdentityReview, ReviewEnd
from imaging.policies.review import (
    check_can_add_document,
    check_can_decide_end,
    end_kinds,
    review_actions,
)
from imaging.selectors.reviews import end_waiting
from imaging.services.review import (
    CaseArchive,
    add_document,
    case_archive,
    convene_panel,
    decide_end,
    end_seat,
    file_with_province,
    name_seat,
    propose_end,
    remove_document,
    submit_to_college,
)
from imaging.states.review import (
    ReviewAction,
    ReviewEndAction,
    ReviewEndKind,
    SeatRole,
)

__all__ = ["REVIEW_DEEDS"]


def _user(act: Act) -> User:
    return cast("User", act.actor)


def _can(action: ReviewAction) -> Callable[[IdentityReview, Act], bool]:
    return lambda review, act: action in review_actions(_user(act), review, now=act.now)


def _can_end(action: ReviewEndAction) -> Callable[[IdentityReview, Act], bool]:
    def offered(review: IdentityReview, act: Act) -> bool:
        end = end_waiting(review)
        return end is not None and allowed(check_can_decide_end, _user(act), end, action)

    return offered


def _has_papers(review: IdentityReview, _act: Act) -> bool:
    return review.documents.filter(removed_at=None, file__purged_at=None).exists()


def _is_open(review: IdentityReview, _act: Act) -> bool:
    return review.is_waiting


def _seat(review: IdentityReview, act: Act) -> str:
    made = name_seat(
        review=review,
        user=act.given["login"],
        role=SeatRole(act.given["role"]),
        name=act.given["name"],
        actor=_user(act),
        now=act.now,
    )
    return f"已指定{made.name}为{made.get_role_display()}；对方登录后在首页看到"


def _end_seat(_review: IdentityReview, act: Act) -> str:
    end_seat(seat=act.given["seat"], actor=_user(act), now=act.now)
    return "已终止，对方再也看不到这件复核"


def _add(review: IdentityReview, act: Act) -> str:
    upload = act.given["evidence"]
    add_document(
        review=review,
        rule=act.given["rule"],
        data=upload.read(),
        name=upload.name,
        actor=_user(act),
        now=act.now,
    )
    return f"“{act.given['rule'].title}”已存入案卷"


def _remove(_review: IdentityReview, act: Act) -> str:
    remove_document(
        document=act.given["document"], reason=act.reason, actor=_user(act), now=act.now
    )
    return "已撤下，不算在清单里，也不导出"


def _submit(review: IdentityReview, act: Act) -> str:
    submit_to_college(review=review, actor=_user(act), now=act.now)
    return "已送学院核实"


def _convene(review: IdentityReview, act: Act) -> str:
    convene_panel(review=review, actor=_user(act), now=act.now)
    return "已交专家组，成员登录后提出意见"


def _file(review: IdentityReview, act: Act) -> str:
    file_with_province(
        review=review,
        filing_no=act.given["filing_no"],
        filing_date=act.given["filing_date"],
        actor=_user(act),
        now=act.now,
    )
    return "已登记备案"


def _propose(review: IdentityReview, act: Act) -> str:
    propose_end(
        review=review,
        kind=ReviewEndKind(act.given["kind"]),
        reason=act.reason,
        actor=_user(act),
        now=act.now,
    )
    return "已提出，请另一位经办人核对后确认；现在什么都没变"


def _waiting(review: IdentityReview) -> ReviewEnd:
    return ReviewEnd.objects.select_related("review__record").get(
        pk=getattr(end_waiting(review), "pk", 0)
    )


def _confirm(review: IdentityReview, act: Act) -> str:
    done = decide_end(
        end=_waiting(review), action=ReviewEndAction.CONFIRM, actor=_user(act), now=act.now
    )
    return f"已办结：{done.get_state_display()}，学生会收到通知"


def _drop(review: IdentityReview, act: Act) -> str:
    decide_end(end=_waiting(review), action=ReviewEndAction.DROP, actor=_user(act), now=act.now)
    return "没有采用，接着核实"


def _preview_end(review: IdentityReview, _act: Act) -> Sequence[Panel]:
    return [end_panel(review)]


def _preview_kinds(review: IdentityReview, act: Act) -> Sequence[Panel]:
    kinds = end_kinds(_user(act), review)
    return [
        facts(
            "现在可以这样办结",
            [(kind.label, "可以" if kind in kinds else "还不行") for kind in ReviewEndKind],
        )
    ]


def _export(review: IdentityReview, act: Act) -> CaseArchive:
    return case_archive(
        review=review,
        reason=act.reason,
        is_marked=act.given["is_marked"],
        actor=_user(act),
        now=act.now,
    )


REVIEW_DEEDS: tuple[Deed, ...] = (
    Deed(
        name="add-paper",
        label="存入材料",
        form=PaperForm,
        lead="图片会重新编码，去掉拍摄信息；文件加密保存，打开都有记录。",
        is_offered=lambda review, act: allowed(
            check_can_add_document, _user(act), review, now=act.now
        ),
        run=_add,
    ),
    Deed(
        name="seat",
        label="指定人员",
        form=SeatForm,
        lead="只有指定的人看得到这件复核。学院核实人要在学生所在学院任职；专家要是学校的工作账号。",
        is_offered=_is_open,
        run=_seat,
    ),
    Deed(
        name="submit",
        label=ReviewAction.SUBMIT.label,
        form=NothingForm,
        lead="必交的材料齐了、学院核实人指定了，才能送。",
        is_offered=_can(ReviewAction.SUBMIT),
        run=_submit,
    ),
    Deed(
        name="convene",
        label=ReviewAction.CONVENE.label,
        form=NothingForm,
        lead="先指定一位组长、至少两位成员。成员各自提出意见，组长提交结论和会议纪要。",
        is_offered=_can(ReviewAction.CONVENE),
        run=_convene,
    ),
    Deed(
        name="file",
        label=ReviewAction.FILE.label,
        form=FilingForm,
        lead="省级同意备案以后，照着回执填。",
        is_offered=_can(ReviewAction.FILE),
        run=_file,
    ),
    Deed(
        name="propose-end",
        label="提出办结",
        form=EndForm,
        lead="你是第一位。另一位经办人确认以后才办结。",
        is_offered=lambda review, act: bool(end_kinds(_user(act), review)),
        preview=_preview_kinds,
        run=_propose,
    ),
    Deed(
        name="confirm-end",
        label=ReviewEndAction.CONFIRM.label,
        form=NothingForm,
        lead="你是第二位。确认后马上生效，学生会收到通知；指定的人不再看得到。",
        is_offered=_can_end(ReviewEndAction.CONFIRM),
        preview=_preview_end,
        run=_confirm,
        is_danger=True,
    ),
    Deed(
        name="drop-end",
        label=ReviewEndAction.DROP.label,
        form=NothingForm,
        is_offered=_can_end(ReviewEndAction.DROP),
        preview=_preview_end,
        run=_drop,
    ),
    Deed(
        name="export",
        label="导出案卷",
        form=ExportForm,
        lead="ZIP，文件名按材料规则。案卷保密，报送完请删除本地的副本。",
        is_offered=_has_papers,
        run=cast("Callable[[IdentityReview, Act], str]", _export),
    ),
    Deed(
        name="remove-paper",
        label="撤下材料",
        form=RemovePaperForm,
        lead="传错了时用。文件留到保留期满，不算在清单里，也不导出。",
        is_offered=lambda review, act: _is_open(review, act) and _has_papers(review, act),
        run=_remove,
    ),
    Deed(
        name="end-seat",
        label="终止指定",
        form=EndSeatForm,
        is_offered=lambda review, act: (
            _is_open(review, act) and review.seats.filter(ended_at=None).exists()
        ),
        run=_end_seat,
    ),
)
