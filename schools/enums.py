"""Closed lists: kinds of areas and schools, grades, sessions, reasons."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.levels import EducationLevel


class AreaLevel(models.IntegerChoices):
    """Rank of an area; a smaller number lies higher."""

    PROVINCE = 1, _("Province")
    DISTRICT = 2, _("District")
    COMMUNE = 3, _("Commune")
    VILLAGE = 4, _("Village")


class AreaKind(models.TextChoices):
    """What the unit is called by law; CLUSTER is ours: communes supervised together."""

    PROVINCE = "tinh", _("province")
    DISTRICT = "huyen", _("rural district")
    CITY = "thanh_pho", _("city")
    CLUSTER = "cum", _("cluster")
    COMMUNE = "xa", _("commune")
    WARD = "phuong", _("ward")
    TOWNSHIP = "thi_tran", _("township")
    VILLAGE = "ban", _("village")


class Grade(models.IntegerChoices):
    """Khối. Preschool groups are negative so that grades sort in the order of age."""

    NURSERY = -4, _("Nursery")
    AGE_3 = -3, _("Age 3")
    AGE_4 = -2, _("Age 4")
    AGE_5 = -1, _("Age 5")
    G1 = 1, "1"
    G2 = 2, "2"
    G3 = 3, "3"
    G4 = 4, "4"
    G5 = 5, "5"
    G6 = 6, "6"
    G7 = 7, "7"
    G8 = 8, "8"
    G9 = 9, "9"
    G10 = 10, "10"
    G11 = 11, "11"
    G12 = 12, "12"

    @property
    def following(self) -> "Grade | None":
        """The grade after it; None after the last one."""
        grades = list(Grade)
        place = grades.index(self) + 1
        return grades[place] if place < len(grades) else None

    @property
    def education_level(self) -> EducationLevel:
        """The level the grade belongs to (Law on Education 43/2019/QH14, art. 28)."""
        if self < 0:
            return EducationLevel.PRESCHOOL
        if self <= 5:
            return EducationLevel.PRIMARY
        if self <= 9:
            return EducationLevel.LOWER_SECONDARY
        return EducationLevel.UPPER_SECONDARY


class SchoolKind(models.TextChoices):
    """Type of school; it may change by decision, so it is kept in dated rows."""

    REGULAR = "regular", _("Regular school")
    SEMI_BOARDING = "PTDTBT", _("Semi-boarding ethnic school")
    BOARDING = "PTDTNT", _("Boarding ethnic school")
    CONTINUING = "GDTX", _("Continuing education centre")


class Session(models.TextChoices):
    """Buổi: half a school day."""

    MORNING = "am", _("Morning")
    AFTERNOON = "pm", _("Afternoon")


class ClassSessions(models.TextChoices):
    """Which halves of the day a class studies."""

    MORNING = "am", _("Mornings")
    AFTERNOON = "pm", _("Afternoons")
    BOTH = "am,pm", _("Mornings and afternoons")


class Sex(models.TextChoices):
    FEMALE = "F", _("Female")
    MALE = "M", _("Male")


class EntryReason(models.TextChoices):
    """How a pupil came onto the roll of a class."""

    YEAR_START = "start", _("On roll when the year began")
    TRANSFER_IN = "in", _("Moved here from another school")
    NEW = "new", _("Started school late")
    RETURN = "return", _("Came back after dropping out")
    CLASS_CHANGE = "class", _("Changed class in the school")


class ExitReason(models.TextChoices):
    """How a pupil left the roll of a class."""

    TRANSFER_OUT = "out", _("Moved to another school")
    DROPOUT = "dropout", _("Dropped out")
    CLASS_CHANGE = "class", _("Changed class in the school")
    COMPLETED = "completed", _("Finished the school year")
    OTHER = "other", _("Other reason")


class DropoutCause(models.TextChoices):
    """Causes of dropout: the five of letter 3237/BGDĐT-KHTC (8 June 2010), the fifth opened up.

    The letter counts causes (several allowed), and knows the first four and "other".
    """

    POVERTY = "poverty", _("Poor family")
    LEARNING = "learning", _("Weak in learning")
    DISTANCE = "distance", _("Far from school, hard road")
    DISASTER = "disaster", _("Natural disaster or epidemic")
    EARLY_MARRIAGE = "marriage", _("Early marriage")
    WORK = "work", _("Went to work or followed parents")
    HARVEST = "harvest", _("Farm work")
    HEALTH = "health", _("Health")
    TET = "tet", _("Did not come back after the Lunar New Year")
    OTHER = "other", _("Other")

    @property
    def official(self) -> "DropoutCause":
        """The cause of the letter that it is counted under."""
        official = (self.POVERTY, self.LEARNING, self.DISTANCE, self.DISASTER)
        return self if self in official else DropoutCause.OTHER


class NamesKind(models.TextChoices):
    """What was opened when children's names were shown (the access trail)."""

    PUPIL = "pupil", _("Record of a pupil")
    ROLL = "roll", _("Class list")
    SHEET = "sheet", _("Register sheet")
    MONTH = "month", _("Month of a class")
    HISTORY = "history", _("Changes of a register")
    LEAVES = "leaves", _("Planned leave")
    RISKS = "risks", _("Pupils at risk")
    FIGURES = "figures", _("Figures by pupil")
    DRIFT = "drift", _("Registers and roll")
    ALIKE = "alike", _("Records compared")
    IMPORT = "import", _("Import of pupils")
    FILE = "file", _("File with names")
    API = "api", _("Read by another program")
    DEVICE_LIST = "pocket", _("List kept on a phone")
    DATA = "data", _("All data of a pupil")
    YEAR_TURN = "turn", _("Turn of the school year")
    ARRIVALS = "arrivals", _("Pupils who come from other schools")
    SURVEY = "survey", _("Survey of a commune")
    SUPPORT = "support", _("List for rice and money")
    SEARCH = "search", _("Search")
