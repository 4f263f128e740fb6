"""Who gives which role where: accounts as those see them who answer for their roles."""
