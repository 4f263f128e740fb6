#!/usr/bin/env python
"""Django's command line for this project."""

import os
import sys

# What these write belongs to the program and holds no data: in an image another user reads it.
FOR_ALL = {"collectstatic", "compile_translations", "makemessages", "makemigrations"}


def main():
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lai_chau_edu.settings")
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    from lai_chau_edu.starting import keep_files_private
    from operations.backup.moved_away import EXIT_CODE, MovedAway

    if not FOR_ALL & set(sys.argv[1:2]):
        keep_files_private()
    try:
        execute_from_command_line(sys.argv)
    except MovedAway as refusal:
        sys.stderr.write(f"{refusal}\n")
        sys.exit(EXIT_CODE)
    except ImproperlyConfigured as fault:
        sys.stderr.write(f"{fault}\n")
        sys.exit(1)


if __name__ == "__main__":
    main()
