"""How a paper is signed: the lines above the name (Decree 30/2020/NĐ-CP, appendix I, II, 7)."""

from collections.abc import Sequence

from ..models import IssuedPaper
from .drafts import Office

Signing = IssuedPaper.Signing
# Who signs for the head keeps the line of the body: "TM. ỦY BAN NHÂN DÂN", "KT. CHỦ TỊCH".
_FOR_THE_BODY = {Signing.HEAD, Signing.ACTING, Signing.FOR_HEAD}


def lines_of(office: Office, signing: str, position: str) -> Sequence[str]:
    """The lines above a signature: for whom somebody signs, and the own post.

    `position`: of who signs, as it is said: "Phó Giám đốc"; of a head it is the last line itself.
    """
    *body, head = office.signs
    post = position.upper()
    form = Signing(signing)
    above = body if form in _FOR_THE_BODY else []
    if form == Signing.HEAD:
        return (*above, post)
    if form == Signing.ACTING:
        return (*above, f"Q. {post}")
    return (*above, f"{form.value} {head}", post)


def head_of(office: Office) -> str:
    """The post of the office's head, as a form offers it: "Giám đốc"."""
    return office.signs[-1].capitalize()
