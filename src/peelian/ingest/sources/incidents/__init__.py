"""Any table of incidents with times and coordinates, described by a mapping file."""
