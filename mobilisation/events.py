"""What is decided about surveys and matches; each leaves an event (`core.events`)."""

from django.utils.translation import gettext_lazy as _

from core.events import declare

from .survey_import.workbook.columns import COLUMNS

ROUND_OPENED = declare("survey.round_opened", _("Survey round opened"), carried=_("carried on"))
IMPORT_RECEIVED = declare("survey.import_received", _("Survey received"))
IMPORT_ASKED = declare("survey.import_asked", _("Saving of a survey asked for"))
IMPORT_CANCELLED = declare("survey.import_cancelled", _("Check of a survey cancelled"))
IMPORT_SAVED = declare("survey.import_saved", _("Survey saved"))
SEARCHED = declare(
    "survey.searched",
    _("Rolls searched for children of the survey"),
    count=_("pairs that may be one child"),
)
MATCHED = declare("survey.matched", _("Child of the survey found on a roll"), pupil=_("pupil"))
MATCHED_TOGETHER = declare(
    "survey.matched_together", _("Certain matches confirmed together"), count=_("children")
)
TOLD_APART = declare("survey.told_apart", _("Child of the survey and pupil told apart"))
MATCH_UNDONE = declare("survey.match_undone", _("Match with a roll taken back"))
# Changes of persons and households are told under the headings of the workbook.
_HEADINGS = {column.key: column.header for column in COLUMNS} | {
    "given_name": _("full name"),
    "day": _("date of birth"),
    "year": _("year of birth"),
    "female": _("sex"),
    "dis_other": _("disabled"),
    "is_carried": _("not asked yet this year"),
    "head_given_name": _("head of household"),
    "match": _("matched with a roll"),
    "removal": _("why removed"),
}
PERSON_ENTERED = declare("survey.person_entered", _("Person of the survey entered"), **_HEADINGS)
PERSON_CORRECTED = declare(
    "survey.person_corrected", _("Person of the survey corrected"), **_HEADINGS
)
PERSON_REMOVED = declare("survey.person_removed", _("Person of the survey removed"), **_HEADINGS)
PERSON_RESTORED = declare("survey.person_restored", _("Person of the survey put back"), **_HEADINGS)
HOUSEHOLD_ENTERED = declare("survey.household_entered", _("Household entered"), **_HEADINGS)
HOUSEHOLD_CORRECTED = declare("survey.household_corrected", _("Household corrected"), **_HEADINGS)
TO_BRING_FETCHED = declare(
    "survey.to_bring_fetched", _("List of children to be brought taken"), children=_("children")
)
ANONYMISED = declare(
    "survey.anonymised",
    _("Persons of old surveys made anonymous"),
    count=_("persons"),
    households=_("households"),
)
# Of cases: nothing that tells who the child is, since offices above the commune read them.
CASE_OPENED = declare(
    "case.opened",
    _("Following of a child begun"),
    causes=_("reasons"),
    owner=_("who answers for it"),
)
CASE_CHANGED = declare(
    "case.changed", _("Case of a child changed"), causes=_("reasons"), owner=_("who answers for it")
)
CASE_VISITED = declare(
    "case.visited", _("Home visit or call noted"), made_on=_("day"), next_on=_("next time on")
)
CASE_CLOSED = declare("case.closed", _("Case of a child closed"))
CASE_REOPENED = declare("case.reopened", _("Case of a child opened again"))
CAMPAIGN_NOTED = declare("campaign.noted", _("Campaign for school noted"))
CAMPAIGN_CHANGED = declare("campaign.changed", _("Campaign for school changed"))
LITERACY_ENTERED = declare(
    "literacy.entered", _("Literacy totals of a commune entered"), totals=_("groups of ages")
)
NUMBERS_ASSIGNED = declare(
    "numbers.assigned",
    _("Numbers of children assigned"),
    decision=_("decision"),
    children=_("children"),
    numbers=_("numbers"),
)
