"""What leaves the building. Here: the static report of one walk; every page says what it does not show."""
