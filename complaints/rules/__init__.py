"""Pure rules of complaints: states and verbs, gates, grades, clocks."""
