"""What a device keeps so that registers can be taken without a network."""
