import common.fields
import django.db.models.deletion
import enrollment.models.organisation
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("common", "0001_initial"),
        ("enrollment", "0005_rescue"),
    ]

    operations = [
        migrations.AddField(
            model_name='school',
            name='freshman_fields',
            field=models.JSONField(default=enrollment.models.organisation.default_freshman_fields, verbose_name='新生快速查询显示的字段'),
        ),
        migrations.AddField(
            model_name='school',
            name='has_freshman_lookup',
            field=models.BooleanField(default=False, verbose_name='开放新生快速查询'),
        ),
        migrations.CreateModel(
            name='RecordClaim',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('given_no', models.CharField(max_length=40, verbose_name='所填学号或考生号')),
                ('given_name', models.CharField(max_length=150, verbose_name='所填姓名')),
                ('former_type', models.CharField(blank=True, choices=[('RESIDENT_ID', '居民身份证'), ('OFFICER_CARD', '军官证'), ('SOLDIER_CARD', '士兵证'), ('CIVIL_CADRE', '文职干部证'), ('RETIRED_MILITARY', '部队离退休证'), ('POLICE_CARD', '警官证'), ('HK_ID', '香港特区护照/身份证明'), ('MACAU_ID', '澳门特区护照/身份证明'), ('HK_MACAU_PERMIT', '港澳居民来往内地通行证'), ('TAIWAN_PERMIT', '台湾居民来往大陆通行证'), ('HMT_RESIDENCE', '港澳台居民居住证'), ('FOREIGN_PERMANENT', '外国人永久居留身份证'), ('PASSPORT', '护照'), ('HOUSEHOLD', '户口簿'), ('OTHER', '其他')], max_length=30, verbose_name='入学时证件类型')),
                ('former_number', common.fields.EncryptedTextField(null=True, verbose_name='入学时证件号码')),
                ('note', common.fields.EncryptedTextField(null=True, verbose_name='说明')),
                ('state', models.CharField(choices=[('OPEN', '等教务处核实'), ('APPROVED', '已绑定'), ('REFUSED', '没有通过'), ('WITHDRAWN', '已撤回')], default='OPEN', max_length=10, verbose_name='状态')),
                ('submitted_at', models.DateTimeField(verbose_name='提交时间')),
                ('submitted_by', models.CharField(max_length=100, verbose_name='提交人')),
                ('due_at', models.DateTimeField(verbose_name='应答复时间')),
                ('answer', common.fields.EncryptedTextField(null=True, verbose_name='答复')),
                ('closed_at', models.DateTimeField(null=True, verbose_name='办结时间')),
                ('closed_by', models.CharField(blank=True, max_length=100, verbose_name='办结人')),
                ('identity', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='record_claims', to='accounts.declaredidentity', verbose_name='实名信息')),
                ('record', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='claims', to='enrollment.studentrecord', verbose_name='认领到的学籍')),
                ('school', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='record_claims', to='enrollment.school', verbose_name='学校')),
            ],
            options={
                'verbose_name': '学籍认领',
                'verbose_name_plural': '学籍认领',
            },
        ),
        migrations.CreateModel(
            name='ClaimEvidence',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('added_at', models.DateTimeField(verbose_name='上传时间')),
                ('added_by', models.CharField(max_length=100, verbose_name='上传人')),
                ('file', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='claim_evidence', to='common.storedfile', verbose_name='文件')),
                ('claim', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='evidence', to='enrollment.recordclaim', verbose_name='学籍认领')),
            ],
            options={
                'verbose_name': '认领的证明材料',
                'verbose_name_plural': '认领的证明材料',
            },
        ),
        migrations.CreateModel(
            name='NotSame',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reason', models.CharField(max_length=300, verbose_name='理由')),
                ('decided_at', models.DateTimeField(verbose_name='认定时间')),
                ('decided_by', models.CharField(max_length=100, verbose_name='认定人')),
                ('identity', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='not_same', to='accounts.declaredidentity', verbose_name='实名信息')),
                ('record', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='not_same', to='enrollment.studentrecord', verbose_name='学籍')),
            ],
            options={
                'verbose_name': '认定不是同一人',
                'verbose_name_plural': '认定不是同一人',
                'constraints': [models.UniqueConstraint(fields=('identity', 'record'), name='enrollment_notsame_pair', violation_error_message='这一对已经认定过不是同一人')],
            },
        ),
        migrations.AddIndex(
            model_name='recordclaim',
            index=models.Index(condition=models.Q(('state', 'OPEN')), fields=['due_at'], name='enrollment_claim_due'),
        ),
        migrations.AddConstraint(
            model_name='recordclaim',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['OPEN', 'APPROVED', 'REFUSED', 'WITHDRAWN'])), name='enrollment_recordclaim_state'),
        ),
        migrations.AddConstraint(
            model_name='recordclaim',
            constraint=models.CheckConstraint(condition=models.Q(('former_type__in', ['', 'RESIDENT_ID', 'OFFICER_CARD', 'SOLDIER_CARD', 'CIVIL_CADRE', 'RETIRED_MILITARY', 'POLICE_CARD', 'HK_ID', 'MACAU_ID', 'HK_MACAU_PERMIT', 'TAIWAN_PERMIT', 'HMT_RESIDENCE', 'FOREIGN_PERMANENT', 'PASSPORT', 'HOUSEHOLD', 'OTHER'])), name='enrollment_recordclaim_former_type'),
        ),
        migrations.AddConstraint(
            model_name='recordclaim',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('former_number', None), ('former_type', '')), models.Q(models.Q(('former_type', ''), _negated=True), ('former_number__isnull', False)), _connector='OR'), name='enrollment_recordclaim_former_whole', violation_error_message='入学时的证件类型和号码要么都有，要么都没有'),
        ),
        migrations.AddConstraint(
            model_name='recordclaim',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'OPEN')), fields=('identity', 'school', 'given_no'), name='enrollment_recordclaim_one_open', violation_error_message='这个学校的这个号码已经在认领了，等教务处答复'),
        ),
        migrations.AddConstraint(
            model_name='recordclaim',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('closed_at', None), ('closed_by', ''), ('state', 'OPEN')), models.Q(models.Q(('state', 'OPEN'), _negated=True), ('closed_at__isnull', False), models.Q(('closed_by', ''), _negated=True)), _connector='OR'), name='enrollment_recordclaim_closed_whole', violation_error_message='办结的认领要有办结时间和办结人，没办结的不能有'),
        ),
        migrations.AddConstraint(
            model_name='recordclaim',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('record__isnull', False), ('state', 'APPROVED')), models.Q(models.Q(('state', 'APPROVED'), _negated=True), ('record', None)), _connector='OR'), name='enrollment_recordclaim_record_when_approved', violation_error_message='通过的认领要有学籍，没通过的不能有'),
        ),
    ]
