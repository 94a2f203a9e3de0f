"""What customers felt: surveys, waves, answers, journeys and the methods that read them."""
