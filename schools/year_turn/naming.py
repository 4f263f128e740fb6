"""Names of classes in the next year: 8A1 becomes 9A1."""

import re

from ..enums import Grade

# Preschool groups are named by age: "3 tuổi A".
_AGES = {Grade.AGE_3: 3, Grade.AGE_4: 4, Grade.AGE_5: 5}


def raised(name: str, grade: Grade, to: Grade) -> str:
    """The name with the number of one grade replaced by that of another.

    A name without the number stays as it is.

    >>> raised("8A1", Grade.G8, Grade.G9)
    '9A1'
    >>> raised("Lớp 3 tuổi A", Grade.AGE_3, Grade.AGE_4)
    'Lớp 4 tuổi A'
    >>> raised("Hoa Ban", Grade.AGE_3, Grade.AGE_4)
    'Hoa Ban'
    """
    old, new = _number(grade), _number(to)
    if old is None or new is None:
        return name
    return re.sub(rf"(?<!\d){old}(?!\d)", str(new), name, count=1)


def _number(grade: Grade) -> int | None:
    return grade.value if grade > 0 else _AGES.get(grade)
