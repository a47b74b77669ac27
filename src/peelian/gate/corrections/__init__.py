"""What follows from an erasure or a correction: links cut, words masked, findings re-opened, bytes gone."""
