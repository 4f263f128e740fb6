"""Children of a commune, twice: as families tell of them and as schools write them.

Errors as they are met: accents left out or wrong, day and month swapped, a year or a day off, a
middle name left out, names written in another order, names used at home, siblings and twins, many
children of one name. Every person is invented.
"""

import datetime
import random
from dataclasses import replace

from core.vietnamese import fold
from mobilisation.matching.scoring import Record

FAMILY = {
    "08": ("Giàng", "Sùng", "Vàng", "Thào", "Mùa", "Hảng", "Lý"),
    "03": ("Lò", "Quàng", "Cà", "Tòng", "Lù", "Hoàng"),
    "09": ("Tẩn", "Phàn", "Chẻo", "Lý", "Lù"),
    "17": ("Pờ", "Ly", "Chu", "Toán"),
}
MIDDLE = {
    "08": {"M": ("A",), "F": ("Thị", "")},
    "03": {"M": ("Văn",), "F": ("Thị",)},
    "09": {"M": ("A", "Văn", "Phù"), "F": ("Lở", "Tả", "Thị")},
    "17": {"M": ("Gió", "Xè", "Văn"), "F": ("Mò", "Thị", "Gò")},
}
GIVEN = {
    "M": [
        "Páo",
        "Tủa",
        "Dơ",
        "Chua",
        "Sử",
        "Tếnh",
        "Của",
        "Lềnh",
        "Vảng",
        "Hặc",
        "Inh",
        "Thắng",
        "Sơn",
        "Dũng",
        "Nam",
        "Khoa",
        "Minh",
        "Súa",
        "Chính",
        "Lầu",
        "Dế",
        "Khày",
        "Phừ",
        "Hừ",
        "Giá",
        "Sinh",
        "Hùng",
        "Kiên",
    ],
    "F": [
        "Mỷ",
        "Dở",
        "Mai",
        "Hương",
        "Pà",
        "Sùng",
        "Mẩy",
        "Lan",
        "Hoa",
        "Dính",
        "Chía",
        "Xua",
        "Sua",
        "Xó",
        "Nu",
        "Bơ",
        "Thảo",
        "Vân",
        "Yến",
        "Linh",
        "Ngọc",
        "Chi",
        "Si",
        "Ghé",
        "Pa",
        "Lìa",
    ],
}
# What a child is called at home, in the place of the given name of its papers.
NICKNAMES = {
    "08": ("Nhìa", "Chống", "Pủ", "Vừ", "Say"),
    "03": ("Ín", "Ọi", "Tôm", "Nọi", "Ún"),
    "09": ("Mắn", "Ton", "Dất", "Lụa"),
    "17": ("Xừ", "Be", "Nhừ", "Lòng"),
}
# Shares of the records of schools in which each error stands.
ERRORS = {
    "swapped": 0.03,
    "day off": 0.03,
    "year off": 0.015,
    "unknown day": 0.04,  # of the families
    "nickname": 0.01,  # of the families
    "another order": 0.01,  # the given name first, or the family name last
    "spelling": 0.05,
    "middle left out": 0.05,
    "another name": 0.01,
    "another sex": 0.004,
    "another group": 0.03,
}
VOWELS = {"a": "ơ", "o": "ô", "e": "ê", "y": "i", "i": "y", "u": "ư", "s": "x", "x": "s", "d": "đ"}


def children(count, *, seed=1, first=2008, last=2023):
    """(people of the survey, pupils, {person: pupil}); a fifth of each has no other half."""
    rng = random.Random(seed)
    people, pupils, truth = [], [], {}
    number = 0
    while number < count:
        group = rng.choice(list(FAMILY))
        family = rng.choice(FAMILY[group])
        village = f"ban {rng.randrange(1, 15)}"
        day = datetime.date(rng.randint(first, last), 1, 1)
        day += datetime.timedelta(days=rng.randrange(365))
        # Twins in one birth of eighty.
        for _each in range(2 if rng.random() < 1 / 80 else 1):
            number += 1
            sex = rng.choice("MF")
            middle = rng.choice(MIDDLE[group][sex])
            name = " ".join(filter(None, (family, middle, rng.choice(GIVEN[sex]))))
            citizen = f"0120{number:08d}" if rng.random() < 0.3 else ""
            child = Record(number, fold(name), day.year, day, sex, group, citizen, village)
            lives, learns = rng.random() < 0.9, rng.random() < 0.9
            if lives:
                people.append(as_told(child, rng))
            if learns:
                pupils.append(as_written(child, name, rng))
            if lives and learns:
                truth[number] = number
    return people, pupils, truth


def as_told(child, rng):
    """As the family tells it: sometimes without a day, half of the numbers unknown."""
    if rng.random() < ERRORS["unknown day"]:
        child = replace(child, born=None)
    if rng.random() < ERRORS["nickname"]:
        words = [*child.name.split()[:-1], fold(rng.choice(NICKNAMES[child.group]))]
        child = replace(child, name=" ".join(words))
    return replace(child, number=child.number if rng.random() < 0.5 else "")


def as_written(child, name, rng):
    """As the school writes it."""
    born, words, sex, group = child.born, name.split(), child.sex, child.group
    if rng.random() < ERRORS["swapped"] and born.day <= 12:
        born = datetime.date(born.year, born.day, born.month)
    elif rng.random() < ERRORS["day off"]:
        born = born.replace(day=rng.randint(1, 28))
    elif rng.random() < ERRORS["year off"]:
        born = born.replace(year=born.year + rng.choice((-1, 1)), day=min(born.day, 28))
    if rng.random() < ERRORS["middle left out"] and len(words) > 2:
        words = [words[0], words[-1]]
    if rng.random() < ERRORS["spelling"]:
        words[-1] = misspelt(words[-1], rng)
    if rng.random() < ERRORS["another name"]:
        words[-1] = rng.choice(GIVEN[sex])
    if rng.random() < ERRORS["another order"]:
        words = rng.choice(([words[-1], *words[:-1]], [*words[1:], words[0]]))
    if rng.random() < ERRORS["another sex"]:
        sex = "MF"[sex == "M"]
    if rng.random() < ERRORS["another group"]:
        group = rng.choice(list(FAMILY))
    return replace(
        child, name=fold(" ".join(words)), year=born.year, born=born, sex=sex, group=group,
        village=f"{child.village} xa a" if rng.random() < 0.7 else "",
    )  # fmt: skip


def misspelt(word, rng):
    """A letter changed for one that is heard alike."""
    plain = fold(word)
    places = [index for index, letter in enumerate(plain) if letter in VOWELS]
    if not places:
        return plain + "h"
    index = rng.choice(places)
    return plain[:index] + VOWELS[plain[index]] + plain[index + 1 :]


def measure(found, truth):
    """(precision, recall) of pairs {(person, pupil)}."""
    right = sum(truth.get(person) == pupil for person, pupil in found)
    return right / len(found) if found else 1.0, right / len(truth)


def best_of(pairs):
    """One pupil for each person and the other way round, the most alike first."""
    people, pupils, found = set(), set(), set()
    for pair in pairs:
        if pair.person not in people and pair.pupil not in pupils:
            people.add(pair.person)
            pupils.add(pair.pupil)
            found.add((pair.person, pair.pupil))
    return found
