"""The survey entered and corrected in the browser: households of a village, their people."""
