"""A roll changed in the past, and the registers that were sent under the older one."""
