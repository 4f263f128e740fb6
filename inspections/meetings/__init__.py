"""How a committee works: its regulation, its meetings with minutes, when the next is due."""
