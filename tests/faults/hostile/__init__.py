"""An app of the fault tests: jobs that freeze, eat and kill the process that runs them."""
