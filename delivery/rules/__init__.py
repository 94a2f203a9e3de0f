"""Pure rules of delivery: states of an import, guesses about a file, arithmetic of attainment, words of a working."""
