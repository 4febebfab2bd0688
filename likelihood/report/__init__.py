"""A fit presented: its summary, figures, and the folder of a report."""
