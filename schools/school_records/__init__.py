"""Schools as the province keeps them: opened, changed, moved, merged, split and closed."""
