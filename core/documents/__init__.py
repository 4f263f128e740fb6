"""Files that the product makes, each format in one module, and how they are handed out."""
