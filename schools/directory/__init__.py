"""Schools, sites, school years and classes."""
