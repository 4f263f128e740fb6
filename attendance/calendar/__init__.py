"""When lessons are due: frames of the year, weekly patterns, closures and extra days."""
