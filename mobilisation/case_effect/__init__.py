"""Did following a child help? Its attendance, against similar children without a case."""
