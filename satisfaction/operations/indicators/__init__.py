"""What is done to indicator systems."""
