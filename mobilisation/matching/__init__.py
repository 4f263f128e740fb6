"""Children of the survey found on the rolls: proposed by the computer, decided by a person."""
