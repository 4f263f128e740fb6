"""The month of a class on the screen and on paper: its table, and what was refused in it."""
