"""Which papers the data of a class's sheet are printed as, and a whole college's papers in one file."""

from datetime import timedelta

from django.db import models

from common.workflow import Transition, Workflow, sources

__all__ = ["PRINT", "PRINT_LIVES", "Layout", "PrintAction", "PrintState"]

# Long enough to print it, no longer: it holds the names of a whole college.
PRINT_LIVES = timedelta(days=7)


class Layout(models.TextChoices):
    """版式: layouts of one sheet; all carry the same version."""

    FORM = "FORM", "反馈表"
    ROSTER = "ROSTER", "全班签名表"
    EXCEPTIONS = "EXCEPTIONS", "异常名单"
    STATISTICS = "STATISTICS", "完成情况统计表"
    QUALIFICATION = "QUALIFICATION", "毕业资格审查确认表"


class PrintState(models.TextChoices):
    """全院打印: the papers of all classes of a college in one PDF, on their way."""

    BUILDING = "BUILDING", "正在生成"
    READY = "READY", "备好，可以下载"
    FAILED = "FAILED", "没有生成"
    ERASED = "ERASED", "打印文件已销毁"


class PrintAction(models.TextChoices):
    """Moves of such a file."""

    FINISH = "FINISH", "生成完毕"
    FAIL = "FAIL", "生成失败"
    ERASE = "ERASE", "销毁打印文件"


PRINT = Workflow[PrintState, PrintAction](
    name="college_print",
    initial=PrintState.BUILDING,
    transitions={
        PrintAction.FINISH: Transition(sources(PrintState.BUILDING), PrintState.READY),
        PrintAction.FAIL: Transition(sources(PrintState.BUILDING), PrintState.FAILED),
        PrintAction.ERASE: Transition(sources(PrintState.READY), PrintState.ERASED),
    },
)
