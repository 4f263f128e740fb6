"""What every visit looks at: dated questions, begun from a file and changed on a page."""
