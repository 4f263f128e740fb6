"""What is read off printed slips."""

import re
import subprocess

SLIP = re.compile(r"Tên đăng nhập\n(\S+)\nMật khẩu ban đầu[^\n]*\n([^\n]+)\n")


def slips_of(path):
    """Dict user name -> first password of the slips of a PDF, as poppler reads it."""
    text = subprocess.run(
        ["pdftotext", "-raw", path, "-"], check=True, capture_output=True, text=True
    ).stdout
    return dict(SLIP.findall(text))
