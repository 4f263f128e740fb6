"""Which standards of universal education (phổ cập giáo dục, xoá mù chữ) a place meets."""
