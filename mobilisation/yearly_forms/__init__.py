"""The yearly forms of universal education: what stands in their cells, and their cross-checks."""
