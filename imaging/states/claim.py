"""照片认领: a student says that a photo without a record is the own one; staff decide."""

from django.db import models

from common.workflow import Transition, Workflow, sources


class PhotoClaimState(models.TextChoices):
    """照片认领: waits for the office; ended by its word, by the student, or by events."""

    OPEN = "OPEN", "等教务处核实"
    ACCEPTED = "ACCEPTED", "核实是本人"
    REFUSED = "REFUSED", "没有通过"
    WITHDRAWN = "WITHDRAWN", "已撤回"
    LAPSED = "LAPSED", "照片已经另外办好"


class PhotoClaimAction(models.TextChoices):
    """Moves of a claim on a photo."""

    ACCEPT = "ACCEPT", "是本人，关联照片"
    REFUSE = "REFUSE", "不通过"
    WITHDRAW = "WITHDRAW", "撤回"
    LAPSE = "LAPSE", "照片已经另外办好"


OPEN_PHOTO_CLAIMS = sources(PhotoClaimState.OPEN)

PHOTO_CLAIM = Workflow[PhotoClaimState, PhotoClaimAction](
    name="photo_claim",
    initial=PhotoClaimState.OPEN,
    transitions={
        PhotoClaimAction.ACCEPT: Transition(OPEN_PHOTO_CLAIMS, PhotoClaimState.ACCEPTED),
        PhotoClaimAction.REFUSE: Transition(OPEN_PHOTO_CLAIMS, PhotoClaimState.REFUSED),
        PhotoClaimAction.WITHDRAW: Transition(OPEN_PHOTO_CLAIMS, PhotoClaimState.WITHDRAWN),
        # The photo was matched or voided, or the record has got another one, while the claim waited.
        PhotoClaimAction.LAPSE: Transition(OPEN_PHOTO_CLAIMS, PhotoClaimState.LAPSED),
    },
)
