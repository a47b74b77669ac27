"""Street-level crime, outcomes, and stop and search as data.police.uk publishes them."""
