"""What a device keeps so that a visit is held without a network, and takes back from it."""
