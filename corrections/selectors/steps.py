"""The way of a case in words: what was done, and what comes next."""

from corrections.states import RequestAction, RequestState

__all__ = ["DONE_STEPS", "NEXT_STEPS", "SAD_ENDS"]

DONE_STEPS: dict[str, str] = {
    RequestAction.SUBMIT: "提交",
    RequestAction.REDRAFT: "拿回修改",
    RequestAction.COLLEGE_TAKE: "学院受理",
    RequestAction.FORWARD: "学院核实，报教务处",
    RequestAction.TAKE: "教务处受理",
    RequestAction.PULL: "教务处直接受理",
    RequestAction.RETURN: "退回补充",
    RequestAction.RESUBMIT: "已补充，重新提交",
    RequestAction.TO_PROVINCE: "报省里审批",
    RequestAction.APPROVE: "省里已批准",
    RequestAction.PROVINCE_REFUSE: "省里没有批准",
    RequestAction.TO_ORIGIN: "转生源地更正",
    RequestAction.TO_VENDOR: "转采集单位处理",
    RequestAction.TO_RECAPTURE: "安排重拍",
    RequestAction.RESUME: "教务处继续核实",
    RequestAction.APPLY: "已更正",
    RequestAction.REFUSE: "未采纳",
    RequestAction.RECHECK: "请你复核",
    RequestAction.CLOSE: "已办结",
    RequestAction.DISAGREE: "不认可答复，意见已记下",
    RequestAction.WITHDRAW: "已撤回",
    RequestAction.UNTAKE: "教务处撤回了受理",
    RequestAction.UNDECIDE: "教务处撤回了上一步，继续核实",
    RequestAction.UNANSWER: "登记的省里答复有误，已撤回",
}
NEXT_STEPS: dict[str, tuple[tuple[str, str], ...]] = {
    RequestState.DRAFT: (("now", "写完，提交"), ("todo", "学院核实"), ("todo", "教务处核实")),
    RequestState.SUBMITTED: (("now", "等受理"), ("todo", "核实后答复")),
    RequestState.COLLEGE_REVIEW: (("now", "学院核实中"), ("todo", "教务处核实"), ("todo", "答复")),
    RequestState.OFFICE_REVIEW: (("now", "教务处核实中"), ("todo", "答复")),
    RequestState.AWAITING_PROVINCE: (("now", "等省里批复"), ("todo", "更正"), ("todo", "复核")),
    RequestState.APPROVED: (("now", "等教务处更正"), ("todo", "复核")),
    RequestState.AWAITING_ORIGIN: (
        ("now", "等生源地招考机构更正"),
        ("todo", "教务处继续核实"),
        ("todo", "答复"),
    ),
    RequestState.AWAITING_VENDOR: (("now", "等采集单位处理"), ("todo", "答复")),
    RequestState.RECAPTURE: (("now", "等你重拍"), ("todo", "换上新照片"), ("todo", "复核")),
    RequestState.RETURNED: (("now", "等补充材料"), ("todo", "继续核实")),
    RequestState.APPLIED: (("now", "等复核"),),
    RequestState.RECHECK: (("now", "再核对一次"), ("todo", "办结")),
}
SAD_ENDS = frozenset({RequestAction.REFUSE, RequestAction.PROVINCE_REFUSE, RequestAction.WITHDRAW})
