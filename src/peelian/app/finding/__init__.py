"""Looking people and things up: search, pages, charts, copies, files of a case, suggestions, flags."""
