import common.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import F


def _carry_over(apps, _schema_editor):
    """What was put right before had its second check outside of the case: it is closed."""
    request = apps.get_model("corrections", "CorrectionRequest")
    field = apps.get_model("corrections", "CorrectionField")
    request.objects.filter(state="APPLIED").update(state="CLOSED")
    request.objects.filter(state__in=["CLOSED", "REFUSED"]).update(
        decided_at=F("closed_at"), decided_by=F("closed_by")
    )
    school = apps.get_model("enrollment", "School")
    for pk, names in school.objects.values_list("pk", "key_fields"):
        field.objects.filter(request__record__school=pk, field__in=names).update(is_key=True)


def _take_back(apps, _schema_editor):
    """Closed cases are called put right again; what the former chain cannot hold stops here."""
    request = apps.get_model("corrections", "CorrectionRequest")
    request.objects.filter(state="CLOSED").update(state="APPLIED")


class Migration(migrations.Migration):

    dependencies = [
        ('corrections', '0008_college_prints'),
        ('enrollment', '0011_room_for_marks'),
        ('imaging', '0017_registration'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='CorrectionRules',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveSmallIntegerField(verbose_name='第几版')),
                ('lead', models.TextField(verbose_name='学生填写前看到的话')),
                ('key_fields', models.JSONField(default=list, verbose_name='要报省里审批的字段')),
                ('months', models.JSONField(default=list, verbose_name='受理关键信息的月份')),
                ('final_days', models.PositiveSmallIntegerField(default=0, verbose_name='预计毕业前多少天起不受理关键信息')),
                ('bars_name_with_number', models.BooleanField(default=True, verbose_name='姓名和证件号码不能同时改')),
                ('created_at', models.DateTimeField(verbose_name='建立时间')),
                ('created_by', models.CharField(max_length=100, verbose_name='建立人')),
            ],
            options={
                'verbose_name': '勘误规则',
                'verbose_name_plural': '勘误规则',
            },
        ),
        migrations.CreateModel(
            name='EvidenceRule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveSmallIntegerField(verbose_name='序号')),
                ('field', models.CharField(max_length=40, verbose_name='字段')),
                ('title', models.CharField(max_length=30, verbose_name='材料')),
                ('need', models.CharField(choices=[('ALWAYS', '必交'), ('IF_ANY', '有就交')], max_length=8, verbose_name='要求')),
                ('form', models.CharField(choices=[('IMAGE', '图片'), ('PDF', 'PDF'), ('EITHER', '图片或PDF')], max_length=8, verbose_name='格式')),
                ('megabytes', models.PositiveSmallIntegerField(default=5, verbose_name='最多几 MB')),
                ('hint', models.CharField(blank=True, max_length=100, verbose_name='说明')),
            ],
            options={
                'verbose_name': '证明材料要求',
                'verbose_name_plural': '证明材料要求',
            },
        ),
        migrations.RemoveConstraint(
            model_name='casestay',
            name='corrections_stay_state',
        ),
        migrations.RemoveConstraint(
            model_name='caseterm',
            name='corrections_term_stage',
        ),
        migrations.RemoveConstraint(
            model_name='correctionrequest',
            name='corrections_request_state',
        ),
        migrations.RemoveConstraint(
            model_name='correctionrequest',
            name='corrections_request_one_open',
        ),
        migrations.RemoveConstraint(
            model_name='correctionrequest',
            name='corrections_request_closed_whole',
        ),
        migrations.RemoveConstraint(
            model_name='requeststep',
            name='corrections_step_action',
        ),
        migrations.AddField(
            model_name='correctionfield',
            name='is_key',
            field=models.BooleanField(default=False, verbose_name='关键信息'),
        ),
        migrations.AddField(
            model_name='correctionfield',
            name='refusal',
            field=common.fields.EncryptedTextField(null=True, verbose_name='不采纳的原因'),
        ),
        migrations.AddField(
            model_name='correctionrequest',
            name='approval',
            field=models.CharField(blank=True, max_length=100, verbose_name='批文文号'),
        ),
        migrations.AddField(
            model_name='correctionrequest',
            name='college_agreed_at',
            field=models.DateTimeField(null=True, verbose_name='学院核实时间'),
        ),
        migrations.AddField(
            model_name='correctionrequest',
            name='college_agreed_by',
            field=models.CharField(blank=True, max_length=100, verbose_name='学院核实人'),
        ),
        migrations.AddField(
            model_name='correctionrequest',
            name='college_reviewer',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='college_reviewed_requests', to=settings.AUTH_USER_MODEL, verbose_name='学院核实账号'),
        ),
        migrations.AddField(
            model_name='correctionrequest',
            name='decided_at',
            field=models.DateTimeField(null=True, verbose_name='决定时间'),
        ),
        migrations.AddField(
            model_name='correctionrequest',
            name='decided_by',
            field=models.CharField(blank=True, max_length=100, verbose_name='决定人'),
        ),
        migrations.AddField(
            model_name='correctionrequest',
            name='disagreed_at',
            field=models.DateTimeField(null=True, verbose_name='提出不同意见的时间'),
        ),
        migrations.AddField(
            model_name='correctionrequest',
            name='disagreed_by',
            field=models.CharField(blank=True, max_length=100, verbose_name='提出不同意见的人'),
        ),
        migrations.AddField(
            model_name='correctionrequest',
            name='disagreement',
            field=common.fields.EncryptedTextField(null=True, verbose_name='学生的不同意见'),
        ),
        migrations.AddField(
            model_name='correctionrequest',
            name='first_official',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='reported_requests', to=settings.AUTH_USER_MODEL, verbose_name='第一经办人'),
        ),
        migrations.AddField(
            model_name='correctionrequest',
            name='held_at',
            field=models.DateTimeField(null=True, verbose_name='领取时间'),
        ),
        migrations.AddField(
            model_name='correctionrequest',
            name='held_by',
            field=models.CharField(blank=True, max_length=100, verbose_name='领取人'),
        ),
        migrations.AddField(
            model_name='correctionrequest',
            name='held_until',
            field=models.DateTimeField(null=True, verbose_name='领取有效至'),
        ),
        migrations.AddField(
            model_name='correctionrequest',
            name='holder',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='held_requests', to=settings.AUTH_USER_MODEL, verbose_name='正在办的人'),
        ),
        migrations.AddField(
            model_name='correctionrequest',
            name='private_note',
            field=common.fields.EncryptedTextField(null=True, verbose_name='不公开的原因'),
        ),
        migrations.AddField(
            model_name='evidence',
            name='title',
            field=models.CharField(blank=True, max_length=30, verbose_name='哪种材料'),
        ),
        migrations.AlterField(
            model_name='casestay',
            name='state',
            field=models.CharField(choices=[('DRAFT', '草稿'), ('SUBMITTED', '已提交'), ('COLLEGE_REVIEW', '学院核实中'), ('OFFICE_REVIEW', '教务处核实中'), ('AWAITING_PROVINCE', '等省里批复'), ('APPROVED', '省里已批准'), ('AWAITING_ORIGIN', '等生源地更正'), ('AWAITING_VENDOR', '等采集单位处理'), ('RECAPTURE', '等重拍'), ('RETURNED', '退回补充'), ('APPLIED', '已更正'), ('RECHECK', '已更正，待复核'), ('CLOSED', '已办结'), ('REFUSED', '未采纳'), ('WITHDRAWN', '已撤回')], max_length=20, verbose_name='状态'),
        ),
        migrations.AlterField(
            model_name='caseterm',
            name='stage',
            field=models.CharField(choices=[('SUBMITTED', '已提交'), ('COLLEGE_REVIEW', '学院核实中'), ('OFFICE_REVIEW', '教务处核实中'), ('AWAITING_PROVINCE', '等省里批复'), ('APPROVED', '省里已批准'), ('AWAITING_ORIGIN', '等生源地更正'), ('AWAITING_VENDOR', '等采集单位处理'), ('RECAPTURE', '等重拍'), ('RETURNED', '退回补充'), ('APPLIED', '已更正'), ('RECHECK', '已更正，待复核')], error_messages={'unique': '这个状态的期限已经登记过'}, max_length=20, unique=True, verbose_name='状态'),
        ),
        migrations.AlterField(
            model_name='correctionrequest',
            name='state',
            field=models.CharField(choices=[('DRAFT', '草稿'), ('SUBMITTED', '已提交'), ('COLLEGE_REVIEW', '学院核实中'), ('OFFICE_REVIEW', '教务处核实中'), ('AWAITING_PROVINCE', '等省里批复'), ('APPROVED', '省里已批准'), ('AWAITING_ORIGIN', '等生源地更正'), ('AWAITING_VENDOR', '等采集单位处理'), ('RECAPTURE', '等重拍'), ('RETURNED', '退回补充'), ('APPLIED', '已更正'), ('RECHECK', '已更正，待复核'), ('CLOSED', '已办结'), ('REFUSED', '未采纳'), ('WITHDRAWN', '已撤回')], default='DRAFT', max_length=20, verbose_name='状态'),
        ),
        migrations.AlterField(
            model_name='requeststep',
            name='action',
            field=models.CharField(choices=[('SUBMIT', '提交'), ('REDRAFT', '拿回修改'), ('COLLEGE_TAKE', '学院受理'), ('FORWARD', '报教务处'), ('TAKE', '受理'), ('PULL', '越过学院受理'), ('RETURN', '退回补充'), ('RESUBMIT', '重新提交'), ('TO_PROVINCE', '报省里审批'), ('APPROVE', '登记省里批准'), ('PROVINCE_REFUSE', '登记省里不批'), ('TO_ORIGIN', '转生源地更正'), ('TO_VENDOR', '转采集单位'), ('TO_RECAPTURE', '安排重拍'), ('RESUME', '收回核实'), ('APPLY', '更正并复核'), ('REFUSE', '不予采纳'), ('RECHECK', '请学生复核'), ('CLOSE', '办结'), ('DISAGREE', '不认可答复'), ('WITHDRAW', '撤回')], max_length=20, verbose_name='动作'),
        ),
        migrations.RunPython(_carry_over, _take_back),
        migrations.AddConstraint(
            model_name='casestay',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['DRAFT', 'SUBMITTED', 'COLLEGE_REVIEW', 'OFFICE_REVIEW', 'AWAITING_PROVINCE', 'APPROVED', 'AWAITING_ORIGIN', 'AWAITING_VENDOR', 'RECAPTURE', 'RETURNED', 'APPLIED', 'RECHECK', 'CLOSED', 'REFUSED', 'WITHDRAWN'])), name='corrections_stay_state'),
        ),
        migrations.AddConstraint(
            model_name='caseterm',
            constraint=models.CheckConstraint(condition=models.Q(('stage__in', ['SUBMITTED', 'COLLEGE_REVIEW', 'OFFICE_REVIEW', 'AWAITING_PROVINCE', 'APPROVED', 'AWAITING_ORIGIN', 'AWAITING_VENDOR', 'RECAPTURE', 'RETURNED', 'APPLIED', 'RECHECK'])), name='corrections_term_stage'),
        ),
        migrations.AddConstraint(
            model_name='requeststep',
            constraint=models.CheckConstraint(condition=models.Q(('action__in', ['SUBMIT', 'REDRAFT', 'COLLEGE_TAKE', 'FORWARD', 'TAKE', 'PULL', 'RETURN', 'RESUBMIT', 'TO_PROVINCE', 'APPROVE', 'PROVINCE_REFUSE', 'TO_ORIGIN', 'TO_VENDOR', 'TO_RECAPTURE', 'RESUME', 'APPLY', 'REFUSE', 'RECHECK', 'CLOSE', 'DISAGREE', 'WITHDRAW'])), name='corrections_step_action'),
        ),
        migrations.AddField(
            model_name='correctionrules',
            name='school',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='correction_rules', to='enrollment.school', verbose_name='学校'),
        ),
        migrations.AddField(
            model_name='correctionrequest',
            name='rules',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='requests', to='corrections.correctionrules', verbose_name='当时的规则'),
        ),
        migrations.AddConstraint(
            model_name='correctionrequest',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['DRAFT', 'SUBMITTED', 'COLLEGE_REVIEW', 'OFFICE_REVIEW', 'AWAITING_PROVINCE', 'APPROVED', 'AWAITING_ORIGIN', 'AWAITING_VENDOR', 'RECAPTURE', 'RETURNED', 'APPLIED', 'RECHECK', 'CLOSED', 'REFUSED', 'WITHDRAWN'])), name='corrections_request_state'),
        ),
        migrations.AddConstraint(
            model_name='correctionrequest',
            constraint=models.UniqueConstraint(condition=models.Q(('state__in', ['APPROVED', 'AWAITING_ORIGIN', 'AWAITING_PROVINCE', 'AWAITING_VENDOR', 'COLLEGE_REVIEW', 'OFFICE_REVIEW', 'RECAPTURE', 'RETURNED', 'SUBMITTED'])), fields=('record', 'kind'), name='corrections_request_one_open', violation_error_message='这份学籍已有一个未办结的同类勘误'),
        ),
        migrations.AddConstraint(
            model_name='correctionrequest',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'DRAFT')), fields=('record', 'kind'), name='corrections_request_one_draft', violation_error_message='这份学籍已有一份同类勘误的草稿'),
        ),
        migrations.AddConstraint(
            model_name='correctionrequest',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('held_at', None), ('held_by', ''), ('held_until', None), ('holder', None)), models.Q(('held_at__isnull', False), ('held_until__isnull', False), ('holder__isnull', False), models.Q(('held_by', ''), _negated=True)), _connector='OR'), name='corrections_request_held_whole', violation_error_message='领取的人、时间和期限要么都有，要么都没有'),
        ),
        migrations.AddConstraint(
            model_name='correctionrequest',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('college_agreed_at', None), ('college_agreed_by', ''), ('college_reviewer', None)), models.Q(('college_agreed_at__isnull', False), ('college_reviewer__isnull', False), models.Q(('college_agreed_by', ''), _negated=True)), _connector='OR'), name='corrections_request_college_whole', violation_error_message='学院核实的人和时间要么都有，要么都没有'),
        ),
        migrations.AddConstraint(
            model_name='correctionrequest',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('decided_at__isnull', False), ('state__in', ['APPLIED', 'CLOSED', 'RECHECK', 'REFUSED']), models.Q(('decided_by', ''), _negated=True)), models.Q(models.Q(('state__in', ['APPLIED', 'CLOSED', 'RECHECK', 'REFUSED']), _negated=True), ('decided_at', None), ('decided_by', '')), _connector='OR'), name='corrections_request_decided_whole', violation_error_message='有了决定的勘误要有决定时间和决定人，没有决定的不能有'),
        ),
        migrations.AddConstraint(
            model_name='correctionrequest',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('disagreed_at', None), ('disagreed_by', ''), ('disagreement', None)), models.Q(('disagreed_at__isnull', False), ('disagreement__isnull', False), ('state', 'REFUSED'), models.Q(('disagreed_by', ''), _negated=True)), _connector='OR'), name='corrections_request_disagreed_whole', violation_error_message='只有未采纳的勘误可以记不同意见，意见、时间和人要齐全'),
        ),
        migrations.AddConstraint(
            model_name='correctionrequest',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('closed_at', None), ('closed_by', ''), ('state__in', ['APPLIED', 'APPROVED', 'AWAITING_ORIGIN', 'AWAITING_PROVINCE', 'AWAITING_VENDOR', 'COLLEGE_REVIEW', 'DRAFT', 'OFFICE_REVIEW', 'RECAPTURE', 'RECHECK', 'RETURNED', 'SUBMITTED'])), models.Q(models.Q(('state__in', ['APPLIED', 'APPROVED', 'AWAITING_ORIGIN', 'AWAITING_PROVINCE', 'AWAITING_VENDOR', 'COLLEGE_REVIEW', 'DRAFT', 'OFFICE_REVIEW', 'RECAPTURE', 'RECHECK', 'RETURNED', 'SUBMITTED']), _negated=True), ('closed_at__isnull', False), models.Q(('closed_by', ''), _negated=True)), _connector='OR'), name='corrections_request_closed_whole', violation_error_message='办结的勘误要有办结时间和办结人，没办结的不能有'),
        ),
        migrations.AddField(
            model_name='evidencerule',
            name='rules',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='proofs', to='corrections.correctionrules', verbose_name='规则'),
        ),
        migrations.AddConstraint(
            model_name='correctionrules',
            constraint=models.UniqueConstraint(fields=('school', 'number'), name='corrections_rules_number', violation_error_message='这所学校刚刚有了新的一版规则，请刷新再看'),
        ),
        migrations.AddConstraint(
            model_name='correctionrules',
            constraint=models.CheckConstraint(condition=models.Q(('final_days__lte', 730)), name='corrections_rules_final_days', violation_error_message='最多提前 730 天'),
        ),
        migrations.AddConstraint(
            model_name='evidencerule',
            constraint=models.UniqueConstraint(fields=('rules', 'position'), name='corrections_evidencerule_position'),
        ),
        migrations.AddConstraint(
            model_name='evidencerule',
            constraint=models.UniqueConstraint(fields=('rules', 'field', 'title'), name='corrections_evidencerule_once', violation_error_message='同一个字段的材料不能重名'),
        ),
        migrations.AddConstraint(
            model_name='evidencerule',
            constraint=models.CheckConstraint(condition=models.Q(('need__in', ['ALWAYS', 'IF_ANY'])), name='corrections_evidencerule_need'),
        ),
        migrations.AddConstraint(
            model_name='evidencerule',
            constraint=models.CheckConstraint(condition=models.Q(('form__in', ['IMAGE', 'PDF', 'EITHER'])), name='corrections_evidencerule_form'),
        ),
        migrations.AddConstraint(
            model_name='evidencerule',
            constraint=models.CheckConstraint(condition=models.Q(('megabytes__gte', 1), ('megabytes__lte', 5)), name='corrections_evidencerule_megabytes', violation_error_message='一份材料 1 到 5 MB'),
        ),
    ]
