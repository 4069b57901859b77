import common.fields
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('common', '0004_files_in_clear'),
        ('enrollment', '0011_room_for_marks'),
        ('imaging', '0016_identity_review'),
    ]

    operations = [
        migrations.CreateModel(
            name='RegistrationPack',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('graduating_class', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='只要这一届')),
                ('reason', models.CharField(max_length=300, verbose_name='为什么导出')),
                ('state', models.CharField(choices=[('DRAFT', '没生成'), ('BUILDING', '正在生成'), ('READY', '备好，可以下载'), ('FAILED', '没有生成'), ('ERASED', '数据包已销毁'), ('DROPPED', '放弃，不生成')], default='DRAFT', max_length=10, verbose_name='状态')),
                ('created_at', models.DateTimeField(verbose_name='新建时间')),
                ('created_by', models.CharField(max_length=100, verbose_name='新建人')),
                ('started_at', models.DateTimeField(null=True, verbose_name='开始生成时间')),
                ('started_by', models.CharField(blank=True, max_length=100, verbose_name='生成人')),
                ('attempts', models.PositiveSmallIntegerField(default=0, verbose_name='尝试次数')),
                ('heartbeat_at', models.DateTimeField(null=True, verbose_name='最近活动')),
                ('progress', models.PositiveIntegerField(default=0, verbose_name='已处理')),
                ('total', models.PositiveIntegerField(default=0, verbose_name='要处理')),
                ('failure', models.CharField(blank=True, max_length=300, verbose_name='失败原因')),
                ('people', models.PositiveIntegerField(default=0, verbose_name='导出人数')),
                ('left_out', models.PositiveIntegerField(default=0, verbose_name='没有导出的人数')),
                ('digests', models.JSONField(default=dict, verbose_name='文件摘要')),
                ('remarks', models.JSONField(default=list, verbose_name='说明')),
                ('ready_at', models.DateTimeField(null=True, verbose_name='备好时间')),
                ('expires_at', models.DateTimeField(null=True, verbose_name='到期时间')),
                ('erased_at', models.DateTimeField(null=True, verbose_name='销毁时间')),
                ('erased_by', models.CharField(blank=True, max_length=100, verbose_name='销毁人')),
                ('campaign', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='packs', to='imaging.campaign', verbose_name='校对批次')),
                ('file', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='registration_pack', to='common.storedfile', verbose_name='文件')),
                ('school', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='packs', to='enrollment.school', verbose_name='学校')),
            ],
            options={
                'verbose_name': '登记数据包',
                'verbose_name_plural': '登记数据包',
            },
        ),
        migrations.CreateModel(
            name='PackedRecord',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('values_digest', models.CharField(max_length=64, verbose_name='信息摘要')),
                ('photo_sha256', models.CharField(max_length=64, verbose_name='照片摘要')),
                ('photo', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='packed', to='imaging.photoversion', verbose_name='照片版本')),
                ('record', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='packed', to='enrollment.studentrecord', verbose_name='学籍')),
                ('pack', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='packed', to='imaging.registrationpack', verbose_name='登记数据包')),
            ],
            options={
                'verbose_name': '数据包里的学生',
                'verbose_name_plural': '数据包里的学生',
            },
        ),
        migrations.AddConstraint(
            model_name='registrationpack',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['DRAFT', 'BUILDING', 'READY', 'FAILED', 'ERASED', 'DROPPED'])), name='imaging_registrationpack_state'),
        ),
        migrations.AddConstraint(
            model_name='registrationpack',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'BUILDING')), fields=('campaign', 'school'), name='imaging_registrationpack_one_building', violation_error_message='这个批次、这所学校已有一包正在生成'),
        ),
        migrations.AddConstraint(
            model_name='registrationpack',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('started_at', None), ('started_by', '')), models.Q(('started_at__isnull', False), models.Q(('started_by', ''), _negated=True)), _connector='OR'), name='imaging_registrationpack_started_whole', violation_error_message='生成要同时有时间和操作人'),
        ),
        migrations.AddConstraint(
            model_name='registrationpack',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('expires_at__isnull', False), ('file__isnull', False), ('ready_at__isnull', False), ('state__in', ['READY', 'ERASED'])), models.Q(models.Q(('state__in', ['READY', 'ERASED']), _negated=True), ('expires_at', None), ('file', None), ('ready_at', None)), _connector='OR'), name='imaging_registrationpack_ready_whole', violation_error_message='备好的数据包要有文件、备好时间和到期时间'),
        ),
        migrations.AddConstraint(
            model_name='registrationpack',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('erased_at__isnull', False), ('state', 'ERASED'), models.Q(('erased_by', ''), _negated=True)), models.Q(models.Q(('state', 'ERASED'), _negated=True), ('erased_at', None), ('erased_by', '')), _connector='OR'), name='imaging_registrationpack_erased_whole', violation_error_message='销毁的数据包要有时间和操作人'),
        ),
        migrations.AddConstraint(
            model_name='packedrecord',
            constraint=models.UniqueConstraint(fields=('pack', 'record'), name='imaging_packedrecord_once', violation_error_message='这一包里已有这份学籍'),
        ),
        migrations.CreateModel(
            name='PlatformList',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('file_name', models.CharField(max_length=255, verbose_name='文件名')),
                ('file_sha256', models.CharField(max_length=64, verbose_name='文件摘要')),
                ('state', models.CharField(choices=[('UPLOADED', '已上传'), ('STAGED', '已检查'), ('REFUSED', '有错误，未导入'), ('APPLYING', '导入中'), ('APPLIED', '已导入'), ('DISCARDED', '已放弃')], default='STAGED', max_length=12, verbose_name='状态')),
                ('takes_early', models.BooleanField(default=False, verbose_name='本校没核对完的也登记')),
                ('progress', models.PositiveIntegerField(default=0, verbose_name='已处理')),
                ('heartbeat_at', models.DateTimeField(null=True, verbose_name='最近活动')),
                ('created_at', models.DateTimeField(verbose_name='上传时间')),
                ('created_by', models.CharField(max_length=100, verbose_name='上传人')),
                ('applied_at', models.DateTimeField(null=True, verbose_name='登记时间')),
                ('applied_by', models.CharField(blank=True, max_length=100, verbose_name='登记人')),
                ('campaign', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='platform_lists', to='imaging.campaign', verbose_name='校对批次')),
                ('school', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='platform_lists', to='enrollment.school', verbose_name='学校')),
            ],
            options={
                'verbose_name': '平台状态名单',
                'verbose_name_plural': '平台状态名单',
            },
        ),
        migrations.CreateModel(
            name='PlatformRow',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('row_no', models.PositiveIntegerField(verbose_name='行')),
                ('number', models.CharField(max_length=40, verbose_name='名单里的号码')),
                ('status_text', models.CharField(blank=True, max_length=100, verbose_name='平台状态原文')),
                ('status', models.CharField(blank=True, choices=[('REGISTERED', '在籍（注册学籍）'), ('UNREGISTERED', '在籍（未注册）'), ('SUSPENDED', '在籍（休学）'), ('RETAINED', '在籍（保留学籍）'), ('ADMISSION_RETAINED', '保留入学资格'), ('GRADUATED', '不在籍（毕业）'), ('COMPLETED', '不在籍（结业）'), ('INCOMPLETE', '不在籍（肄业）'), ('WITHDRAWN', '不在籍（退学）'), ('TRANSFERRED_OUT', '不在籍（转学）'), ('EXPELLED', '不在籍（开除学籍）'), ('DECEASED', '不在籍（死亡）'), ('CANCELLED', '不在籍（取消学籍）'), ('OTHER', '其他')], max_length=20, verbose_name='平台状态')),
                ('certificate_no', common.fields.EncryptedTextField(blank=True, verbose_name='证书编号')),
                ('conferred_date', models.DateField(null=True, verbose_name='毕（结、肄）业日期')),
                ('finding', models.CharField(choices=[('REGISTER', '可以登记'), ('EARLY', '平台已登记，本校没核对完'), ('SAME', '两边一致'), ('DIFFERENT', '两边不一致'), ('INCOMPLETE', '缺证书编号或日期'), ('UNKNOWN', '没有这名学生'), ('MISMATCH', '号码和姓名对不上'), ('REPEATED', '名单里重复'), ('UNREADABLE', '状态看不懂'), ('ABSENT', '平台名单里没有')], max_length=10, verbose_name='比对结果')),
                ('note', models.CharField(blank=True, max_length=300, verbose_name='说明')),
                ('done_at', models.DateTimeField(null=True, verbose_name='登记时间')),
                ('platform_list', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='rows', to='imaging.platformlist', verbose_name='平台状态名单')),
                ('record', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='platform_rows', to='enrollment.studentrecord', verbose_name='学籍')),
            ],
            options={
                'verbose_name': '平台状态名单的行',
                'verbose_name_plural': '平台状态名单的行',
            },
        ),
        migrations.AddConstraint(
            model_name='platformlist',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['UPLOADED', 'STAGED', 'REFUSED', 'APPLYING', 'APPLIED', 'DISCARDED'])), name='imaging_platformlist_state'),
        ),
        migrations.AddConstraint(
            model_name='platformlist',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'DISCARDED'), _negated=True), fields=('campaign', 'school', 'file_sha256'), name='imaging_platformlist_once', violation_error_message='这份名单已经上传过'),
        ),
        migrations.AddConstraint(
            model_name='platformlist',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('applied_at', None), ('applied_by', '')), models.Q(('applied_at__isnull', False), models.Q(('applied_by', ''), _negated=True)), _connector='OR'), name='imaging_platformlist_applied_whole', violation_error_message='登记时间和登记人要么都有，要么都没有'),
        ),
        migrations.AddIndex(
            model_name='platformrow',
            index=models.Index(fields=['platform_list', 'finding'], name='imaging_platformrow_finding'),
        ),
        migrations.AddConstraint(
            model_name='platformrow',
            constraint=models.UniqueConstraint(condition=models.Q(('row_no__gt', 0)), fields=('platform_list', 'row_no'), name='imaging_platformrow_once', violation_error_message='这份名单里已有这一行'),
        ),
        migrations.AddConstraint(
            model_name='platformrow',
            constraint=models.CheckConstraint(condition=models.Q(('finding__in', ['REGISTER', 'EARLY', 'SAME', 'DIFFERENT', 'INCOMPLETE', 'UNKNOWN', 'MISMATCH', 'REPEATED', 'UNREADABLE', 'ABSENT'])), name='imaging_platformrow_finding'),
        ),
        migrations.AddConstraint(
            model_name='platformrow',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['', 'REGISTERED', 'UNREGISTERED', 'SUSPENDED', 'RETAINED', 'ADMISSION_RETAINED', 'GRADUATED', 'COMPLETED', 'INCOMPLETE', 'WITHDRAWN', 'TRANSFERRED_OUT', 'EXPELLED', 'DECEASED', 'CANCELLED', 'OTHER'])), name='imaging_platformrow_status'),
        ),
    ]
