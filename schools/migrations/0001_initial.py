import django.core.validators
import django.db.models.deletion
import django.utils.timezone
import schools.ethnic_groups
import schools.models.classes
import schools.models.imports
import schools.models.schools
import core.validity
import simple_history.models
import uuid
from django.conf import settings
from django.contrib.postgres.operations import BtreeGistExtension
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        # The no-overlap rules compare plain keys inside a range index; a no-op off PostgreSQL.
        BtreeGistExtension(),
        migrations.CreateModel(
            name='Area',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('valid_from', models.DateField(verbose_name='valid from')),
                ('valid_to', models.DateField(blank=True, null=True, verbose_name='valid until (not included)')),
                ('level', models.PositiveSmallIntegerField(choices=[(1, 'Province'), (2, 'District'), (3, 'Commune'), (4, 'Village')], verbose_name='level')),
                ('kind', models.CharField(choices=[('tinh', 'province'), ('huyen', 'rural district'), ('thanh_pho', 'city'), ('cum', 'cluster'), ('xa', 'commune'), ('phuong', 'ward'), ('thi_tran', 'township'), ('ban', 'village')], max_length=10, verbose_name='kind')),
                ('code', models.CharField(max_length=10, verbose_name='code')),
                ('name', models.CharField(max_length=100, verbose_name='name')),
                ('decree', models.CharField(blank=True, max_length=100, verbose_name='by decree')),
                ('parent', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='children', to='schools.area', verbose_name='lies in')),
            ],
            options={
                'verbose_name': 'area',
                'verbose_name_plural': 'areas',
            },
        ),
        migrations.CreateModel(
            name='AreaDesignation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('valid_from', models.DateField(verbose_name='valid from')),
                ('valid_to', models.DateField(blank=True, null=True, verbose_name='valid until (not included)')),
                ('kind', models.CharField(choices=[('dbkk', 'Especially difficult (region III)'), ('border', 'Border commune')], max_length=10, verbose_name='kind')),
                ('decree', models.CharField(blank=True, max_length=100, verbose_name='by decree')),
                ('area', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='designations', to='schools.area')),
            ],
            options={
                'verbose_name': 'designation',
                'verbose_name_plural': 'designations',
            },
        ),
        migrations.CreateModel(
            name='ClusterMembership',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('valid_from', models.DateField(verbose_name='valid from')),
                ('valid_to', models.DateField(blank=True, null=True, verbose_name='valid until (not included)')),
                ('cluster', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='cluster_members', to='schools.area')),
                ('commune', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='cluster_memberships', to='schools.area')),
            ],
            options={
                'verbose_name': 'cluster membership',
                'verbose_name_plural': 'cluster memberships',
            },
        ),
        migrations.CreateModel(
            name='HistoricalPupil',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('ministry_id', models.CharField(blank=True, db_index=True, max_length=10, null=True, validators=[django.core.validators.RegexValidator('^\\d{10}$', 'The ministry identifier has exactly 10 digits.')], verbose_name='ministry identifier')),
                ('citizen_id', models.CharField(blank=True, db_index=True, max_length=12, null=True, validators=[django.core.validators.RegexValidator('^\\d{12}$', 'The personal number has exactly 12 digits.')], verbose_name='personal number')),
                ('full_name', models.CharField(max_length=100, verbose_name='full name')),
                ('sex', models.CharField(choices=[('F', 'Female'), ('M', 'Male')], max_length=1, verbose_name='sex')),
                ('birth_date', models.DateField(verbose_name='date of birth')),
                ('ethnic_group', models.CharField(choices=schools.ethnic_groups.choices, max_length=2, verbose_name='ethnic group')),
                ('home_address', models.CharField(blank=True, max_length=200, verbose_name='village, address')),
                ('guardian_name', models.CharField(blank=True, max_length=100, verbose_name='parent or guardian')),
                ('guardian_phone', models.CharField(blank=True, max_length=20, verbose_name='phone')),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_change_reason', models.TextField(null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('home', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='schools.area', verbose_name='home commune')),
            ],
            options={
                'verbose_name': 'historical pupil',
                'verbose_name_plural': 'historical pupils',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='HistoricalSchool',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('valid_from', models.DateField(verbose_name='valid from')),
                ('valid_to', models.DateField(blank=True, null=True, verbose_name='valid until (not included)')),
                ('code', models.CharField(db_index=True, max_length=20, verbose_name='ministry code')),
                ('name', models.CharField(max_length=150, verbose_name='name')),
                ('levels', models.CharField(max_length=20, validators=[schools.models.schools.validate_levels], verbose_name='levels taught')),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_change_reason', models.TextField(null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'historical school',
                'verbose_name_plural': 'historical schools',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='Pupil',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('ministry_id', models.CharField(blank=True, max_length=10, null=True, unique=True, validators=[django.core.validators.RegexValidator('^\\d{10}$', 'The ministry identifier has exactly 10 digits.')], verbose_name='ministry identifier')),
                ('citizen_id', models.CharField(blank=True, max_length=12, null=True, unique=True, validators=[django.core.validators.RegexValidator('^\\d{12}$', 'The personal number has exactly 12 digits.')], verbose_name='personal number')),
                ('full_name', models.CharField(max_length=100, verbose_name='full name')),
                ('name_key', models.CharField(editable=False, max_length=300)),
                ('search_key', models.CharField(editable=False, max_length=120)),
                ('sex', models.CharField(choices=[('F', 'Female'), ('M', 'Male')], max_length=1, verbose_name='sex')),
                ('birth_date', models.DateField(verbose_name='date of birth')),
                ('ethnic_group', models.CharField(choices=schools.ethnic_groups.choices, max_length=2, verbose_name='ethnic group')),
                ('home_address', models.CharField(blank=True, max_length=200, verbose_name='village, address')),
                ('guardian_name', models.CharField(blank=True, max_length=100, verbose_name='parent or guardian')),
                ('guardian_phone', models.CharField(blank=True, max_length=20, verbose_name='phone')),
                ('home', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='pupils_at_home', to='schools.area', verbose_name='home commune')),
            ],
            options={
                'verbose_name': 'pupil',
                'verbose_name_plural': 'pupils',
                'ordering': ['name_key', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='Rule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('valid_from', models.DateField(verbose_name='valid from')),
                ('valid_to', models.DateField(blank=True, null=True, verbose_name='valid until (not included)')),
                ('key', models.CharField(max_length=60, verbose_name='rule')),
                ('level', models.CharField(blank=True, choices=[('MN', 'Preschool'), ('TH', 'Primary'), ('THCS', 'Lower secondary'), ('THPT', 'Upper secondary')], default='', max_length=4, verbose_name='education level')),
                ('value', models.DecimalField(decimal_places=4, max_digits=12, verbose_name='value')),
                ('source', models.CharField(blank=True, max_length=200, verbose_name='source')),
            ],
            options={
                'verbose_name': 'rule',
                'verbose_name_plural': 'rules',
                'constraints': [core.validity.NoOverlap(name='rule_does_not_overlap', same=['key', 'level'], violation_error_code='overlap', violation_error_message='This overlaps another period of the same thing. End the other one first.'), models.CheckConstraint(condition=models.Q(('valid_to', None), ('valid_to__gt', models.F('valid_from')), _connector='OR'), name='rule_ends_after_it_begins')],
            },
        ),
        migrations.CreateModel(
            name='School',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('valid_from', models.DateField(verbose_name='valid from')),
                ('valid_to', models.DateField(blank=True, null=True, verbose_name='valid until (not included)')),
                ('code', models.CharField(max_length=20, unique=True, verbose_name='ministry code')),
                ('name', models.CharField(max_length=150, verbose_name='name')),
                ('levels', models.CharField(max_length=20, validators=[schools.models.schools.validate_levels], verbose_name='levels taught')),
            ],
            options={
                'verbose_name': 'school',
                'verbose_name_plural': 'schools',
                'ordering': ['name', 'pk'],
                'constraints': [models.CheckConstraint(condition=models.Q(('valid_to', None), ('valid_to__gt', models.F('valid_from')), _connector='OR'), name='school_ends_after_it_begins')],
            },
        ),
        migrations.CreateModel(
            name='Placement',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('valid_from', models.DateField(verbose_name='valid from')),
                ('valid_to', models.DateField(blank=True, null=True, verbose_name='valid until (not included)')),
                ('commune', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='placements', to='schools.area')),
                ('school', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='placements', to='schools.school')),
            ],
            options={
                'verbose_name': 'placement',
                'verbose_name_plural': 'placements',
            },
        ),
        migrations.CreateModel(
            name='SchoolClass',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=30, verbose_name='class name')),
                ('level', models.CharField(choices=[('MN', 'Preschool'), ('TH', 'Primary'), ('THCS', 'Lower secondary'), ('THPT', 'Upper secondary')], max_length=4, verbose_name='education level')),
                ('grades', models.CharField(max_length=20, validators=[schools.models.classes.validate_grades], verbose_name='grades')),
                ('sessions', models.CharField(choices=[('am', 'Mornings'), ('pm', 'Afternoons'), ('am,pm', 'Mornings and afternoons')], default='am', max_length=5, verbose_name='sessions')),
                ('school', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='classes', to='schools.school')),
            ],
            options={
                'verbose_name': 'class',
                'verbose_name_plural': 'classes',
                'ordering': ['school_id', 'year_id', 'name'],
            },
        ),
        migrations.CreateModel(
            name='HistoricalEnrolment',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('valid_from', models.DateField(verbose_name='valid from')),
                ('valid_to', models.DateField(blank=True, null=True, verbose_name='valid until (not included)')),
                ('grade', models.SmallIntegerField(choices=[(-4, 'Nursery'), (-3, 'Age 3'), (-2, 'Age 4'), (-1, 'Age 5'), (1, '1'), (2, '2'), (3, '3'), (4, '4'), (5, '5'), (6, '6'), (7, '7'), (8, '8'), (9, '9'), (10, '10'), (11, '11'), (12, '12')], verbose_name='grade')),
                ('sex', models.CharField(choices=[('F', 'Female'), ('M', 'Male')], editable=False, max_length=1, verbose_name='sex')),
                ('ethnic_group', models.CharField(choices=schools.ethnic_groups.choices, editable=False, max_length=2, verbose_name='ethnic group')),
                ('semi_boarder', models.BooleanField(default=False, verbose_name='semi-boarder')),
                ('entry_reason', models.CharField(choices=[('start', 'On roll when the year began'), ('in', 'Moved here from another school'), ('new', 'Started school late'), ('return', 'Came back after dropping out'), ('class', 'Changed class in the school')], default='start', max_length=6, verbose_name='came because')),
                ('exit_reason', models.CharField(blank=True, choices=[('out', 'Moved to another school'), ('dropout', 'Dropped out'), ('class', 'Changed class in the school'), ('completed', 'Finished the school year'), ('other', 'Other reason')], default='', max_length=9, verbose_name='left because')),
                ('dropout_cause', models.CharField(blank=True, choices=[('poverty', 'Poor family'), ('learning', 'Weak in learning'), ('distance', 'Far from school, hard road'), ('disaster', 'Natural disaster or epidemic'), ('marriage', 'Early marriage'), ('work', 'Went to work or followed parents'), ('harvest', 'Farm work'), ('health', 'Health'), ('other', 'Other')], default='', max_length=8, verbose_name='cause of dropout')),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_change_reason', models.TextField(null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('pupil', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='schools.pupil')),
                ('school', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='schools.school')),
                ('school_class', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='schools.schoolclass')),
            ],
            options={
                'verbose_name': 'historical enrolment',
                'verbose_name_plural': 'historical enrolments',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='Enrolment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('valid_from', models.DateField(verbose_name='valid from')),
                ('valid_to', models.DateField(blank=True, null=True, verbose_name='valid until (not included)')),
                ('grade', models.SmallIntegerField(choices=[(-4, 'Nursery'), (-3, 'Age 3'), (-2, 'Age 4'), (-1, 'Age 5'), (1, '1'), (2, '2'), (3, '3'), (4, '4'), (5, '5'), (6, '6'), (7, '7'), (8, '8'), (9, '9'), (10, '10'), (11, '11'), (12, '12')], verbose_name='grade')),
                ('sex', models.CharField(choices=[('F', 'Female'), ('M', 'Male')], editable=False, max_length=1, verbose_name='sex')),
                ('ethnic_group', models.CharField(choices=schools.ethnic_groups.choices, editable=False, max_length=2, verbose_name='ethnic group')),
                ('semi_boarder', models.BooleanField(default=False, verbose_name='semi-boarder')),
                ('entry_reason', models.CharField(choices=[('start', 'On roll when the year began'), ('in', 'Moved here from another school'), ('new', 'Started school late'), ('return', 'Came back after dropping out'), ('class', 'Changed class in the school')], default='start', max_length=6, verbose_name='came because')),
                ('exit_reason', models.CharField(blank=True, choices=[('out', 'Moved to another school'), ('dropout', 'Dropped out'), ('class', 'Changed class in the school'), ('completed', 'Finished the school year'), ('other', 'Other reason')], default='', max_length=9, verbose_name='left because')),
                ('dropout_cause', models.CharField(blank=True, choices=[('poverty', 'Poor family'), ('learning', 'Weak in learning'), ('distance', 'Far from school, hard road'), ('disaster', 'Natural disaster or epidemic'), ('marriage', 'Early marriage'), ('work', 'Went to work or followed parents'), ('harvest', 'Farm work'), ('health', 'Health'), ('other', 'Other')], default='', max_length=8, verbose_name='cause of dropout')),
                ('pupil', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='spells', to='schools.pupil')),
                ('school', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='spells', to='schools.school')),
                ('school_class', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='spells', to='schools.schoolclass')),
            ],
            options={
                'verbose_name': 'enrolment',
                'verbose_name_plural': 'enrolments',
            },
        ),
        migrations.CreateModel(
            name='SchoolStatus',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('valid_from', models.DateField(verbose_name='valid from')),
                ('valid_to', models.DateField(blank=True, null=True, verbose_name='valid until (not included)')),
                ('kind', models.CharField(choices=[('regular', 'Regular school'), ('PTDTBT', 'Semi-boarding ethnic school'), ('PTDTNT', 'Boarding ethnic school'), ('GDTX', 'Continuing education centre')], max_length=10, verbose_name='type of school')),
                ('decision', models.CharField(blank=True, max_length=100, verbose_name='by decision')),
                ('school', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='statuses', to='schools.school')),
            ],
            options={
                'verbose_name': 'type of school',
                'verbose_name_plural': 'types of school',
            },
        ),
        migrations.CreateModel(
            name='SchoolYear',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('valid_from', models.DateField(verbose_name='valid from')),
                ('valid_to', models.DateField(blank=True, null=True, verbose_name='valid until (not included)')),
                ('code', models.CharField(max_length=9, unique=True, verbose_name='school year')),
            ],
            options={
                'verbose_name': 'school year',
                'verbose_name_plural': 'school years',
                'ordering': ['valid_from'],
                'constraints': [models.CheckConstraint(condition=models.Q(('valid_to__gt', models.F('valid_from')), ('valid_to__isnull', False)), name='school_year_has_an_end'), core.validity.NoOverlap(name='school_years_do_not_overlap', same=[], violation_error_code='overlap', violation_error_message='This overlaps another period of the same thing. End the other one first.')],
            },
        ),
        migrations.AddField(
            model_name='schoolclass',
            name='year',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='classes', to='schools.schoolyear'),
        ),
        migrations.CreateModel(
            name='ImportBatch',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('file', models.FileField(blank=True, upload_to=schools.models.imports.upload_path)),
                ('file_name', models.CharField(max_length=200, verbose_name='file')),
                ('file_hash', models.CharField(max_length=64)),
                ('starts_on', models.DateField(verbose_name='on roll from')),
                ('create_classes', models.BooleanField(default=False, verbose_name='create missing classes')),
                ('state', models.CharField(choices=[('checking', 'Checking the file'), ('ready', 'Ready to save'), ('refused', 'Needs mending'), ('saving', 'Saving'), ('done', 'Saved'), ('failed', 'Stopped by a fault'), ('expired', 'Not saved in time')], default='checking', max_length=8, verbose_name='state')),
                ('heartbeat_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('rows_done', models.PositiveIntegerField(default=0)),
                ('rows_total', models.PositiveIntegerField(default=0)),
                ('created_count', models.PositiveIntegerField(default=0, verbose_name='new')),
                ('changed_count', models.PositiveIntegerField(default=0, verbose_name='changed')),
                ('unchanged_count', models.PositiveIntegerField(default=0, verbose_name='unchanged')),
                ('refused_count', models.PositiveIntegerField(default=0, verbose_name='refused')),
                ('preview', models.JSONField(blank=True, default=dict)),
                ('made_at', models.DateTimeField(auto_now_add=True)),
                ('finished_at', models.DateTimeField(blank=True, null=True)),
                ('made_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='pupil_imports', to=settings.AUTH_USER_MODEL)),
                ('school', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='imports', to='schools.school')),
                ('year', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='imports', to='schools.schoolyear')),
            ],
            options={
                'verbose_name': 'pupil import',
                'verbose_name_plural': 'pupil imports',
                'ordering': ['-made_at'],
            },
        ),
        migrations.CreateModel(
            name='Site',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('valid_from', models.DateField(verbose_name='valid from')),
                ('valid_to', models.DateField(blank=True, null=True, verbose_name='valid until (not included)')),
                ('name', models.CharField(max_length=100, verbose_name='name')),
                ('is_main', models.BooleanField(default=False, verbose_name='main site')),
                ('school', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='sites', to='schools.school')),
                ('village', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='sites', to='schools.area', verbose_name='village')),
            ],
            options={
                'verbose_name': 'site',
                'verbose_name_plural': 'sites',
                'ordering': ['-is_main', 'name', 'pk'],
            },
        ),
        migrations.AddField(
            model_name='schoolclass',
            name='site',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='classes', to='schools.site'),
        ),
        migrations.CreateModel(
            name='HistoricalSchoolClass',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('name', models.CharField(max_length=30, verbose_name='class name')),
                ('level', models.CharField(choices=[('MN', 'Preschool'), ('TH', 'Primary'), ('THCS', 'Lower secondary'), ('THPT', 'Upper secondary')], max_length=4, verbose_name='education level')),
                ('grades', models.CharField(max_length=20, validators=[schools.models.classes.validate_grades], verbose_name='grades')),
                ('sessions', models.CharField(choices=[('am', 'Mornings'), ('pm', 'Afternoons'), ('am,pm', 'Mornings and afternoons')], default='am', max_length=5, verbose_name='sessions')),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_change_reason', models.TextField(null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('school', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='schools.school')),
                ('year', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='schools.schoolyear')),
                ('site', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='schools.site')),
            ],
            options={
                'verbose_name': 'historical class',
                'verbose_name_plural': 'historical classes',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='Succession',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('effective_on', models.DateField(verbose_name='effective on')),
                ('decree', models.CharField(max_length=100, verbose_name='by decree')),
                ('new', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='successions_in', to='schools.area')),
                ('old', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='successions_out', to='schools.area')),
            ],
            options={
                'verbose_name': 'succession',
                'verbose_name_plural': 'successions',
            },
        ),
        migrations.AddIndex(
            model_name='area',
            index=models.Index(fields=['parent', 'valid_from'], name='area_parent_from'),
        ),
        migrations.AddConstraint(
            model_name='area',
            constraint=models.UniqueConstraint(fields=('level', 'code', 'valid_from'), name='area_version_is_unique'),
        ),
        migrations.AddConstraint(
            model_name='area',
            constraint=core.validity.NoOverlap(name='area_versions_do_not_overlap', same=['level', 'code'], violation_error_code='overlap', violation_error_message='This overlaps another period of the same thing. End the other one first.'),
        ),
        migrations.AddConstraint(
            model_name='area',
            constraint=models.CheckConstraint(condition=models.Q(('valid_to', None), ('valid_to__gt', models.F('valid_from')), _connector='OR'), name='area_ends_after_it_begins'),
        ),
        migrations.AddConstraint(
            model_name='area',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('level', 1), ('parent', None)), models.Q(models.Q(('level', 1), _negated=True), models.Q(('parent', None), _negated=True)), _connector='OR'), name='area_has_parent_unless_province'),
        ),
        migrations.AddConstraint(
            model_name='areadesignation',
            constraint=core.validity.NoOverlap(name='designation_does_not_overlap', same=['area', 'kind'], violation_error_code='overlap', violation_error_message='This overlaps another period of the same thing. End the other one first.'),
        ),
        migrations.AddConstraint(
            model_name='areadesignation',
            constraint=models.CheckConstraint(condition=models.Q(('valid_to', None), ('valid_to__gt', models.F('valid_from')), _connector='OR'), name='designation_ends_after_it_begins'),
        ),
        migrations.AddConstraint(
            model_name='clustermembership',
            constraint=core.validity.NoOverlap(name='commune_lies_in_one_cluster', same=['commune'], violation_error_code='overlap', violation_error_message='This overlaps another period of the same thing. End the other one first.'),
        ),
        migrations.AddConstraint(
            model_name='clustermembership',
            constraint=models.CheckConstraint(condition=models.Q(('valid_to', None), ('valid_to__gt', models.F('valid_from')), _connector='OR'), name='cluster_membership_ends_after_it_begins'),
        ),
        migrations.AddIndex(
            model_name='pupil',
            index=models.Index(fields=['search_key'], name='pupil_search_key'),
        ),
        migrations.AddIndex(
            model_name='placement',
            index=models.Index(fields=['commune', 'valid_from'], name='placement_commune_from'),
        ),
        migrations.AddConstraint(
            model_name='placement',
            constraint=core.validity.NoOverlap(name='school_lies_in_one_commune', same=['school'], violation_error_code='overlap', violation_error_message='This overlaps another period of the same thing. End the other one first.'),
        ),
        migrations.AddConstraint(
            model_name='placement',
            constraint=models.CheckConstraint(condition=models.Q(('valid_to', None), ('valid_to__gt', models.F('valid_from')), _connector='OR'), name='placement_ends_after_it_begins'),
        ),
        migrations.AddIndex(
            model_name='enrolment',
            index=models.Index(fields=['school', 'valid_from'], name='enrolment_school_from'),
        ),
        migrations.AddConstraint(
            model_name='enrolment',
            constraint=core.validity.NoOverlap(name='enrolments_of_a_pupil_do_not_overlap', same=['pupil'], violation_error_code='overlap', violation_error_message='This pupil is already on the roll of a class in that time. Let the pupil leave that class first, or choose a later day.'),
        ),
        migrations.AddConstraint(
            model_name='enrolment',
            constraint=models.CheckConstraint(condition=models.Q(('valid_to', None), ('valid_to__gt', models.F('valid_from')), _connector='OR'), name='enrolment_ends_after_it_begins'),
        ),
        migrations.AddConstraint(
            model_name='enrolment',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('exit_reason', ''), ('valid_to', None)), models.Q(models.Q(('valid_to', None), _negated=True), models.Q(('exit_reason', ''), _negated=True)), _connector='OR'), name='enrolment_end_has_a_reason'),
        ),
        migrations.AddConstraint(
            model_name='enrolment',
            constraint=models.CheckConstraint(condition=models.Q(('dropout_cause', ''), ('exit_reason', 'dropout'), _connector='OR'), name='dropout_cause_only_for_dropout'),
        ),
        migrations.AddConstraint(
            model_name='schoolstatus',
            constraint=core.validity.NoOverlap(name='school_has_one_type', same=['school'], violation_error_code='overlap', violation_error_message='This overlaps another period of the same thing. End the other one first.'),
        ),
        migrations.AddConstraint(
            model_name='schoolstatus',
            constraint=models.CheckConstraint(condition=models.Q(('valid_to', None), ('valid_to__gt', models.F('valid_from')), _connector='OR'), name='school_status_ends_after_it_begins'),
        ),
        migrations.AddConstraint(
            model_name='site',
            constraint=models.UniqueConstraint(fields=('school', 'name'), name='site_name_is_unique'),
        ),
        migrations.AddConstraint(
            model_name='site',
            constraint=models.UniqueConstraint(condition=models.Q(('is_main', True)), fields=('school',), name='school_has_one_main_site'),
        ),
        migrations.AddConstraint(
            model_name='site',
            constraint=models.CheckConstraint(condition=models.Q(('valid_to', None), ('valid_to__gt', models.F('valid_from')), _connector='OR'), name='site_ends_after_it_begins'),
        ),
        migrations.AddConstraint(
            model_name='schoolclass',
            constraint=models.UniqueConstraint(fields=('school', 'year', 'name'), name='class_name_is_unique_in_school_year'),
        ),
        migrations.AddConstraint(
            model_name='succession',
            constraint=models.UniqueConstraint(fields=('old', 'new'), name='succession_is_unique'),
        ),
        migrations.AddConstraint(
            model_name='succession',
            constraint=models.CheckConstraint(condition=models.Q(('old', models.F('new')), _negated=True), name='succession_joins_two_versions'),
        ),
    ]
