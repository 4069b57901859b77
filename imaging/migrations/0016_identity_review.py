import common.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("common", "0004_files_in_clear"),
        ("enrollment", "0011_room_for_marks"),
        ("imaging", "0015_pipeline"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ReviewImport",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("file_name", models.CharField(max_length=255, verbose_name="文件名")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("UPLOADED", "已上传"),
                            ("STAGED", "已检查"),
                            ("REFUSED", "有错误，未导入"),
                            ("APPLYING", "导入中"),
                            ("APPLIED", "已导入"),
                            ("DISCARDED", "已放弃"),
                        ],
                        max_length=12,
                        verbose_name="状态",
                    ),
                ),
                ("due_at", models.DateTimeField(verbose_name="材料交齐的期限")),
                ("created_at", models.DateTimeField(verbose_name="上传时间")),
                ("created_by", models.CharField(max_length=100, verbose_name="上传人")),
                ("applied_at", models.DateTimeField(null=True, verbose_name="导入时间")),
                ("applied_by", models.CharField(blank=True, max_length=100, verbose_name="导入人")),
                (
                    "school",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="review_imports",
                        to="enrollment.school",
                        verbose_name="学校",
                    ),
                ),
            ],
            options={
                "verbose_name": "比对结果导入",
                "verbose_name_plural": "比对结果导入",
            },
        ),
        migrations.CreateModel(
            name="ReviewImportRow",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("row_no", models.PositiveIntegerField(verbose_name="行")),
                ("student_no", models.CharField(max_length=50, verbose_name="学号")),
                (
                    "result",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("NOT_PASSED", "未通过"),
                            ("UNCERTAIN", "不确定"),
                            ("ABNORMAL", "异常"),
                            ("PASSED", "通过"),
                        ],
                        max_length=10,
                        verbose_name="结果",
                    ),
                ),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("OPEN", "立案"),
                            ("AGAIN", "记入在办的案子"),
                            ("NOTHING", "不用办"),
                            ("ERROR", "有错误，不导入"),
                        ],
                        max_length=10,
                        verbose_name="处理",
                    ),
                ),
                ("finding", models.CharField(blank=True, max_length=300, verbose_name="说明")),
                (
                    "record",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="enrollment.studentrecord",
                        verbose_name="学籍",
                    ),
                ),
                (
                    "review_import",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="rows",
                        to="imaging.reviewimport",
                        verbose_name="比对结果导入",
                    ),
                ),
            ],
            options={
                "verbose_name": "比对结果的行",
                "verbose_name_plural": "比对结果的行",
            },
        ),
        migrations.CreateModel(
            name="ReviewRules",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveSmallIntegerField(verbose_name="第几版")),
                ("basis", models.CharField(blank=True, max_length=200, verbose_name="依据")),
                ("hides", models.JSONField(default=list, verbose_name="暂不显示学籍的结果")),
                (
                    "folder_rule",
                    models.CharField(
                        default="{学号}_{姓名}", max_length=80, verbose_name="文件夹命名"
                    ),
                ),
                (
                    "file_rule",
                    models.CharField(
                        default="{学号}_{姓名}_{序号}{材料}", max_length=80, verbose_name="文件命名"
                    ),
                ),
                ("created_at", models.DateTimeField(verbose_name="建立时间")),
                ("created_by", models.CharField(max_length=100, verbose_name="建立人")),
                (
                    "school",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="review_rules",
                        to="enrollment.school",
                        verbose_name="学校",
                    ),
                ),
            ],
            options={
                "verbose_name": "复核材料规则",
                "verbose_name_plural": "复核材料规则",
            },
        ),
        migrations.CreateModel(
            name="ReviewDocumentRule",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("position", models.PositiveSmallIntegerField(verbose_name="序号")),
                ("title", models.CharField(max_length=30, verbose_name="材料")),
                (
                    "need",
                    models.CharField(
                        choices=[
                            ("ALWAYS", "必交"),
                            ("PANEL", "专家组核查时必交"),
                            ("OPTIONAL", "有就交"),
                        ],
                        max_length=10,
                        verbose_name="要求",
                    ),
                ),
                ("most", models.PositiveSmallIntegerField(default=1, verbose_name="最多几份")),
                ("hint", models.CharField(blank=True, max_length=100, verbose_name="说明")),
                (
                    "rules",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="documents",
                        to="imaging.reviewrules",
                        verbose_name="规则",
                    ),
                ),
            ],
            options={
                "verbose_name": "复核材料",
                "verbose_name_plural": "复核材料",
            },
        ),
        migrations.CreateModel(
            name="IdentityReview",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "result",
                    models.CharField(
                        choices=[
                            ("NOT_PASSED", "未通过"),
                            ("UNCERTAIN", "不确定"),
                            ("ABNORMAL", "异常"),
                            
                        ],
                        max_length=10,
                        verbose_name="比对结果",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("COLLECTING", "收集材料"),
                            ("AT_COLLEGE", "等学院核实"),
                            ("CONFIRMED", "学院已核实"),
                            ("PANEL", "专家组核查"),
                            ("AGREED", "专家组已有结论"),
                            ("FILED", "已备案"),
                            ("RELEASED", "已解除"),
                            ("UPHELD", "没有通过复核"),
                        ],
                        default="COLLECTING",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("hid_record", models.BooleanField(default=False, verbose_name="学籍因此暂不显示")),
                ("opened_at", models.DateTimeField(verbose_name="立案时间")),
                ("opened_by", models.CharField(max_length=100, verbose_name="立案人")),
                ("due_at", models.DateTimeField(verbose_name="材料交齐的期限")),
                (
                    "compared_again",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("NOT_PASSED", "未通过"),
                            ("UNCERTAIN", "不确定"),
                            ("ABNORMAL", "异常"),
                            ("PASSED", "通过"),
                        ],
                        max_length=10,
                        verbose_name="重新比对结果",
                    ),
                ),
                ("compared_at", models.DateTimeField(null=True, verbose_name="重新比对导入时间")),
                (
                    "compared_by",
                    models.CharField(blank=True, max_length=100, verbose_name="重新比对导入人"),
                ),
                (
                    "college_opinion",
                    common.fields.EncryptedTextField(null=True, verbose_name="学院核实意见"),
                ),
                (
                    "college_name",
                    models.CharField(blank=True, max_length=50, verbose_name="学院核实人姓名"),
                ),
                ("confirmed_at", models.DateTimeField(null=True, verbose_name="学院核实时间")),
                (
                    "confirmed_by",
                    models.CharField(blank=True, max_length=100, verbose_name="学院核实人"),
                ),
                (
                    "panel_opinion",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("SAME", "是本人"),
                            ("NOT_SAME", "不是本人"),
                            ("UNCLEAR", "现有材料不能确定"),
                        ],
                        max_length=10,
                        verbose_name="专家组结论",
                    ),
                ),
                (
                    "minutes",
                    common.fields.EncryptedTextField(null=True, verbose_name="专家组会议纪要"),
                ),
                ("met_date", models.DateField(null=True, verbose_name="专家组开会日期")),
                ("agreed_at", models.DateTimeField(null=True, verbose_name="专家组结论时间")),
                (
                    "agreed_by",
                    models.CharField(blank=True, max_length=100, verbose_name="专家组结论提交人"),
                ),
                ("filing_no", models.CharField(blank=True, max_length=50, verbose_name="备案号")),
                ("filing_date", models.DateField(null=True, verbose_name="备案日期")),
                ("filed_at", models.DateTimeField(null=True, verbose_name="登记备案时间")),
                (
                    "filed_by",
                    models.CharField(blank=True, max_length=100, verbose_name="登记备案人"),
                ),
                ("closed_at", models.DateTimeField(null=True, verbose_name="办结时间")),
                ("closed_by", models.CharField(blank=True, max_length=100, verbose_name="办结人")),
                (
                    "record",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="identity_reviews",
                        to="enrollment.studentrecord",
                        verbose_name="学籍",
                    ),
                ),
                (
                    "rules",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reviews",
                        to="imaging.reviewrules",
                        verbose_name="材料规则",
                    ),
                ),
            ],
            options={
                "verbose_name": "身份复核",
                "verbose_name_plural": "身份复核",
            },
        ),
        migrations.CreateModel(
            name="ReviewSeat",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("COLLEGE", "学院核实人"),
                            ("CHAIR", "专家组组长"),
                            ("MEMBER", "专家组成员"),
                        ],
                        max_length=10,
                        verbose_name="角色",
                    ),
                ),
                ("name", models.CharField(max_length=50, verbose_name="姓名")),
                ("named_at", models.DateTimeField(verbose_name="指定时间")),
                ("named_by", models.CharField(max_length=100, verbose_name="指定人")),
                ("ended_at", models.DateTimeField(null=True, verbose_name="终止时间")),
                ("ended_by", models.CharField(blank=True, max_length=100, verbose_name="终止人")),
                (
                    "opinion",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("SAME", "是本人"),
                            ("NOT_SAME", "不是本人"),
                            ("UNCLEAR", "现有材料不能确定"),
                        ],
                        max_length=10,
                        verbose_name="意见",
                    ),
                ),
                ("grounds", common.fields.EncryptedTextField(null=True, verbose_name="理由")),
                ("given_at", models.DateTimeField(null=True, verbose_name="提出意见时间")),
                (
                    "given_by",
                    models.CharField(blank=True, max_length=100, verbose_name="提出意见人"),
                ),
                (
                    "review",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="seats",
                        to="imaging.identityreview",
                        verbose_name="身份复核",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="review_seats",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="账号",
                    ),
                ),
            ],
            options={
                "verbose_name": "复核指定人员",
                "verbose_name_plural": "复核指定人员",
            },
        ),
        migrations.CreateModel(
            name="ReviewStep",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "action",
                    models.CharField(
                        choices=[
                            ("SUBMIT", "送学院核实"),
                            ("RETURN", "退回补材料"),
                            ("CONFIRM", "学院核实无误"),
                            ("CONVENE", "交专家组核查"),
                            ("AGREE", "提交专家组结论"),
                            ("FILE", "登记备案"),
                            ("RELEASE", "解除"),
                            ("UPHOLD", "认定没有通过"),
                        ],
                        max_length=10,
                        verbose_name="动作",
                    ),
                ),
                ("note", common.fields.EncryptedTextField(null=True, verbose_name="说明")),
                ("acted_at", models.DateTimeField(verbose_name="时间")),
                ("acted_by", models.CharField(max_length=100, verbose_name="操作人")),
                (
                    "review",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="steps",
                        to="imaging.identityreview",
                        verbose_name="身份复核",
                    ),
                ),
            ],
            options={
                "verbose_name": "复核办理记录",
                "verbose_name_plural": "复核办理记录",
            },
        ),
        migrations.CreateModel(
            name="ReviewDocument",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("added_at", models.DateTimeField(verbose_name="上传时间")),
                ("added_by", models.CharField(max_length=100, verbose_name="上传人")),
                ("removed_at", models.DateTimeField(null=True, verbose_name="撤下时间")),
                ("removed_by", models.CharField(blank=True, max_length=100, verbose_name="撤下人")),
                (
                    "removed_reason",
                    models.CharField(blank=True, max_length=300, verbose_name="撤下理由"),
                ),
                (
                    "file",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="review_document",
                        to="common.storedfile",
                        verbose_name="文件",
                    ),
                ),
                (
                    "review",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="documents",
                        to="imaging.identityreview",
                        verbose_name="身份复核",
                    ),
                ),
                (
                    "rule",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="files",
                        to="imaging.reviewdocumentrule",
                        verbose_name="材料",
                    ),
                ),
            ],
            options={
                "verbose_name": "复核材料文件",
                "verbose_name_plural": "复核材料文件",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("removed_at", None), ("removed_by", ""), ("removed_reason", "")
                            ),
                            models.Q(
                                ("removed_at__isnull", False),
                                models.Q(("removed_by", ""), _negated=True),
                                models.Q(("removed_reason", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="imaging_reviewdocument_removed_whole",
                        violation_error_message="撤下要同时有时间、操作人和理由",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ReviewEnd",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("PASSED", "重新比对通过，解除"),
                            ("AGREED", "省级同意备案，解除"),
                            ("MISTAKEN", "比对结果导入有误，解除"),
                            ("NOT_SAME", "不是本人，没有通过复核"),
                        ],
                        max_length=10,
                        verbose_name="怎样办结",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("PROPOSED", "提出了，等第二人确认"),
                            ("DONE", "两人一致，办结"),
                            ("DROPPED", "没有采用"),
                        ],
                        default="PROPOSED",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                (
                    "seen_state",
                    models.CharField(
                        choices=[
                            ("COLLECTING", "收集材料"),
                            ("AT_COLLEGE", "等学院核实"),
                            ("CONFIRMED", "学院已核实"),
                            ("PANEL", "专家组核查"),
                            ("AGREED", "专家组已有结论"),
                            ("FILED", "已备案"),
                            ("RELEASED", "已解除"),
                            ("UPHELD", "没有通过复核"),
                        ],
                        max_length=10,
                        verbose_name="提出时的状态",
                    ),
                ),
                ("reason", common.fields.EncryptedTextField(verbose_name="理由")),
                ("proposed_at", models.DateTimeField(verbose_name="提出时间")),
                ("proposed_by", models.CharField(max_length=100, verbose_name="提出人")),
                ("decided_at", models.DateTimeField(null=True, verbose_name="决定时间")),
                ("decided_by", models.CharField(blank=True, max_length=100, verbose_name="决定人")),
                (
                    "decider",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="review_ends_decided",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="决定账号",
                    ),
                ),
                (
                    "proposer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="review_ends_proposed",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="提出账号",
                    ),
                ),
                (
                    "review",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="ends",
                        to="imaging.identityreview",
                        verbose_name="身份复核",
                    ),
                ),
            ],
            options={
                "verbose_name": "复核办结意见",
                "verbose_name_plural": "复核办结意见",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("kind__in", ["PASSED", "AGREED", "MISTAKEN", "NOT_SAME"])
                        ),
                        name="imaging_reviewend_kind",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["PROPOSED", "DONE", "DROPPED"])),
                        name="imaging_reviewend_state",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "seen_state__in",
                                [
                                    "COLLECTING",
                                    "AT_COLLEGE",
                                    "CONFIRMED",
                                    "PANEL",
                                    "AGREED",
                                    "FILED",
                                    "RELEASED",
                                    "UPHELD",
                                ],
                            )
                        ),
                        name="imaging_reviewend_seen_state",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "PROPOSED")),
                        fields=("review",),
                        name="imaging_reviewend_one_open",
                        violation_error_message="这件复核已经有一份办结意见等第二人确认",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "DONE"), _negated=True),
                            models.Q(("decider", models.F("proposer")), _negated=True),
                            _connector="OR",
                        ),
                        name="imaging_reviewend_two_people",
                        violation_error_message="提出办结和确认办结不能是同一个人",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("decided_at", None),
                                ("decided_by", ""),
                                ("decider", None),
                                ("state", "PROPOSED"),
                            ),
                            models.Q(
                                models.Q(("state", "PROPOSED"), _negated=True),
                                ("decided_at__isnull", False),
                                ("decider__isnull", False),
                                models.Q(("decided_by", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="imaging_reviewend_decided_whole",
                        violation_error_message="决定了的要有决定人和时间",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ReviewHandler",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=50, verbose_name="姓名")),
                ("named_at", models.DateTimeField(verbose_name="指定时间")),
                ("named_by", models.CharField(max_length=100, verbose_name="指定人")),
                ("ended_at", models.DateTimeField(null=True, verbose_name="终止时间")),
                ("ended_by", models.CharField(blank=True, max_length=100, verbose_name="终止人")),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="review_posts",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="账号",
                    ),
                ),
            ],
            options={
                "verbose_name": "复核经办人",
                "verbose_name_plural": "复核经办人",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at", None)),
                        fields=("user",),
                        name="imaging_reviewhandler_once",
                        violation_error_message="已经是复核经办人",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ended_at", None), ("ended_by", "")),
                            models.Q(
                                ("ended_at__isnull", False),
                                models.Q(("ended_by", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="imaging_reviewhandler_ended_whole",
                        violation_error_message="终止要同时有时间和操作人",
                    ),
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="reviewimport",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "state__in",
                        ["UPLOADED", "STAGED", "REFUSED", "APPLYING", "APPLIED", "DISCARDED"],
                    )
                ),
                name="imaging_reviewimport_state",
            ),
        ),
        migrations.AddConstraint(
            model_name="reviewimport",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("applied_at__isnull", False),
                        ("state", "APPLIED"),
                        models.Q(("applied_by", ""), _negated=True),
                    ),
                    models.Q(
                        models.Q(("state", "APPLIED"), _negated=True),
                        ("applied_at", None),
                        ("applied_by", ""),
                    ),
                    _connector="OR",
                ),
                name="imaging_reviewimport_applied_whole",
                violation_error_message="已导入的要有导入时间和导入人，别的状态不能有",
            ),
        ),
        migrations.AddConstraint(
            model_name="reviewimportrow",
            constraint=models.UniqueConstraint(
                fields=("review_import", "row_no"), name="imaging_reviewimportrow_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="reviewimportrow",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("result__in", ["", "NOT_PASSED", "UNCERTAIN", "ABNORMAL", "PASSED"])
                ),
                name="imaging_reviewimportrow_result",
            ),
        ),
        migrations.AddConstraint(
            model_name="reviewimportrow",
            constraint=models.CheckConstraint(
                condition=models.Q(("outcome__in", ["OPEN", "AGAIN", "NOTHING", "ERROR"])),
                name="imaging_reviewimportrow_outcome",
            ),
        ),
        migrations.AddConstraint(
            model_name="reviewimportrow",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("outcome", "ERROR"),
                    models.Q(("record__isnull", False), models.Q(("result", ""), _negated=True)),
                    _connector="OR",
                ),
                name="imaging_reviewimportrow_found",
                violation_error_message="没有错误的行要有学籍和结果",
            ),
        ),
        migrations.AddConstraint(
            model_name="reviewrules",
            constraint=models.UniqueConstraint(
                fields=("school", "number"),
                name="imaging_reviewrules_number",
                violation_error_message="这所学校刚刚有了新的一版规则，请刷新再看",
            ),
        ),
        migrations.AddConstraint(
            model_name="reviewdocumentrule",
            constraint=models.UniqueConstraint(
                fields=("rules", "position"), name="imaging_reviewdocumentrule_position"
            ),
        ),
        migrations.AddConstraint(
            model_name="reviewdocumentrule",
            constraint=models.UniqueConstraint(
                fields=("rules", "title"),
                name="imaging_reviewdocumentrule_title",
                violation_error_message="同一份清单里材料不能重名",
            ),
        ),
        migrations.AddConstraint(
            model_name="reviewdocumentrule",
            constraint=models.CheckConstraint(
                condition=models.Q(("need__in", ["ALWAYS", "PANEL", "OPTIONAL"])),
                name="imaging_reviewdocumentrule_need",
            ),
        ),
        migrations.AddConstraint(
            model_name="reviewdocumentrule",
            constraint=models.CheckConstraint(
                condition=models.Q(("most__gte", 1), ("most__lte", 10)),
                name="imaging_reviewdocumentrule_most",
                violation_error_message="一项材料最多 1 到 10 份",
            ),
        ),
        migrations.AddConstraint(
            model_name="identityreview",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "state__in",
                        [
                            "COLLECTING",
                            "AT_COLLEGE",
                            "CONFIRMED",
                            "PANEL",
                            "AGREED",
                            "FILED",
                            "RELEASED",
                            "UPHELD",
                        ],
                    )
                ),
                name="imaging_identityreview_state",
            ),
        ),
        migrations.AddConstraint(
            model_name="identityreview",
            constraint=models.CheckConstraint(
                condition=models.Q(("result__in", ["ABNORMAL", "NOT_PASSED", "UNCERTAIN"])),
                name="imaging_identityreview_result",
            ),
        ),
        migrations.AddConstraint(
            model_name="identityreview",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("compared_again__in", ["", "NOT_PASSED", "UNCERTAIN", "ABNORMAL", "PASSED"])
                ),
                name="imaging_identityreview_compared_again",
            ),
        ),
        migrations.AddConstraint(
            model_name="identityreview",
            constraint=models.CheckConstraint(
                condition=models.Q(("panel_opinion__in", ["", "SAME", "NOT_SAME", "UNCLEAR"])),
                name="imaging_identityreview_panel_opinion",
            ),
        ),
        migrations.AddConstraint(
            model_name="identityreview",
            constraint=models.UniqueConstraint(
                condition=models.Q(
                    (
                        "state__in",
                        ["AGREED", "AT_COLLEGE", "COLLECTING", "CONFIRMED", "FILED", "PANEL"],
                    )
                ),
                fields=("record",),
                name="imaging_identityreview_one_open",
                violation_error_message="这份学籍已有一个没办结的身份复核",
            ),
        ),
        migrations.AddConstraint(
            model_name="identityreview",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("compared_again", ""), ("compared_at", None), ("compared_by", "")),
                    models.Q(
                        models.Q(("compared_again", ""), _negated=True),
                        ("compared_at__isnull", False),
                        models.Q(("compared_by", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="imaging_identityreview_compared_whole",
                violation_error_message="重新比对的结果、时间和导入人要么都有，要么都没有",
            ),
        ),
        migrations.AddConstraint(
            model_name="identityreview",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("college_name", ""), ("confirmed_at", None), ("confirmed_by", "")),
                    models.Q(
                        ("confirmed_at__isnull", False),
                        models.Q(("confirmed_by", ""), _negated=True),
                        models.Q(("college_name", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="imaging_identityreview_confirmed_whole",
                violation_error_message="学院核实要有姓名、时间和账号",
            ),
        ),
        migrations.AddConstraint(
            model_name="identityreview",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("agreed_at", None),
                        ("agreed_by", ""),
                        ("met_date", None),
                        ("panel_opinion", ""),
                    ),
                    models.Q(
                        models.Q(("panel_opinion", ""), _negated=True),
                        ("agreed_at__isnull", False),
                        ("met_date__isnull", False),
                        models.Q(("agreed_by", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="imaging_identityreview_agreed_whole",
                violation_error_message="专家组结论要有开会日期、时间和提交人",
            ),
        ),
        migrations.AddConstraint(
            model_name="identityreview",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("filed_at", None),
                        ("filed_by", ""),
                        ("filing_date", None),
                        ("filing_no", ""),
                    ),
                    models.Q(
                        ("filed_at__isnull", False),
                        ("filing_date__isnull", False),
                        ("state__in", ["FILED", "RELEASED", "UPHELD"]),
                        models.Q(("filing_no", ""), _negated=True),
                        models.Q(("filed_by", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="imaging_identityreview_filed_whole",
                violation_error_message="备案要有备案号、日期、时间和登记人",
            ),
        ),
        migrations.AddConstraint(
            model_name="identityreview",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("closed_at", None),
                        ("closed_by", ""),
                        (
                            "state__in",
                            ["AGREED", "AT_COLLEGE", "COLLECTING", "CONFIRMED", "FILED", "PANEL"],
                        ),
                    ),
                    models.Q(
                        models.Q(
                            (
                                "state__in",
                                [
                                    "AGREED",
                                    "AT_COLLEGE",
                                    "COLLECTING",
                                    "CONFIRMED",
                                    "FILED",
                                    "PANEL",
                                ],
                            ),
                            _negated=True,
                        ),
                        ("closed_at__isnull", False),
                        models.Q(("closed_by", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="imaging_identityreview_closed_whole",
                violation_error_message="办结的要有办结时间和办结人，没办结的不能有",
            ),
        ),
        migrations.AddConstraint(
            model_name="reviewseat",
            constraint=models.CheckConstraint(
                condition=models.Q(("role__in", ["COLLEGE", "CHAIR", "MEMBER"])),
                name="imaging_reviewseat_role",
            ),
        ),
        migrations.AddConstraint(
            model_name="reviewseat",
            constraint=models.CheckConstraint(
                condition=models.Q(("opinion__in", ["", "SAME", "NOT_SAME", "UNCLEAR"])),
                name="imaging_reviewseat_opinion",
            ),
        ),
        migrations.AddConstraint(
            model_name="reviewseat",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at", None)),
                fields=("review", "user"),
                name="imaging_reviewseat_once",
                violation_error_message="这个人在这件复核里已经有角色",
            ),
        ),
        migrations.AddConstraint(
            model_name="reviewseat",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at", None), ("role__in", ["CHAIR", "COLLEGE"])),
                fields=("review", "role"),
                name="imaging_reviewseat_one_head",
                violation_error_message="组长和学院核实人各只有一位，先终止原来的",
            ),
        ),
        migrations.AddConstraint(
            model_name="reviewseat",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("ended_at", None), ("ended_by", "")),
                    models.Q(
                        ("ended_at__isnull", False), models.Q(("ended_by", ""), _negated=True)
                    ),
                    _connector="OR",
                ),
                name="imaging_reviewseat_ended_whole",
                violation_error_message="终止要同时有时间和操作人",
            ),
        ),
        migrations.AddConstraint(
            model_name="reviewseat",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("given_at", None), ("given_by", ""), ("opinion", "")),
                    models.Q(
                        models.Q(("opinion", ""), _negated=True),
                        ("given_at__isnull", False),
                        models.Q(("given_by", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="imaging_reviewseat_given_whole",
                violation_error_message="意见要有时间和提出人",
            ),
        ),
        migrations.AddConstraint(
            model_name="reviewstep",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "action__in",
                        [
                            "SUBMIT",
                            "RETURN",
                            "CONFIRM",
                            "CONVENE",
                            "AGREE",
                            "FILE",
                            "RELEASE",
                            "UPHOLD",
                        ],
                    )
                ),
                name="imaging_reviewstep_action",
            ),
        ),
    ]
