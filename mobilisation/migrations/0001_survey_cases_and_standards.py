import core.many_tables
import core.models.workbook_imports
import django.core.validators
import django.db.models.deletion
import django.utils.timezone
import schools.ethnic_groups
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    replaces = [('mobilisation', '0001_household_survey'), ('mobilisation', '0002_following_children'), ('mobilisation', '0003_standards'), ('mobilisation', '0004_assigned_numbers')]

    initial = True

    dependencies = [
        ('accounts', '__first__'),
        ('schools', '0012_names_of_a_survey'),
        ('schools', '0013_transfers_of_pupils'),
    ]

    operations = [
        core.many_tables.CreateTables([
            migrations.CreateModel(
                name='Household',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('village', models.CharField(max_length=100, verbose_name='village')),
                    ('village_key', models.CharField(editable=False, max_length=120, verbose_name='village')),
                    ('village_sort', models.CharField(editable=False, max_length=400, verbose_name='village')),
                    ('form_number', models.CharField(max_length=20, verbose_name='form number')),
                    ('head_name', models.CharField(blank=True, max_length=100, verbose_name='head of household')),
                    ('address', models.CharField(blank=True, max_length=200, verbose_name='address')),
                    ('phone', models.CharField(blank=True, max_length=20, verbose_name='phone')),
                    ('residence', models.CharField(choices=[('perm', 'Permanent residence'), ('temp', 'Temporary residence')], default='perm', max_length=4, verbose_name='kind of residence')),
                    ('commune', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='households', to='schools.area', verbose_name='commune')),
                ],
                options={
                    'verbose_name': 'household',
                    'verbose_name_plural': 'households',
                    'ordering': ['village_sort', 'form_number', 'pk'],
                    'constraints': [models.UniqueConstraint(fields=('commune', 'village_key', 'form_number'), name='form_number_is_unique_in_village')],
                },
            ),
            migrations.CreateModel(
                name='SurveyImport',
                fields=[
                    ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                    ('claimed_at', models.DateTimeField(blank=True, null=True, verbose_name='taken by a job at')),
                    ('heartbeat_at', models.DateTimeField(default=django.utils.timezone.now)),
                    ('rows_done', models.PositiveIntegerField(default=0)),
                    ('rows_total', models.PositiveIntegerField(default=0)),
                    ('problem_code', models.CharField(blank=True, max_length=40, verbose_name='code of the problem')),
                    ('problem_params', models.JSONField(blank=True, default=dict, verbose_name='details of the problem')),
                    ('made_at', models.DateTimeField(auto_now_add=True)),
                    ('finished_at', models.DateTimeField(blank=True, null=True)),
                    ('expires_at', models.DateTimeField(blank=True, null=True)),
                    ('file', models.FileField(blank=True, upload_to=core.models.workbook_imports.upload_path)),
                    ('file_name', models.CharField(max_length=200, verbose_name='file')),
                    ('file_hash', models.CharField(max_length=64)),
                    ('state', models.CharField(choices=[('checking', 'Checking the file'), ('ready', 'Ready to save'), ('refused', 'Needs mending'), ('saving', 'Saving'), ('done', 'Saved'), ('failed', 'Stopped by a fault'), ('cancelled', 'Cancelled on request'), ('expired', 'Not saved in time')], default='checking', max_length=12, verbose_name='state')),
                    ('created_count', models.PositiveIntegerField(default=0, verbose_name='new')),
                    ('changed_count', models.PositiveIntegerField(default=0, verbose_name='changed')),
                    ('unchanged_count', models.PositiveIntegerField(default=0, verbose_name='unchanged')),
                    ('refused_count', models.PositiveIntegerField(default=0, verbose_name='refused')),
                    ('preview', models.JSONField(blank=True, default=dict)),
                    ('year', models.PositiveSmallIntegerField(validators=[django.core.validators.MinValueValidator(2010), django.core.validators.MaxValueValidator(2099)], verbose_name='year of the survey')),
                    ('commune', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='schools.area', verbose_name='commune')),
                    ('made_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='survey_imports', to=settings.AUTH_USER_MODEL)),
                ],
                options={
                    'verbose_name': 'survey import',
                    'verbose_name_plural': 'survey imports',
                    'ordering': ['-made_at'],
                    'abstract': False,
                },
            ),
            migrations.CreateModel(
                name='SurveyPerson',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('full_name', models.CharField(max_length=100, verbose_name='full name')),
                    ('name_key', models.CharField(editable=False, max_length=300)),
                    ('search_key', models.CharField(editable=False, max_length=120)),
                    ('sex', models.CharField(choices=[('F', 'Female'), ('M', 'Male')], max_length=1, verbose_name='sex')),
                    ('birth_year', models.PositiveSmallIntegerField(validators=[django.core.validators.MinValueValidator(1900), django.core.validators.MaxValueValidator(2099)], verbose_name='year of birth')),
                    ('birth_date', models.DateField(blank=True, null=True, verbose_name='date of birth')),
                    ('ethnic_group', models.CharField(choices=schools.ethnic_groups.choices, max_length=2, verbose_name='ethnic group')),
                    ('citizen_id', models.CharField(blank=True, max_length=12, validators=[django.core.validators.RegexValidator('^\\d{12}$', 'The personal number has exactly 12 digits.')], verbose_name='personal number')),
                    ('anonymised_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='made anonymous')),
                ],
                options={
                    'verbose_name': 'person of the survey',
                    'verbose_name_plural': 'persons of the survey',
                    'ordering': ['name_key', 'pk'],
                    'constraints': [models.CheckConstraint(condition=models.Q(('birth_date', None), ('birth_date__year', models.F('birth_year')), _connector='OR'), name='survey_birth_date_is_of_its_year', violation_error_message='The date of birth lies in another year.')],
                },
            ),
            migrations.CreateModel(
                name='Match',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('score', models.PositiveSmallIntegerField(verbose_name='score')),
                    ('confirmed_at', models.DateTimeField(verbose_name='confirmed')),
                    ('confirmed_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='confirmed by')),
                    ('pupil', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='survey_match', to='schools.pupil', verbose_name='pupil')),
                    ('person', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='match', to='mobilisation.surveyperson', verbose_name='person')),
                ],
                options={
                    'verbose_name': 'match with the rolls',
                    'verbose_name_plural': 'matches with the rolls',
                },
            ),
            migrations.CreateModel(
                name='SurveyRound',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('year', models.PositiveSmallIntegerField(validators=[django.core.validators.MinValueValidator(2010), django.core.validators.MaxValueValidator(2099)], verbose_name='year')),
                    ('opened_at', models.DateTimeField(auto_now_add=True, verbose_name='opened')),
                    ('commune', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='survey_rounds', to='schools.area', verbose_name='commune')),
                    ('opened_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='opened by')),
                ],
                options={
                    'verbose_name': 'survey round',
                    'verbose_name_plural': 'survey rounds',
                    'ordering': ['-year', 'commune_id'],
                    'constraints': [models.UniqueConstraint(fields=('commune', 'year'), name='commune_has_one_survey_round_a_year')],
                },
            ),
            migrations.CreateModel(
                name='SurveyEntry',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('is_carried', models.BooleanField(default=False, verbose_name='not asked yet this year')),
                    ('presence', models.CharField(choices=[('lives', 'Lives here'), ('came', 'Moved here'), ('left', 'Moved away'), ('died', 'Deceased')], default='lives', max_length=5, verbose_name='residence status')),
                    ('has_disability', models.BooleanField(default=False, verbose_name='disabled')),
                    ('can_learn', models.BooleanField(default=True, verbose_name='able to learn')),
                    ('grade', models.SmallIntegerField(blank=True, choices=[(-4, 'Nursery'), (-3, 'Age 3'), (-2, 'Age 4'), (-1, 'Age 5'), (1, '1'), (2, '2'), (3, '3'), (4, '4'), (5, '5'), (6, '6'), (7, '7'), (8, '8'), (9, '9'), (10, '10'), (11, '11'), (12, '12')], null=True, verbose_name='attends grade')),
                    ('class_name', models.CharField(blank=True, max_length=30, verbose_name='attends class')),
                    ('school_name', models.CharField(blank=True, max_length=150, verbose_name='attends school')),
                    ('school_code', models.CharField(blank=True, max_length=20, verbose_name='code of the school')),
                    ('finished_level', models.CharField(blank=True, choices=[('MN', 'Preschool'), ('TH', 'Primary'), ('THCS', 'Lower secondary'), ('THPT', 'Upper secondary')], max_length=4, verbose_name='finished level')),
                    ('finished_year', models.PositiveSmallIntegerField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(1900), django.core.validators.MaxValueValidator(2099)], verbose_name='year of finishing')),
                    ('completed_grade', models.SmallIntegerField(blank=True, choices=[(-4, 'Nursery'), (-3, 'Age 3'), (-2, 'Age 4'), (-1, 'Age 5'), (1, '1'), (2, '2'), (3, '3'), (4, '4'), (5, '5'), (6, '6'), (7, '7'), (8, '8'), (9, '9'), (10, '10'), (11, '11'), (12, '12')], null=True, verbose_name='highest grade completed')),
                    ('completed_year', models.PositiveSmallIntegerField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(1900), django.core.validators.MaxValueValidator(2099)], verbose_name='year of completing')),
                    ('dropped_grade', models.SmallIntegerField(blank=True, choices=[(-4, 'Nursery'), (-3, 'Age 3'), (-2, 'Age 4'), (-1, 'Age 5'), (1, '1'), (2, '2'), (3, '3'), (4, '4'), (5, '5'), (6, '6'), (7, '7'), (8, '8'), (9, '9'), (10, '10'), (11, '11'), (12, '12')], null=True, verbose_name='dropped out of grade')),
                    ('dropped_year', models.PositiveSmallIntegerField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(1900), django.core.validators.MaxValueValidator(2099)], verbose_name='year of dropping out')),
                    ('literacy_class', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='attends literacy class')),
                    ('literacy_done', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='literacy class completed')),
                    ('illiterate_again', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='illiterate again at level')),
                    ('household', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='entries', to='mobilisation.household', verbose_name='household')),
                    ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='entries', to='mobilisation.surveyperson', verbose_name='person')),
                    ('survey_round', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='entries', to='mobilisation.surveyround', verbose_name='survey round')),
                ],
                options={
                    'verbose_name': 'entry of the survey',
                    'verbose_name_plural': 'entries of the survey',
                    'constraints': [models.UniqueConstraint(fields=('survey_round', 'person'), name='person_has_one_entry_in_a_round')],
                },
            ),
            migrations.CreateModel(
                name='Proposal',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('score', models.PositiveSmallIntegerField(verbose_name='score')),
                    ('is_certain', models.BooleanField(verbose_name='certain')),
                    ('pupil', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='schools.pupil', verbose_name='pupil')),
                    ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='proposals', to='mobilisation.surveyperson', verbose_name='person')),
                    ('survey_round', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='mobilisation.surveyround', verbose_name='survey round')),
                ],
                options={
                    'verbose_name': 'proposed match',
                    'verbose_name_plural': 'proposed matches',
                    'ordering': ['-score', 'pk'],
                    'constraints': [models.UniqueConstraint(fields=('survey_round', 'person', 'pupil'), name='pair_is_proposed_once_in_a_round')],
                },
            ),
            migrations.CreateModel(
                name='RejectedPair',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='mobilisation.surveyperson', verbose_name='person')),
                    ('pupil', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='schools.pupil', verbose_name='pupil')),
                ],
                options={
                    'verbose_name': 'rejected pair of person and pupil',
                    'verbose_name_plural': 'rejected pairs of persons and pupils',
                    'constraints': [models.UniqueConstraint(fields=('person', 'pupil'), name='pair_is_rejected_once')],
                },
            ),
            migrations.CreateModel(
                name='Campaign',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('village', models.CharField(blank=True, max_length=200, verbose_name='village')),
                    ('held_on', models.DateField(verbose_name='day')),
                    ('who', models.CharField(max_length=300, verbose_name='who took part')),
                    ('households', models.PositiveIntegerField(verbose_name='households asked')),
                    ('children_back', models.PositiveIntegerField(verbose_name='children brought to class')),
                    ('note', models.TextField(blank=True, verbose_name='note')),
                    ('recorded_at', models.DateTimeField(verbose_name='noted at')),
                    ('commune', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='schools.area', verbose_name='commune')),
                    ('recorded_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='noted by')),
                ],
                options={
                    'verbose_name': 'campaign',
                    'verbose_name_plural': 'campaigns',
                    'ordering': ['-held_on', '-pk'],
                },
            ),
            migrations.CreateModel(
                name='ChildCase',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('village', models.CharField(blank=True, max_length=100, verbose_name='village')),
                    ('village_key', models.CharField(blank=True, editable=False, max_length=120, verbose_name='village')),
                    ('village_sort', models.CharField(blank=True, editable=False, max_length=400, verbose_name='village')),
                    ('kind', models.CharField(choices=[('out', 'On no roll'), ('drift', 'Drifting away from class'), ('away', 'Did not come back after a holiday')], max_length=5, verbose_name='why it is followed')),
                    ('state', models.CharField(choices=[('open', 'Being followed'), ('closed', 'Closed')], default='open', max_length=6, verbose_name='state')),
                    ('due_on', models.DateField(verbose_name='deadline')),
                    ('opened_on', models.DateField(verbose_name='opened on')),
                    ('outcome', models.CharField(blank=True, choices=[('returned', 'Came (back) to class'), ('elsewhere', 'Studies elsewhere'), ('moved', 'Moved away'), ('unable', 'Not able to learn'), ('refused', 'Family or child refuses'), ('died', 'Deceased'), ('mistake', 'Opened by mistake')], max_length=9, verbose_name='what came of it')),
                    ('closed_on', models.DateField(blank=True, null=True, verbose_name='since')),
                    ('closing_note', models.TextField(blank=True, verbose_name='note')),
                    ('closed_at', models.DateTimeField(blank=True, null=True, verbose_name='closed at')),
                    ('closed_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='closed by')),
                    ('commune', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='schools.area', verbose_name='commune')),
                    ('opened_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='opened by')),
                    ('owner', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='cases_owned', to=settings.AUTH_USER_MODEL, verbose_name='who answers for it')),
                    ('person', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='cases', to='mobilisation.surveyperson', verbose_name='person of the survey')),
                    ('pupil', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='cases', to='schools.pupil', verbose_name='pupil')),
                ],
                options={
                    'verbose_name': 'case of a child',
                    'verbose_name_plural': 'cases of children',
                    'ordering': ['due_on', 'pk'],
                    'indexes': [models.Index(fields=['commune', 'state'], name='case_commune_state')],
                    'constraints': [models.CheckConstraint(condition=models.Q(('person', None), ('pupil', None), _negated=True), name='case_is_of_a_child'), models.UniqueConstraint(condition=models.Q(('state', 'open')), fields=('person',), name='person_is_followed_in_one_case', violation_error_message='This child is followed already.'), models.UniqueConstraint(condition=models.Q(('state', 'open')), fields=('pupil',), name='pupil_is_followed_in_one_case', violation_error_message='This child is followed already.'), models.CheckConstraint(condition=models.Q(models.Q(('closed_at', None), ('closed_by', None), ('closed_on', None), ('outcome', ''), ('state', 'open')), models.Q(('closed_at__isnull', False), ('closed_by__isnull', False), ('closed_on__isnull', False), ('state', 'closed'), models.Q(('outcome', ''), _negated=True)), _connector='OR'), name='closed_case_has_outcome_day_and_who')],
                },
            ),
            migrations.CreateModel(
                name='CaseCause',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('cause', models.CharField(choices=[('poverty', 'Poor family'), ('learning', 'Weak in learning'), ('distance', 'Far from school, hard road'), ('disaster', 'Natural disaster or epidemic'), ('marriage', 'Early marriage'), ('work', 'Went to work or followed parents'), ('harvest', 'Farm work'), ('health', 'Health'), ('tet', 'Did not come back after the Lunar New Year'), ('other', 'Other')], max_length=8, verbose_name='reason')),
                    ('case', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='causes', to='mobilisation.childcase', verbose_name='case of a child')),
                ],
                options={
                    'verbose_name': 'reason of a case',
                    'verbose_name_plural': 'reasons of cases',
                    'ordering': ['pk'],
                    'constraints': [models.UniqueConstraint(fields=('case', 'cause'), name='cause_stands_once_in_a_case')],
                },
            ),
            migrations.CreateModel(
                name='FamilyVisit',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('made_on', models.DateField(verbose_name='day')),
                    ('way', models.CharField(choices=[('visit', 'Visit at home'), ('call', 'Call')], default='visit', max_length=5, verbose_name='how')),
                    ('who', models.CharField(max_length=200, verbose_name='who went')),
                    ('found', models.TextField(verbose_name='what was found')),
                    ('promise', models.CharField(blank=True, max_length=300, verbose_name='what the family promised')),
                    ('next_on', models.DateField(blank=True, null=True, verbose_name='next time on')),
                    ('recorded_at', models.DateTimeField(verbose_name='noted at')),
                    ('case', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='visits', to='mobilisation.childcase', verbose_name='case of a child')),
                    ('recorded_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='noted by')),
                ],
                options={
                    'verbose_name': 'home visit',
                    'verbose_name_plural': 'home visits',
                    'ordering': ['-made_on', '-pk'],
                    'constraints': [models.CheckConstraint(condition=models.Q(('next_on', None), ('next_on__gte', models.F('made_on')), _connector='OR'), name='next_visit_is_not_before_the_visit', violation_error_message='The next time lies before this one. Choose a later day.')],
                },
            ),
            migrations.CreateModel(
                name='LiteracyTotal',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('year', models.PositiveSmallIntegerField(validators=[django.core.validators.MinValueValidator(2010), django.core.validators.MaxValueValidator(2099)], verbose_name='year')),
                    ('first_age', models.PositiveSmallIntegerField(verbose_name='first age')),
                    ('last_age', models.PositiveSmallIntegerField(verbose_name='last age')),
                    ('people', models.PositiveIntegerField(validators=[django.core.validators.MaxValueValidator(1000000)], verbose_name='people')),
                    ('level_1', models.PositiveIntegerField(verbose_name='literate at level 1')),
                    ('level_2', models.PositiveIntegerField(verbose_name='literate at level 2')),
                    ('entered_at', models.DateTimeField(auto_now=True, verbose_name='entered')),
                    ('commune', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='literacy_totals', to='schools.area', verbose_name='commune')),
                    ('entered_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='entered by')),
                ],
                options={
                    'verbose_name': 'literacy total',
                    'verbose_name_plural': 'literacy totals',
                    'ordering': ['-year', 'commune_id', 'first_age', 'last_age'],
                    'constraints': [models.UniqueConstraint(fields=('commune', 'year', 'first_age', 'last_age'), name='literacy_is_totalled_once_for_ages'), models.CheckConstraint(condition=models.Q(('level_1__lte', models.F('people')), ('level_2__lte', models.F('level_1'))), name='literate_people_are_among_the_people', violation_error_message='Level 2 has no more people than level 1, and level 1 no more than there are.'), models.CheckConstraint(condition=models.Q(('first_age__lte', models.F('last_age'))), name='literacy_ages_are_in_order')],
                },
            ),
            migrations.CreateModel(
                name='AssignedNumber',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('year', models.PositiveSmallIntegerField(validators=[django.core.validators.MinValueValidator(2010), django.core.validators.MaxValueValidator(2099)], verbose_name='year')),
                    ('variant', models.CharField(max_length=20, verbose_name='mobilisation rate')),
                    ('children', models.PositiveIntegerField(validators=[django.core.validators.MaxValueValidator(100000)], verbose_name='children assigned')),
                    ('decision', models.CharField(max_length=100, verbose_name='number of the decision')),
                    ('decided_on', models.DateField(verbose_name='date of the decision')),
                    ('entered_at', models.DateTimeField(auto_now_add=True, verbose_name='entered')),
                    ('commune', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='assigned_numbers', to='schools.area', verbose_name='commune')),
                    ('entered_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='entered by')),
                    ('school', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='assigned_numbers', to='schools.school', verbose_name='school')),
                ],
                options={
                    'verbose_name': 'assigned number of children',
                    'verbose_name_plural': 'assigned numbers of children',
                    'ordering': ['-year', 'commune_id', 'school_id', 'variant'],
                    'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('commune', None), ('school__isnull', False)), models.Q(('commune__isnull', False), ('school', None)), _connector='OR'), name='number_is_assigned_to_commune_or_school'), models.UniqueConstraint(condition=models.Q(('school', None)), fields=('commune', 'year', 'variant'), name='commune_is_assigned_one_number_of_a_rate'), models.UniqueConstraint(condition=models.Q(('commune', None)), fields=('school', 'year', 'variant'), name='school_is_assigned_one_number_of_a_rate')],
                },
            ),
        ]),
    ]
