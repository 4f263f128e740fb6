"""The vocabulary that knows no school: what every other package may import."""
