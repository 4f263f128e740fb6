"""Did a visit help? What followed it, against similar communes that were not visited."""
