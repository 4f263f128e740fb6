#!/usr/bin/env python
"""Django's command line for this project."""

import os
import sys


def main():
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lai_chau_edu.settings")
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    from lai_chau_edu.keeping.moved import EXIT_CODE, MovedAway

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
