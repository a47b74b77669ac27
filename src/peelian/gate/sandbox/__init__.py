"""Where methods run: a process of its own that can reach nothing but the tables it was given."""
