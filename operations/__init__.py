"""Backup, restore, move, diagnostics, health, and the operator's page. Owns no model."""
