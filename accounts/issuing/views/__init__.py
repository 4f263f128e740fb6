"""Pages of new accounts: from pasted names, from the staff list, and the slips."""
