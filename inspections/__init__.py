"""Committees, members and their communes, inspection plans, visits and recommendations."""
