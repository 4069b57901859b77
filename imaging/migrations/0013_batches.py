import common.fields
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("common", "0004_files_in_clear"),
        ("enrollment", "0011_room_for_marks"),
        ("imaging", "0012_inspection"),
    ]

    operations = [
        migrations.CreateModel(
            name='BatchFinding',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=40, verbose_name='代码')),
                ('severity', models.CharField(choices=[('ERROR', '错误'), ('WARNING', '提醒')], max_length=8, verbose_name='程度')),
                ('message', models.CharField(max_length=300, verbose_name='说明')),
            ],
            options={
                'verbose_name': '照片检查结果',
                'verbose_name_plural': '照片检查结果',
            },
        ),
        migrations.CreateModel(
            name='BatchItem',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveIntegerField(verbose_name='次序')),
                ('file_name', common.fields.EncryptedTextField(verbose_name='文件名')),
                ('outcome', models.CharField(choices=[('CREATE', '新增照片'), ('REPLACE', '替换照片'), ('WAIT', '收下，留待处理'), ('KNOWN', '已有同一张'), ('REFUSE', '不收的照片'), ('LEFT', '略过的文件'), ('ABSENT', '清单里有、没有文件')], max_length=7, verbose_name='结果')),
                ('content', models.CharField(blank=True, max_length=64, verbose_name='内容摘要')),
                ('sheet_start', models.PositiveIntegerField(default=0, verbose_name='小图起点')),
                ('sheet_bytes', models.PositiveIntegerField(default=0, verbose_name='小图字节数')),
            ],
            options={
                'verbose_name': '批次里的文件',
                'verbose_name_plural': '批次里的文件',
            },
        ),
        migrations.RemoveConstraint(
            model_name='captureentry',
            name='imaging_captureentry_kind',
        ),
        migrations.RemoveConstraint(
            model_name='photobatch',
            name='imaging_photobatch_kind',
        ),
        migrations.RemoveConstraint(
            model_name='photoprofile',
            name='imaging_photoprofile_kind',
        ),
        migrations.RemoveConstraint(
            model_name='photorepair',
            name='imaging_photorepair_photo_kind',
        ),
        migrations.RemoveConstraint(
            model_name='photoversion',
            name='imaging_photoversion_kind',
        ),
        migrations.AddField(
            model_name='captureentry',
            name='found_in',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='found_entries', to='imaging.photobatch', verbose_name='因哪一批对上'),
        ),
        migrations.AddField(
            model_name='photobatch',
            name='keeps_later_work',
            field=models.BooleanField(default=False, verbose_name='有后续办理的保留'),
        ),
        migrations.AddField(
            model_name='photobatch',
            name='kept_count',
            field=models.PositiveIntegerField(default=0, verbose_name='撤销时保留'),
        ),
        migrations.AddField(
            model_name='photobatch',
            name='undo_reason',
            field=models.CharField(blank=True, max_length=300, verbose_name='撤销理由'),
        ),
        migrations.AddField(
            model_name='photobatch',
            name='undo_started_at',
            field=models.DateTimeField(null=True, verbose_name='开始撤销时间'),
        ),
        migrations.AddField(
            model_name='photobatch',
            name='undo_started_by',
            field=models.CharField(blank=True, max_length=100, verbose_name='开始撤销的人'),
        ),
        migrations.AddField(
            model_name='photobatch',
            name='undo_state',
            field=models.CharField(choices=[('NONE', '没有撤销'), ('UNDOING', '撤销中'), ('UNDONE', '已撤销')], default='NONE', max_length=8, verbose_name='撤销'),
        ),
        migrations.AddField(
            model_name='photobatch',
            name='undone_at',
            field=models.DateTimeField(null=True, verbose_name='撤销时间'),
        ),
        migrations.AddField(
            model_name='photobatch',
            name='undone_by',
            field=models.CharField(blank=True, max_length=100, verbose_name='撤销人'),
        ),
        migrations.AlterField(
            model_name='captureentry',
            name='kind',
            field=models.CharField(choices=[('GRADUATION', '毕业照片'), ('ADMISSION', '录取照片'), ('ENROLMENT', '学籍照片')], max_length=12, verbose_name='照片种类'),
        ),
        migrations.AlterField(
            model_name='photobatch',
            name='kind',
            field=models.CharField(choices=[('GRADUATION', '毕业照片'), ('ADMISSION', '录取照片'), ('ENROLMENT', '学籍照片')], max_length=12, verbose_name='照片种类'),
        ),
        migrations.AlterField(
            model_name='photoprofile',
            name='kind',
            field=models.CharField(choices=[('GRADUATION', '毕业照片'), ('ADMISSION', '录取照片'), ('ENROLMENT', '学籍照片')], max_length=12, verbose_name='照片种类'),
        ),
        migrations.AlterField(
            model_name='photorepair',
            name='photo_kind',
            field=models.CharField(choices=[('GRADUATION', '毕业照片'), ('ADMISSION', '录取照片'), ('ENROLMENT', '学籍照片')], max_length=12, verbose_name='照片种类'),
        ),
        migrations.AlterField(
            model_name='photoversion',
            name='kind',
            field=models.CharField(choices=[('GRADUATION', '毕业照片'), ('ADMISSION', '录取照片'), ('ENROLMENT', '学籍照片')], max_length=12, verbose_name='照片种类'),
        ),
        migrations.AddIndex(
            model_name='captureentry',
            index=models.Index(condition=models.Q(('found_in__isnull', False)), fields=['found_in'], name='imaging_entry_found_in'),
        ),
        migrations.AddConstraint(
            model_name='captureentry',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['GRADUATION', 'ADMISSION', 'ENROLMENT'])), name='imaging_captureentry_kind'),
        ),
        migrations.AddConstraint(
            model_name='photobatch',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['GRADUATION', 'ADMISSION', 'ENROLMENT'])), name='imaging_photobatch_kind'),
        ),
        migrations.AddConstraint(
            model_name='photobatch',
            constraint=models.CheckConstraint(condition=models.Q(('undo_state__in', ['NONE', 'UNDOING', 'UNDONE'])), name='imaging_photobatch_undo_state'),
        ),
        migrations.AddConstraint(
            model_name='photobatch',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('undo_started_at', None), ('undo_started_by', ''), ('undo_state', 'NONE')), models.Q(('state', 'APPLIED'), ('undo_started_at__isnull', False), models.Q(('undo_state', 'NONE'), _negated=True), models.Q(('undo_started_by', ''), _negated=True)), _connector='OR'), name='imaging_photobatch_undo_of_applied', violation_error_message='只有已导入的批次能撤销，并且要写明是谁、什么时候开始的'),
        ),
        migrations.AddConstraint(
            model_name='photobatch',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('undo_state', 'UNDONE'), ('undone_at__isnull', False), models.Q(('undone_by', ''), _negated=True)), models.Q(models.Q(('undo_state', 'UNDONE'), _negated=True), ('undone_at', None), ('undone_by', '')), _connector='OR'), name='imaging_photobatch_undone_whole', violation_error_message='已撤销的批次要有撤销时间和撤销人，别的状态不能有'),
        ),
        migrations.AddConstraint(
            model_name='photoprofile',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['GRADUATION', 'ADMISSION', 'ENROLMENT'])), name='imaging_photoprofile_kind'),
        ),
        migrations.AddConstraint(
            model_name='photorepair',
            constraint=models.CheckConstraint(condition=models.Q(('photo_kind__in', ['GRADUATION', 'ADMISSION', 'ENROLMENT'])), name='imaging_photorepair_photo_kind'),
        ),
        migrations.AddConstraint(
            model_name='photoversion',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['GRADUATION', 'ADMISSION', 'ENROLMENT'])), name='imaging_photoversion_kind'),
        ),
        migrations.AddField(
            model_name='batchfinding',
            name='batch',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='findings', to='imaging.photobatch', verbose_name='批次'),
        ),
        migrations.AddField(
            model_name='batchitem',
            name='batch',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='items', to='imaging.photobatch', verbose_name='批次'),
        ),
        migrations.AddField(
            model_name='batchitem',
            name='entry',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='imaging.captureentry', verbose_name='采集信息'),
        ),
        migrations.AddField(
            model_name='batchitem',
            name='record',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='enrollment.studentrecord', verbose_name='学籍'),
        ),
        migrations.AddField(
            model_name='batchitem',
            name='sheet',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='batch_items', to='common.storedfile', verbose_name='小图文件'),
        ),
        migrations.AddField(
            model_name='batchfinding',
            name='item',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='findings', to='imaging.batchitem', verbose_name='文件'),
        ),
        migrations.AddIndex(
            model_name='batchitem',
            index=models.Index(fields=['batch', 'outcome'], name='imaging_batchitem_outcomes'),
        ),
        migrations.AddConstraint(
            model_name='batchitem',
            constraint=models.UniqueConstraint(fields=('batch', 'position'), name='imaging_batchitem_place'),
        ),
        migrations.AddConstraint(
            model_name='batchitem',
            constraint=models.CheckConstraint(condition=models.Q(('outcome__in', ['CREATE', 'REPLACE', 'WAIT', 'KNOWN', 'REFUSE', 'LEFT', 'ABSENT'])), name='imaging_batchitem_outcome'),
        ),
        migrations.AddIndex(
            model_name='batchfinding',
            index=models.Index(fields=['batch', 'code'], name='imaging_batchfinding_kinds'),
        ),
        migrations.AddConstraint(
            model_name='batchfinding',
            constraint=models.CheckConstraint(condition=models.Q(('severity__in', ['ERROR', 'WARNING'])), name='imaging_batchfinding_severity'),
        ),
    ]
