"""Sampling plans: how many customers are asked, who, by which mail, and how they answered."""
