"""Facts in, evaluation out."""
