"""Pages of plans of action, of their tasks, and of giving tasks."""
