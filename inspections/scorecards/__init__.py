"""Scorecards of members, organisations and communes, worked out from what was recorded."""
