"""Semi-boarders (học sinh bán trú), schools for them by the rules, conversion schemes."""
