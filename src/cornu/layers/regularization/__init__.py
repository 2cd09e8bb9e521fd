"""What makes learning harder, so that it generalizes: dropout, noise, penalties."""
