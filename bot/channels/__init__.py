"""One room for each place where people are."""
