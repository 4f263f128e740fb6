"""A class to practise on, which is in no table and counts nowhere."""
