"""Children assigned to communes and schools (chỉ tiêu giao), against which the rolls are held."""
