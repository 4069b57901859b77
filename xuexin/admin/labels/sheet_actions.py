"""Names of what is done with class feedback sheets."""

from common.admin import AUDIT_LABELS, DETAIL_LABELS, DETAIL_VALUES
from corrections.states import SheetState, SignerRole

AUDIT_LABELS.update(
    {
        "sheet.begun": "反馈表：起一版",
        "sheet.frozen": "反馈表：定稿",
        "sheet.taken_back": "反馈表：收回定稿",
        "sheet.signed": "反馈表：辅导员签名",
        "sheet.sealed": "反馈表：学院审核盖章",
        "sheet.submitted": "反馈表：上交",
        "sheet.announced": "反馈表：告知教务处上交情况",
        "sheet.accepted": "反馈表：接收",
        "sheet.returned": "反馈表：退回",
        "sheet.renewed": "反馈表：另起一版",
        "sheet.remarked": "反馈表：写备注",
        "sheet.remark_removed": "反馈表：删备注",
        "sheet.proxy_recorded": "反馈表：登记代签",
        "sheet.proxy_removed": "反馈表：删代签",
        "sheet.found_stale": "反馈表：发现有变化",
        "sheet.found_fresh": "反馈表：又和数据一致",
        "sheet.hand_in_reopened": "反馈表：允许补交",
        "sheetorder.changed": "修改反馈表排序",
        "sheetorder.created": "设置反馈表排序",
    }
)

DETAIL_LABELS.update(
    {
        "sheet_from": "原状态",
        "sheet_to": "新状态",
        "signer_role": "以什么身份",
        "deputy": "代理",
        "class_group": "班级编号",
    }
)
DETAIL_VALUES.update(
    {
        "sheet_from": dict(SheetState.choices),
        "sheet_to": dict(SheetState.choices),
        "signer_role": dict(SignerRole.choices),
    }
)
