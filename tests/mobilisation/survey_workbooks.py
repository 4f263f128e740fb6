"""Surveys in Excel and in the small world. Only invented people."""

import io

import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile

from mobilisation.models import Household, SurveyEntry, SurveyPerson, SurveyRound
from mobilisation.survey_import import services as imports
from mobilisation.survey_import.workbook.columns import COLUMNS

HEADINGS = [column.header for column in COLUMNS]
KEYS = [column.key for column in COLUMNS]
CHILD = {
    "village": "Háng Lìa",
    "last_name": "Giàng A",
    "given_name": "Tếnh",
    "day": 3,
    "month": 9,
    "year": 2015,
    "ethnic_group": "Mông",
    "form_number": "001",
}


def survey_row(**cells):
    """A row of the survey in the order of the columns; a boy of 2015 unless told otherwise."""
    values = CHILD | cells
    return [values.get(key, "") for key in KEYS]


def survey_file(*rows, headings=HEADINGS, sheet="DATA"):
    """A workbook as bytes."""
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True})
    page = book.add_worksheet(sheet)
    for line, row in enumerate([headings, *rows]):
        for column, value in enumerate(row):
            if value != "":
                page.write(line, column, value)
    book.close()
    return file.getvalue()


def upload_of(content, name="Phieu dieu tra.xlsx"):
    return SimpleUploadedFile(name, content)


def receive(world, *rows, year=2026, commune=None, content=None):
    """A survey uploaded by the commune officer, and checked."""
    run = imports.receive_survey(
        commune=commune or world.commune_a,
        year=year,
        upload=upload_of(content or survey_file(*rows)),
        by=world.commune_officer,
    )
    imports.check_survey(str(run.pk))
    run.refresh_from_db()
    return run


def save(run):
    assert imports.ask_to_save(run, by=run.made_by), run.preview
    imports.save_survey(str(run.pk))
    run.refresh_from_db()
    return run


def make_round(commune, year=2026):
    return SurveyRound.objects.get_or_create(commune=commune, year=year)[0]


def make_child(survey_round, full_name, born=None, *, village="Háng Lìa", form="001", **more):
    """A child of a round as it is written by the import; returns the entry."""
    person = {"sex": "M", "ethnic_group": "08", "birth_year": 2015, "citizen_id": ""}
    person |= {key: more.pop(key) for key in list(more) if key in person}
    if born is not None:
        person["birth_year"] = born.year
    household, _made = Household.objects.get_or_create(
        commune=survey_round.commune,
        village=village,
        form_number=form,
        defaults={"head_name": "Giàng A Của", "told_in": survey_round.year},
    )
    return SurveyEntry.objects.create(
        survey_round=survey_round,
        household=household,
        person=SurveyPerson.objects.create(full_name=full_name, birth_date=born, **person),
        **more,
    )
