"""Calendar, registers and their revisions, and the pages where attendance is entered."""
