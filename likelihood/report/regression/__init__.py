"""How a regression is told and drawn up: sentences, tables, page."""
