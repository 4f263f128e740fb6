"""Papers of the inspections: the plan, the decision on its team, and how they are issued."""
