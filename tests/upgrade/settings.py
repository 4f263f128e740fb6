"""The product's settings, its own folder elsewhere: for processes that a test starts."""

import os
from pathlib import Path

from lai_chau_edu.settings import *  # noqa: F403

VAR_DIR = Path(os.environ["TEST_VAR_DIR"])
