"""Names of the actions of the graduation audit and of its details."""

from common.admin import AUDIT_LABELS, DETAIL_LABELS, DETAIL_VALUES
from corrections.states.graduation import AuditOutcome, AuditState, ItemState, ResultState

AUDIT_LABELS.update(
    {
        "graduationaudit.closed": "毕业审核：归档",
        "graduationaudit.created": "毕业审核：新建",
        "graduationaudit.deadline_moved": "毕业审核：改学生核对截止",
        "graduationaudit.drawn": "毕业审核：列入学生",
        "graduationaudit.item_added": "毕业审核：加项目",
        "graduationaudit.item_removed": "毕业审核：去掉项目",
        "graduationaudit.listed": "毕业审核：下载",
        "graduationaudit.opened": "毕业审核：开始",
        "graduationaudit.published": "毕业审核：发布公示",
        "graduationaudit.retracted": "毕业审核：撤回公示",
        "auditresult.confirmed": "毕业审核：学生确认清单",
        "auditresult.decided": "毕业审核：审定",
        "auditresult.dropped": "毕业审核：移出",
        "auditresult.mark_imported": "毕业审核：导入项目的结果",
        "auditresult.mark_set": "毕业审核：手工改项目",
        "auditresult.mark_undone": "毕业审核：撤销导入的结果",
        "auditresult.proposed": "毕业审核：学院提出",
        "auditresult.reopened": "毕业审核：重新审核",
        "auditresult.returned": "毕业审核：退回学院",
        "auditresult.viewed": "毕业审核：查看学生的清单",
        "auditobjection.received": "毕业审核异议：收到",
        "auditobjection.rejected": "毕业审核异议：不成立",
        "auditobjection.upheld": "毕业审核异议：成立",
        "auditobjection.viewed": "毕业审核异议：查看",
        "auditobjection.withdrawn": "毕业审核异议：撤回",
        "resultimport.applied": "审核结果名单：导入",
        "resultimport.discarded": "审核结果名单：放弃",
        "resultimport.undone": "审核结果名单：撤销",
        "resultimport.uploaded": "审核结果名单：上传",
        "resultimport.viewed": "审核结果名单：查看",
        "certificate.corrected": "证书：更正领取记录",
        "certificate.fetched": "证书：学院领取",
        "certificate.handed": "证书：发给学生",
        "certificate.printed": "证书：登记印制",
        "certificate.viewed": "证书：查看",
        "certificate.voided": "证书：作废",
        "sanction.entered": "处分：登记",
        "sanction.lift_undone": "处分：撤销登记的解除",
        "sanction.lifted": "处分：登记解除",
        "sanction.listed": "处分：打开清单",
        "sanction.viewed": "处分：打开",
        "sanction.voided": "处分：撤下",
        "sanctionhandler.ended": "终止处分经办人",
        "sanctionhandler.named": "指定处分经办人",
        "sanctionimport.applied": "处分名单：导入",
        "sanctionimport.discarded": "处分名单：放弃",
        "sanctionimport.undone": "处分名单：撤销",
        "sanctionimport.uploaded": "处分名单：上传",
        "sanctionimport.viewed": "处分名单：查看",
    }
)
DETAIL_LABELS.update(
    {
        "audit_outcome": "结果",
        "audit_state": "状态",
        "graduating_class": "届",
        "item": "项目",
        "item_state": "情况",
        "kept": "没有动",
        "result_state": "状态",
        "round_no": "第几轮",
    }
)
DETAIL_VALUES.update(
    {
        "audit_outcome": dict(AuditOutcome.choices),
        "audit_state": dict(AuditState.choices),
        "item_state": dict(ItemState.choices),
        "result_state": dict(ResultState.choices),
    }
)
