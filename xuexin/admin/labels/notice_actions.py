"""Names of the actions about what the office writes and how it works: texts, notices, rehearsals, searches."""

from common.admin import AUDIT_LABELS, DETAIL_LABELS

AUDIT_LABELS.update(
    {
        "announcement.changed": "修改公告",
        "announcement.drafted": "起草公告",
        "announcement.file_added": "公告加附件",
        "announcement.file_removed": "公告拿掉附件",
        "announcement.published": "发布公告",
        "announcement.withdrawn": "撤下公告",
        "rehearsal.wipe_asked": "开始清除演练",
        "rehearsal.wiped": "清除演练完毕",
        "search.dropped": "删掉常用搜索",
        "search.saved": "存下常用搜索",
        "text.changed": "修改消息文字",
        "text.put_back": "消息用回系统的文字",
        "text.restored": "消息文字用回旧版",
    }
)
DETAIL_LABELS.update(
    {
        "is_shared": "共用",
        "listed": "列表",
        "rows": "行数",
        "files": "文件数",
        "wiped": "清除了什么",
    }
)
