"""What the audit trail's actions and details are called; a test compares the list with the source."""

from common.admin import AUDIT_LABELS, DETAIL_LABELS

AUDIT_LABELS.update(
    {
        # accounts
        "account.discarded": "删除未验证的账号",
        "identity.declared": "确认实名信息",
        "identity.revealed": "查看完整实名信息",
        "number.searched": "按证件号码查找",
        "role.granted": "授予全校角色",
        "role.ended": "终止全校角色",
        "user.revealed": "查看账号联系方式",
        # enrollment
        "assignment.appointed": "任命",
        "assignment.cancelled": "取消任命",
        "assignment.ended": "终止任职",
        "binding.made": "绑定学籍",
        "binding.refused": "绑定没有成功",
        "binding.removed": "解除绑定",
        "record.amended": "更正学籍",
        "record.revealed": "查看完整证件号码",
        "school.changed": "修改学校",
        "school.created": "新建学校",
        # imaging
        "campaign.created": "新建校对批次",
        "campaign.deadlines_moved": "移动校对批次的时间",
        "campaign.extended": "批准延期",
        "campaign.member_added": "加入校对批次",
        "campaign.member_removed": "移出校对批次",
        "campaign.members_proposed": "按届加入批次成员",
        "photoprofile.changed": "修改照片标准",
        "photoprofile.created": "新建照片标准",
        "verification.concluded": "提交校对结论",
        "verification.reopened": "重新开放校对",
        "verification.withdrawn": "撤回校对结论",
        # corrections
        "correction.applied": "勘误：已更正",
        "correction.opened": "勘误：建单",
        "correction.refused": "勘误：不予采纳",
        "correction.resubmitted": "勘误：重新提交",
        "correction.revealed": "勘误：查看完整号码",
        "correction.returned": "勘误：退回补充",
        "correction.taken": "勘误：受理",
        "correction.withdrawn": "勘误：学生撤回",
        "sheet.exported": "导出反馈表",
    }
)
DETAIL_LABELS.update(
    {
        "name": "姓名",
        "id_type": "证件类型",
        "number": "号码",
        "held": "占用号码",
        "contact": "联系方式",
        "role": "角色",
        "from": "原状态",
        "to": "新状态",
        "fields": "字段",
        "campaign": "校对批次",
        "format": "格式",
        "version": "版本",
        "rows": "行数",
        "count": "数量",
        "kind": "种类",
        "kinds": "校对内容",
        "state": "状态",
        "reason": "原因",
        "record": "学籍",
        "old": "原值",
        "new": "新值",
    }
)
