"""Reading what people send: one file a page."""
