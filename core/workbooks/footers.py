"""Text that stands below a list: totals, places and dates, titles of those who sign.

Never known by one word: Tổng, Cộng, Lập and Sĩ are names of people too.
"""

import re

from ..vietnamese import fold

# No such text is longer, and patterns are slow on long ones.
_LONGEST = 150
_TOTAL = r"(?:tong cong|tong so|tong|cong|si so|ts|cong trang|cong don|tong hop)"
# What is counted; with these words only, a total is a total.
_COUNTED = (
    r"(?:\d+|hoc sinh|hs|em|chau|tre|nam|nu|dan toc|dtts|dt|nu dtts|lop|khoi|so|trong do|trang|"
    r"tat ca|toan truong|toan|co mat|vang|luot|buoi|ngay|cong|nghi|co phep|khong phep|phep|cp|kp|"
    r"p|k|m|muon|la|va)"
)
_TOTALS = re.compile(
    rf"{_TOTAL}(?: {_COUNTED})*|trong do(?: .*)?|(?:nam|nu|vang|hien dien)(?: \d+)+"
)
_OFFICE = re.compile(
    r"(?:nguoi lap(?: bieu| danh sach| bang)?|lap bieu|can bo lap bieu|(?:pho |tm )?hieu truong|"
    r"kt hieu truong|(?:tm )?ban giam hieu|giao vien(?: chu nhiem| phu trach| bo mon)?|gvcn|"
    r"gv chu nhiem|van thu|ke toan|thu ky|to truong|cong doan|thu truong don vi|"
    r"xac nhan(?: cua)?(?: .*)?|nguoi (?:kiem tra|nhap|ghi|tong hop|duyet)(?: .*)?|da ky|"
    r"ky(?: va)?(?: ten| ghi ro ho ten)(?: .*)?|ghi chu(?: .*)?|chu thich(?: .*)?|luu y(?: .*)?|"
    r"het|danh sach(?: nay)? co .*)(?: lop \w+)?"
)
_PLACE_AND_DATE = re.compile(r"(?:.* )?ngay\b.*\bthang\b.*\bnam\b.*")


def is_total(text: str) -> bool:
    """Whether a text is nothing but a total: "Tổng cộng: 35 học sinh", "Cộng", "Sĩ số: 3"."""
    return _TOTALS.fullmatch(fold(text[:_LONGEST])) is not None


def is_office_text(text: str) -> bool:
    """Whether a text is the title of one who signs, a note, or a place with its date."""
    folded = fold(text[:_LONGEST])
    return bool(_OFFICE.fullmatch(folded) or _PLACE_AND_DATE.fullmatch(folded))
