"""Settings under which a province's server must not start.

Asked by the settings themselves, so that no process starts. One computer with SQLite may be
set as its owner likes.
"""

from django.core.exceptions import ImproperlyConfigured

# Printed in this repository: whoever reads it can sign any session.
BUILD_KEY = "only-while-the-image-is-built-00000000"
DRILL_KEY = "only-for-drills-and-nothing-else-000000000000000000"
FEW_LETTERS = 10
NEW_KEY = 'python3 -c "import secrets; print(secrets.token_urlsafe(48))"'


def refuse_unsafe(*, engine, debug, allowed_hosts, secret_key, is_drill):
    """Raise ImproperlyConfigured when pages of a province would stand open; see docs/operations.md.

    Args:
        engine: Django's engine of the database; only PostgreSQL is a province's.
        is_drill: whether neither workers nor mail can be reached, as in a drill.
    """
    if not engine.endswith("postgresql"):
        return
    if debug:
        _refuse(
            "DEBUG đang bật: trang lỗi sẽ lộ ruột chương trình và tên học sinh."
            " Đặt DEBUG=false rồi khởi động lại.",
            "DEBUG is on: a page of a fault shows the inside of the program and names of pupils."
            " Set DEBUG=false.",
        )
    if any(each.strip() in {"*", "."} for each in allowed_hosts):
        _refuse(
            "ALLOWED_HOSTS=* nhận mọi tên miền, kẻ khác giả được địa chỉ của trang. Ghi đúng tên"
            " mà mọi người gõ vào trình duyệt, ví dụ ALLOWED_HOSTS=chuyencan.example.vn.",
            "ALLOWED_HOSTS=* believes every name. Write the name that people type.",
        )
    known = secret_key == BUILD_KEY or (secret_key == DRILL_KEY and not is_drill)
    if known or secret_key.startswith("django-insecure") or len(set(secret_key)) < FEW_LETTERS:
        _refuse(
            "SECRET_KEY này ai cũng biết hoặc quá dễ đoán. Tạo khoá mới bằng lệnh dưới đây, ghi"
            " vào tệp cấu hình rồi khởi động lại (mọi người đăng nhập lại một lần).",
            f"This SECRET_KEY is known to all or easy to guess. Make a new one:\n    {NEW_KEY}",
        )


def _refuse(vietnamese, english):
    raise ImproperlyConfigured(f"{vietnamese}\n  {english}")
