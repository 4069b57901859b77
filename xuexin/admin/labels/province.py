"""Names of the actions around terms of cases, decisions about many of them, and the province."""

from common.admin import AUDIT_LABELS

AUDIT_LABELS.update(
    {
        "casebatch.applied": "批量办理：确认办理",
        "casebatch.discarded": "批量办理：放弃",
        "casebatch.made": "批量办理：准备清单",
        "casebatch.undone": "批量办理：整批撤销",
        "caseterm.changed": "修改勘误期限",
        "caseterm.created": "登记勘误期限",
        "correction.overdue": "勘误：提醒超期",
        "correction.unanswered": "勘误：撤销登记的省里答复",
        "correction.undecided": "勘误：撤销处理",
        "correction.untaken": "勘误：撤销受理",
        "provinceanswer.started": "省里答复：开始登记",
        "provinceanswer.applied": "省里答复：登记",
        "provinceanswer.discarded": "省里答复：放弃",
        "provinceanswer.undone": "省里答复：撤销登记",
        "provinceanswer.uploaded": "省里答复：上传",
        "provincepack.downloaded": "报省数据包：下载",
        "provincepack.dropped": "报省数据包：作废",
        "provincepack.erased": "报省数据包：销毁文件",
        "provincepack.finished": "报省数据包：都有结果",
        "provincepack.made": "报省数据包：备好",
        "provincepack.reopened": "报省数据包：重新等答复",
        "provincepack.revealed": "勘误和证明材料随报省数据包下载",
    }
)
