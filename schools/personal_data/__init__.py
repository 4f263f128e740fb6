"""Who saw a child's name, all data of a child given out, records made anonymous."""
