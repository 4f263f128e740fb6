"""How a mountain school year breathes: who is away when.

The shape follows what newspapers told of this province and its neighbours: 96-99 % on an
ordinary day, half to nine tenths in the first days after Tết, small dips at harvest and in
the cold, lower secondary lowest. The numbers themselves are invented.
"""

import datetime

from core.lunar_new_year import tet_break

# Giỗ Tổ (10th of the 3rd lunar month), the only other moving holiday.
HUNG_KINGS = {
    2025: datetime.date(2025, 4, 7),
    2026: datetime.date(2026, 4, 26),
    2027: datetime.date(2027, 4, 16),
    2028: datetime.date(2028, 4, 4),
    2029: datetime.date(2029, 4, 23),
}
BASE = {"MN": 0.014, "TH": 0.007, "THCS": 0.013, "THPT": 0.009}
# Communes of 2025 by code: what their lower secondary schools suffer beyond the others.
HARD_PLACES = {"03529": 5.0, "03532": 4.0, "03508": 3.2, "03562": 3.2, "03571": 2.4, "03442": 2.6}


def holidays(start, end):
    """(first day, first day back, note) of the holidays in [start, end)."""
    found = []
    for year in range(start.year, end.year + 1):
        found.append((datetime.date(year, 1, 1), datetime.date(year, 1, 2), "Tết Dương lịch"))
        found.append((datetime.date(year, 4, 30), datetime.date(year, 5, 2), "30/4 và 1/5"))
        found.append((datetime.date(year, 9, 1), datetime.date(year, 9, 3), "Quốc khánh"))
        if year in HUNG_KINGS:
            day = HUNG_KINGS[year]
            found.append((day, day + datetime.timedelta(days=1), "Giỗ Tổ Hùng Vương"))
        if tet_break(year):
            found.append((*tet_break(year), "Nghỉ Tết Nguyên đán"))
    return [row for row in found if start <= row[0] < end]


def after_tet(date):
    """Share lost on the days after the break: deep on the first, gone in ten days."""
    period = tet_break(date.year)
    if period is None or not 0 <= (date - period[1]).days < 10:
        return 0.0
    return 0.22 * (0.72 ** (date - period[1]).days)


def in_season(date):
    """Farm work: the rice in the second half of October, the planting in May."""
    if date.month == 10 and date.day >= 15:
        return 0.006
    if date.month == 5 and date.day <= 20:
        return 0.005
    return 0.0


def chance_away(date, level, commune_code, drift=0.0):
    """Chance that an average pupil begins or continues an absence on a day, 0..0.7."""
    weight = {"MN": 0.8, "TH": 0.7, "THCS": 1.0, "THPT": 0.6}[level]
    chance = BASE[level] + weight * (after_tet(date) + in_season(date))
    if level == "THCS":
        chance *= HARD_PLACES.get(commune_code, 1.0)
    elif level == "TH":
        chance *= 1 + (HARD_PLACES.get(commune_code, 1.0) - 1) * 0.35
    return min(chance * (1 + drift), 0.7)
