"""Linking at the door: model releases, the run that nobody sees into, edges as rows, rates against a truth."""
