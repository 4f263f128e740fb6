"""Scorecards of committee members, sectors and communes, worked out from what was recorded."""
