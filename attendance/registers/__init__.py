"""One register: its sheet, how it is sent and checked, merged and stored, and until when."""
