"""The Word layouts of papers that the province changes itself (ADR 88)."""
